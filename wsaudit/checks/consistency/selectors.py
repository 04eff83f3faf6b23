"""Selectors: what a component takes from a store is compared with what it had."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.states import Selector
from wsaudit.rule import Pass, Problem, Verdicts, check


@check("WS240", on=Selector)
def selector_returns_new_reference(selector: Selector, project: Project) -> Verdicts:
    """A value that is never the one from before."""
    if selector.compared:
        yield Pass(selector.at, selector.compared)
    elif not selector.makes:
        yield Pass(selector.at, "it gives a part of the state as it is")
    else:
        then = (
            "this component renders again for every message"
            if selector.remembered
            else "this component renders again without end"
        )
        when = " while there is nothing" if selector.fallback else ""
        yield Problem(
            selector.at,
            f"this selector builds a new {selector.makes} on every call{when}, so "
            f"{then}",
            variant="renders-often" if selector.remembered else "",
            cause=(selector.at.path, selector.makes) if selector.fallback else None,
        )
