"""Registries: what is put in at the start must be taken out at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.registry import Held, Registration
from wsaudit.rule import Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS250", on=Registration)
def connection_never_removed(registration: Registration, _project: Project) -> Verdicts:
    """A connection leaves the collections that it was put into."""
    if registration.held is not Held.CALLBACK:
        yield judged(registration.removal, registration.at, _problem(registration))


def _problem(registration: Registration) -> Problem:
    registry = registration.registry
    if registration.held is Held.SIDE_TABLE:
        return Problem(
            registration.at,
            f"`{registry}` keeps an entry for every socket there ever was: nothing "
            f"removes it when the client goes away",
            variant="side-table",
        )
    if registration.added_at != registration.at:
        return Problem(
            registration.at,
            f"this puts the socket into `{registry}`, and unlike others this endpoint "
            f"never takes it out: broadcasts go on to a dead socket",
            related=(Related(registration.added_at, "put in here"),),
        )
    return Problem(
        registration.at,
        f"`{registry}` gains this socket and nothing takes it out when the client goes "
        f"away: it grows, and broadcasts go to dead sockets",
    )
