"""Admission: who may connect from where, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.security.access import named
from wsaudit.model import Role
from wsaudit.model.access import Access
from wsaudit.model.admission import Admission
from wsaudit.model.deployment import Deployment, Told
from wsaudit.model.protocol import Pair
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsaudit.model import Evidence, Fact, Project
    from wsaudit.rule import Verdicts

_NOT_ITS_OWN = {Role.TEST, Role.LIBRARY}
_HERE = {"127.0.0.1", "localhost", "::1"}
_COSTS = {
    "": "",
    "cookie": ", as the user who visits it",
    "same-site": "; only `SameSite` keeps the user's cookie from it",
    "local": ": every page that is visited on this machine reaches it",
    "token": ", if it gets hold of a token",
}


@check("WS111", on=Admission)
def missing_origin_check(admission: Admission, project: Project) -> Verdicts:
    """Only the application's own pages may connect."""
    endpoint = admission.endpoint
    if endpoint.connection.role in _NOT_ITS_OWN:
        return
    if declared := endpoint.non_browser or endpoint.public:
        yield Pass(admission.at, f"declared: {declared}")
    elif admission.origin.present:
        yield Pass(admission.at, admission.origin.why)
    elif _needs_header(admission, project):
        yield Pass(admission.at, "it asks for a header that no page can set")
    elif admission.origin.unknown:
        yield Undecided(admission.at, admission.origin.why)
    else:
        variant = _variant(admission, project)
        alike = project.together(Admission, _opened)[admission.project, variant]
        if admission is alike[0]:
            known_by = admission.cookie
            yield Problem(
                admission.at,
                f"{named(endpoint)} lets in connections from any web page"
                f"{_COSTS[variant]}{more(alike)}",
                variant=variant,
                confidence=Confidence.LOW if variant == "token" else None,
                related=(
                    *((Related(known_by, "known by this"),) if known_by else ()),
                    *also(alike),
                ),
            )


def _opened(admission: Admission, project: Project) -> tuple[str, str] | None:
    """Where what lets in any page belongs, and what that costs; None for the others."""
    endpoint = admission.endpoint
    if (
        endpoint.connection.role in _NOT_ITS_OWN
        or not admission.origin.absent
        or endpoint.non_browser
        or endpoint.public
        or _needs_header(admission, project)
    ):
        return None
    return admission.project, _variant(admission, project)


def _variant(admission: Admission, project: Project) -> str:
    if admission.cookie is not None:
        return "same-site" if admission.same_site else "cookie"
    access = project.of(Access, admission.endpoint.connection)
    if any(each.checked.present for each in access):
        return "token"
    pages = any(
        pair.endpoint is admission.endpoint and not pair.client.at.path.endswith(".py")
        for pair in project.all(Pair)
    )
    return "local" if pages and is_here(admission, project) else ""


def _needs_header(admission: Admission, project: Project) -> bool:
    """Whether only who can set a header of his own gets in."""
    return (
        admission.header is not None
        and admission.cookie is None
        and any(
            each.checked.present
            for each in project.of(Access, admission.endpoint.connection)
        )
    )


def is_here(admission: Admission, project: Project) -> bool:
    """Whether all that is known to run the endpoint listens on this machine only."""
    told = [
        each.options["host"]
        for each in project.all(Deployment)
        if each.told is not Told.DEPENDENCY and "host" in each.options
    ]
    return admission.local or (bool(told) and all(host in _HERE for host in told))


@check("WS113", on=Admission)
def http_middleware_does_not_guard_websocket(
    admission: Admission, project: Project
) -> Verdicts:
    """What turns strangers away runs for handshakes, too."""
    if admission.http_only is None:
        return
    at, name = admission.http_only
    for access in project.of(Access, admission.endpoint.connection):
        if admission.endpoint.public:
            yield Pass(admission.at, f"declared public: {admission.endpoint.public}")
        elif access.checked.present:
            yield Pass(admission.at, access.checked.why)
        elif access.checked.unknown:
            yield Undecided(admission.at, access.checked.why)
        else:
            yield Problem(
                admission.at,
                f"`{name}` turns strangers away from HTTP requests only and never runs "
                f"for a WebSocket: anyone can open {named(admission.endpoint)}",
                related=(Related(at, "runs for HTTP requests only"),),
            )


@check("WS115", on=Admission)
def missing_connection_limit(admission: Admission, project: Project) -> Verdicts:
    """One client cannot take all the places."""
    if admission.endpoint.connection.role in _NOT_ITS_OWN:
        return
    if not admission.counted.absent:
        yield _looked(admission, admission.counted)
        return
    alike = project.together(Admission, _uncounted)[admission.project]
    if admission is not alike[0]:
        return
    open_ones = [each for each in alike if _is_open(each, project)]
    who = "anybody" if open_ones else "a client"
    yield Problem(
        admission.at,
        f"nothing limits how many connections {who} may open to "
        f"{named(admission.endpoint)}{more(alike)}",
        variant="unauthenticated" if open_ones else "",
        related=also(alike),
    )


def _looked(admission: Admission, evidence: Evidence) -> Pass | Undecided:
    told = Pass if evidence.present else Undecided
    return told(admission.at, evidence.why)


def _uncounted(admission: Admission, _project: Project) -> str | None:
    """Where what nothing counts belongs; None for the others."""
    exempt = admission.endpoint.connection.role in _NOT_ITS_OWN
    return None if exempt or not admission.counted.absent else admission.project


def _is_open(admission: Admission, project: Project) -> bool:
    """Whether nobody is asked who they are."""
    return any(
        access.checked.absent
        for access in project.of(Access, admission.endpoint.connection)
    )


def more(alike: Sequence[Fact]) -> str:
    """How many others a finding speaks for."""
    return f" ({len(alike) - 1} more alike)" if len(alike) > 1 else ""


def also(alike: Sequence[Fact]) -> tuple[Related, ...]:
    """Where the others are that a finding speaks for."""
    return tuple(Related(each.at, "the same holds here") for each in alike[1:])
