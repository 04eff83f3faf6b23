"""Clients that are gone without a word, and what still holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.heartbeat.ends import EXEMPT
from wsaudit.model.heartbeat import Heartbeat
from wsaudit.model.registry import Held, Registration
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS146", on=Registration)
def dead_clients_not_reaped(registration: Registration, project: Project) -> Verdicts:
    """What holds connections lets go of those that nobody said goodbye for."""
    connection = registration.connections[0]
    if connection.role in EXEMPT or registration.held is Held.CALLBACK:
        return
    reaped = registration.reaped
    if reaped.absent:
        yield Problem(
            registration.at,
            f"`{registration.registry}` keeps this socket until its client says "
            f"goodbye: who loses power or the network is never taken out",
            related=(Related(reaped.at, "taken out here"),) if reaped.at else (),
        )
    elif reaped.unknown:
        if not registration.removal.absent:  # That is the matter of WS250.
            yield Undecided(registration.at, reaped.why)
    elif registration.undone.present:
        found = project.of(Heartbeat, connection)
        told = [e for one in found for e in (one.drops, one.watches, one.library)]
        seen = next((one for one in told if one.present), None)
        if seen is not None:
            yield Pass(reaped.at or registration.at, f"{reaped.why}; {seen.why}")
        elif any(one.unknown for one in told):
            yield Undecided(registration.at, "whether the end of a client is noticed")
    else:
        yield Pass(reaped.at or registration.at, reaped.why)
