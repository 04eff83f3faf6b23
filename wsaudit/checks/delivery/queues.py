"""Queues between those who have messages and the connection that sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.queues import Queue
from wsaudit.rule import Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS138", on=Queue)
def unbounded_outbound_queue(queue: Queue, _project: Project) -> Verdicts:
    """A queue that feeds a connection must hold only so much."""
    limited = queue.limited
    if not any(one.judged for one in queue.connections):
        return
    if limited.present and queue.overflows is not None:
        yield Problem(
            queue.overflows,
            f"`{queue.text}` has a limit, and nothing here expects that it is full: "
            "then this put raises, and what is behind it does not run",
            variant="full-unhandled",
            related=(Related(queue.at, "the limit"),),
        )
        return
    yield judged(
        limited,
        queue.at,
        Problem(
            queue.at,
            f"`{queue.text}` has no limit: while the other end is slow or away it "
            "grows with every message until memory is used up",
            related=(Related(limited.at, "put in here"),) if limited.at else (),
        ),
    )
