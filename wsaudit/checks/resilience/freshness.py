"""Freshness: data that a connection brings looks as old as it is."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.states import Freshness
from wsaudit.rule import Confidence, Problem, Verdicts, check, judged


@check("WS215", on=Freshness)
def missing_stale_data_indicator(data: Freshness, project: Project) -> Verdicts:
    """A component shows what may be old, and does not look at the connection."""
    by = f" by `{data.component}`" if data.component else ""
    problem = Problem(
        data.at,
        f"`{data.name}` comes over the socket and is shown{by}, where nothing tells "
        "when it stopped being live",
        confidence=Confidence.LOW,
    )
    yield judged(data.told, data.at, problem)
