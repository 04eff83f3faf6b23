"""Circles of questions come to one answer, whoever asked first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from wsaudit.program.answers import Answers
from wsaudit.syntax.python import read_python

Ask = Callable[[str], tuple[str, ...]]
NODE = read_python("m.py", "x").body[0]


def _joined(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))


def _asking(rules: dict[str, Callable[[Ask], tuple[str, ...]]]) -> Ask:
    answers = Answers()

    def ask(name: str) -> tuple[str, ...]:
        return answers.of((name, NODE), lambda: rules[name](ask), ("too far",))

    return ask


LEADS_OUT: dict[str, Callable[[Ask], tuple[str, ...]]] = {
    "root": lambda ask: _joined(ask("outer"), ("r",)),
    "outer": lambda ask: _joined(ask("inner"), ("o",)),
    # Only what comes out of the inner circle leads on to the root.
    "inner": lambda ask: ask("root") if ask("outer") else (),
}


@pytest.mark.parametrize("order", list(permutations(LEADS_OUT)), ids="-".join)
def test_repair_that_leads_out_joins_the_circle(order: tuple[str, ...]) -> None:
    """What a repair finds out late belongs to the answers of the larger circle."""
    ask = _asking(LEADS_OUT)

    assert {name: set(ask(name)) for name in order} == {
        name: {"r", "o"} for name in order
    }


def test_question_that_raises_leaves_nothing_behind() -> None:
    """An error inside a circle costs the question that was asked, and no other."""
    failing = [True]

    def broken(ask: Ask) -> tuple[str, ...]:
        ask("first")
        if failing:
            raise ValueError("not today")
        return ("b",)

    ask = _asking(
        {
            "first": lambda ask: _joined(ask("second"), ("f",)),
            "second": lambda ask: _joined(ask("first"), ask("broken")),
            "broken": broken,
        }
    )
    with pytest.raises(ValueError, match="not today"):
        ask("first")
    failing.clear()

    assert set(ask("first")) == set(ask("second")) == {"f", "b"}
