"""Pings of which nobody notices that they are not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.heartbeat.ends import EXEMPT, hidden
from wsaudit.model.heartbeat import Heartbeat
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS142", on=Heartbeat)
def heartbeat_never_checked(heartbeat: Heartbeat, _project: Project) -> Verdicts:
    """Something happens when a ping is not answered, and only then."""
    connection = heartbeat.connection
    if not connection.judged or connection.role in EXEMPT:
        return
    asks, drops = heartbeat.asks, heartbeat.drops
    if heartbeat.unfed is not None and asks is not None:
        at, text = heartbeat.unfed
        yield Problem(
            at,
            f"no message or pong ever changes `{text}`, by which this heartbeat knows "
            f"that the other end is gone: it closes healthy connections",
            variant="deadline-never-updated",
            related=(Related(asks, "pings are sent here"),),
        )
    elif heartbeat.watches.present:
        yield Pass(heartbeat.watches.at or heartbeat.at, heartbeat.watches.why)
    elif drops.present:
        yield Pass(drops.at or heartbeat.at, drops.why)
    elif asks is None:
        return  # Whether there is a heartbeat at all is the question of WS140.
    elif heartbeat.watches.unknown or drops.unknown or hidden(connection):
        why = heartbeat.watches.why or hidden(connection) or "what runs the server"
        yield Undecided(asks, why)
    else:
        yield Problem(
            asks,
            "pings go out, and nothing notices when none is answered: a connection "
            "that is dead stays open",
        )
