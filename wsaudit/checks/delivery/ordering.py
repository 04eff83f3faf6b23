"""Order: messages that are applied in another order than they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.ordering import MessageOrder, SeenIds
from wsaudit.rule import Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_HOWS = {
    "listener": (
        "",
        "`{waits}` is waited for before `{writes}` is written, and the socket does not "
        "wait with it: a later message may be applied first",
    ),
    "task": (
        "task-per-message",
        "each message is applied by a task of its own, which waits for `{waits}` "
        "before `{writes}`: a later message may be applied first",
    ),
    "beside": (
        "beside",
        "`{waits}` is waited for before `{writes}` is written, while the library "
        "already handles the next event of this client: that may be applied first",
    ),
}


@check("WS135", on=MessageOrder)
def async_handler_reorders_messages(order: MessageOrder, _: Project) -> Verdicts:
    """What comes first must be applied first."""
    variant, message = _HOWS[order.how]
    behind = (Related(order.written, "behind the wait"),) if order.written else ()
    said = message.format(waits=order.waits, writes=order.writes)
    problem = Problem(order.at, said, variant=variant, related=behind)
    yield judged(order.kept, order.at, problem)


@check("WS137", on=SeenIds)
def unbounded_dedup_set(seen: SeenIds, _: Project) -> Verdicts:
    """What was seen must be forgotten in time."""
    message = f"`{seen.name}` grows by the id of every message, and forgets none"
    yield judged(seen.forgotten, seen.at, Problem(seen.at, message))
