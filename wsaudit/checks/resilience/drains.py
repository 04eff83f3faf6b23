"""Drains: what is no longer in its queue when the send of it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.delivery.sending import SAFE
from wsaudit.model.delivery import Delivery, Standing
from wsaudit.model.queues import Drain
from wsaudit.rule import Pass, Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_OPEN = frozenset({Standing.OPEN, Standing.QUEUED})


@check("WS222", on=Drain)
def taken_before_delivered(drain: Drain, project: Project) -> Verdicts:
    """A message must stay where it is kept until it is sent."""
    for delivery in project.of(Delivery, drain.connections[0]):
        if delivery.at == drain.sent and delivery.standing in _OPEN:
            yield Pass(drain.at, delivery.why or SAFE[delivery.standing])
            return
    yield judged(
        drain.kept,
        drain.at,
        Problem(
            drain.at,
            f"this takes messages out of `{drain.text}` before they are sent: when the "
            "send fails they are lost",
            variant=drain.how,
            related=(Related(drain.sent, "sent here"),),
        ),
    )
