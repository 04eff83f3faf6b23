"""Access: an endpoint knows who opens it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wsaudit.model.access import Access
from wsaudit.rule import Confidence, Pass, Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Endpoint, Project
    from wsaudit.rule import Verdicts


_PARAMETER = re.compile(r"\{\w+\}")


@check("WS160", on=Access)
def unauthenticated_endpoint(access: Access, _project: Project) -> Verdicts:
    """Who shows no valid credential is turned away."""
    if access.endpoint.public:
        yield Pass(access.at, f"declared public: {access.endpoint.public}")
    else:
        yield judged(access.checked, access.at, _problem(access))


def _problem(access: Access) -> Problem:
    sure = Confidence.HIGH if access.complete else Confidence.MEDIUM
    anyone = f"anyone can open {named(access.endpoint)}:"
    if access.read_at is None:
        message = f"{anyone} {_missing(access)}"
        return Problem(access.at, message, confidence=sure)
    return Problem(
        access.at,
        f"{anyone} `{access.read}` is read, but nobody is turned away for a wrong one",
        variant="token-read-not-checked",
        confidence=sure,
        related=(Related(access.read_at, "read here"),),
    )


def named(endpoint: Endpoint) -> str:
    """The endpoint by its path where that is known, else by what the code calls it."""
    path = endpoint.path.removeprefix("**")
    if path and path != "/{}":
        return f"`{path}`"
    name = endpoint.name
    return "this server" if name == "connection" else f"`{name}`"


def _missing(access: Access) -> str:
    if _PARAMETER.search(access.endpoint.path):
        return "nothing but the id in its path is needed, no credential is checked"
    return "no token, cookie or session is checked before it talks"
