"""Broadcasts: one client that is gone must not cost the others their message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.registry import Broadcast, Container, Visit
from wsaudit.rule import Pass, Problem, Related, Undecided, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS180", on=Broadcast)
def broadcast_failure_not_isolated(broadcast: Broadcast, _project: Project) -> Verdicts:
    """Each send of a broadcast fails by itself."""
    if broadcast.swallows is not None:
        yield Problem(
            broadcast.swallows,
            f"this swallows the cancellation of `{broadcast.send}` too: a broadcast "
            f"that should stop, at a shutdown or a timeout, goes on",
            variant="swallows-cancellation",
        )
    else:
        yield judged(broadcast.isolated, broadcast.at, _not_isolated(broadcast))


def _not_isolated(broadcast: Broadcast) -> Problem:
    handler = broadcast.isolated
    send = (Related(broadcast.sent_at, "the send that fails"),)
    if broadcast.at_group is not None:
        return Problem(
            broadcast.at_group,
            f"one client that is gone fails `{broadcast.grouped}` as a whole: the "
            f"broadcast raises, and the dead client stays",
            related=send,
        )
    return Problem(
        broadcast.at,
        f"one client that is gone makes `{broadcast.send}` raise and ends the loop: "
        f"every client after it misses the message",
        related=(*send, *((Related(handler.at, handler.why),) if handler.at else ())),
        cause=broadcast.sent_at,
    )


@check("WS181", on=Visit)
def broadcast_over_live_collection(visit: Visit, _project: Project) -> Verdicts:
    """A loop that waits goes over a copy."""
    live = visit.live
    if live.absent:
        yield Pass(visit.at, live.why)
        return
    if live.unknown:
        yield Undecided(visit.at, live.why)
        return
    related = (Related(live.at, live.why),) if live.at else ()
    if visit.container in {Container.SET, Container.DICT}:
        yield Problem(
            visit.at,
            f"`{visit.collection}` can change while this loop is under way: then it "
            f"raises RuntimeError, and the clients that are left get nothing",
            variant="changed-size",
            related=related,
        )
    else:
        yield Problem(
            visit.at,
            f"`{visit.collection}` can change while this loop is under way: a client "
            f"that leaves makes it skip another one",
            related=related,
        )
