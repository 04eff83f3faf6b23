"""Histories: what a page keeps of the messages that it has had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.states import Growth
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS139", on=Growth)
def unbounded_message_history(growth: Growth, _: Project) -> Verdicts:
    """A list that every message makes longer must be cut."""
    yield judged(
        growth.limited,
        growth.at,
        Problem(
            growth.at,
            f"every message is added to `{growth.name}`, and nothing ever takes one "
            "out: the page needs more memory, and more time for each, as it goes on",
        ),
    )
