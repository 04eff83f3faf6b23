"""Credentials that are read once and shown at every attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.errors.refused import EXEMPT
from wsaudit.model.secrets import Credential
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS193", on=Credential)
def stale_credential_on_reconnect(
    credential: Credential, _project: Project
) -> Verdicts:
    """What has expired meanwhile does not open a connection again."""
    if credential.connections[0].role in EXEMPT:
        return
    problem = Problem(
        credential.at,
        f"`{credential.text}` is read once, and every reconnect shows it again: when "
        f"it has expired, none succeeds",
    )
    yield judged(credential.renewed, credential.at, problem)
