"""Tabs: the pages of one user agree."""

from __future__ import annotations

from wsaudit.model import Endpoint, Project
from wsaudit.model.registry import Broadcast
from wsaudit.model.states import Tabs
from wsaudit.rule import Pass, Problem, Related, Undecided, Verdicts, check


@check("WS243", on=Tabs)
def missing_cross_tab_strategy(tabs: Tabs, project: Project) -> Verdicts:
    """What is done in one tab reaches the others by the server, or by the browser."""
    broadcasts = project.all(Broadcast)
    if tabs.joined.present:
        yield Pass(tabs.joined.at or tabs.at, tabs.joined.why)
    elif broadcasts:
        yield Pass(broadcasts[0].at, "the server sends it to every connection")
    elif not project.all(Endpoint):
        yield Undecided(tabs.at, "whether the server tells other tabs is not in sight")
    else:
        yield Problem(
            tabs.at,
            f"each tab has a socket of its own, and `{tabs.name}` {tabs.how}: nothing "
            "tells the user's other tabs",
            related=(Related(tabs.edited, f"`{tabs.name}` {tabs.how} here"),),
        )
