"""Whether the connections of servers are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.observability import Metrics
from wsaudit.rule import Problem, check, judged
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS282", on=Metrics)
def missing_connection_metrics(metrics: Metrics, _project: Project) -> Verdicts:
    """Something must count or time what connections do."""
    counted = metrics.counted
    more = len(metrics.connections) - 1
    others = f" and {amount(more, 'more endpoint')}" if more else ""
    elsewhere = (
        f", though `{metrics.elsewhere}` measures other things"
        if metrics.elsewhere
        else ""
    )
    problem = Problem(
        metrics.at,
        f"no metric counts the connections or messages of {metrics.text}{others}"
        f"{elsewhere}: a storm of reconnects or a leak of connections shows nowhere",
    )
    yield judged(counted, counted.at or metrics.at, problem)
