"""Registries: what is put in at the start must be taken out at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.registry import Held, Registration
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS250", on=Registration)
def connection_never_removed(registration: Registration, _project: Project) -> Verdicts:
    """A connection leaves the collections that it was put into."""
    removal = registration.removal
    if registration.held is Held.CALLBACK:
        return
    if removal.present:
        yield Pass(registration.at, removal.why)
    elif removal.unknown:
        yield Undecided(registration.at, removal.why)
    elif registration.held is Held.SIDE_TABLE:
        yield Problem(
            registration.at,
            f"`{registration.registry}` keeps an entry for every socket there ever "
            f"was: nothing removes it when the client goes away",
            variant="side-table",
        )
    elif registration.added_at != registration.at:
        yield Problem(
            registration.at,
            f"this puts the socket into `{registration.registry}`, and unlike others "
            f"this endpoint never takes it out: broadcasts go on to a dead socket",
            related=(Related(registration.added_at, "put in here"),),
        )
    else:
        yield Problem(
            registration.at,
            f"`{registration.registry}` gains this socket and nothing takes it out "
            f"when the client goes away: it grows, and broadcasts go to dead sockets",
        )
