"""Questions are answered once, and circles are settled or refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wsaudit.program.answers import Answers
from wsaudit.program.asked import (
    CircleError,
    Memory,
    asked,
    asked_in_circles,
)

LINKS = {"a": "b", "b": "c", "c": "a", "d": "a"}


class Town:
    """A world with nothing in it but its memory and what was really asked."""

    def __init__(self) -> None:
        self.memory = Memory(Answers())
        self.log: list[str] = []


@asked
def length(town: Town, name: str, *, twice: bool = False) -> int:
    """A question with a plain answer."""
    town.log.append(name)
    return len(name) * (2 if twice else 1)


@asked_in_circles
def reachable(town: Town, name: str) -> tuple[str, ...]:
    """Every name that the links lead to, through a circle."""
    town.log.append(name)
    following = LINKS[name]
    return tuple(dict.fromkeys((following, *reachable(town, following))))


@asked
def count(town: Town, name: str) -> int:
    """A plain question about one that goes in circles."""
    return len(reachable(town, name))


@asked_in_circles
def counts(town: Town, name: str) -> tuple[int, ...]:
    """A circle through plain questions: each asks for the next."""
    known = counts(town, LINKS[name])
    return tuple(sorted({*known, plain(town, name)}))


@asked
def plain(town: Town, name: str) -> int:
    """Asked while the circle is open, this says too little."""
    return len(counts(town, LINKS[name]))


@asked
def itself(town: Town, name: str) -> int:
    """A question that leads back to itself by two steps."""
    return itself(town, LINKS[name])


@asked_in_circles
def far(town: Town, number: int) -> tuple[str, ...]:
    """A chain without end."""
    return far(town, number + 1)


@asked
def letters(town: Town, name: str) -> Iterator[str]:
    """An answer that could be read once only."""
    return iter(name)


@asked
def broken(town: Town, name: str) -> str:
    """A question that fails the first time."""
    town.log.append(name)
    if len(town.log) == 1:
        raise KeyError(name)
    return name


def test_question_is_answered_once_a_world() -> None:
    """Answers are kept by arguments, on the world that was asked."""
    town, other = Town(), Town()

    assert [length(town, "ab"), length(town, "ab"), length(other, "ab")] == [2, 2, 2]
    assert length(town, "ab", twice=True) == 4
    assert town.log == ["ab", "ab"]
    assert other.log == ["ab"]


def test_forgotten_answers_are_found_again() -> None:
    """After `forget` a question is asked anew."""
    town = Town()

    length(town, "ab")
    town.memory.forget()

    assert length(town, "ab") == 2
    assert town.log == ["ab", "ab"]


def test_circle_is_brought_to_its_fixed_point() -> None:
    """Each member of a circle has the whole answer, whoever asked first."""
    town = Town()

    assert sorted(reachable(town, "d")) == ["a", "b", "c"]
    assert sorted(reachable(town, "b")) == ["a", "b", "c"]
    assert count(town, "c") == 3


def test_answer_from_an_open_circle_is_not_kept() -> None:
    """What a plain question is told inside a circle is not remembered as the truth."""
    town = Town()

    whole = counts(town, "a")

    assert plain(town, "b") == len(counts(town, "c"))
    assert whole == counts(town, "a")


def test_circle_of_a_plain_question_is_refused() -> None:
    """A question that leads back to itself says so instead of going on for ever."""
    with pytest.raises(CircleError, match="`itself` leads back to itself"):
        itself(Town(), "a")


def test_what_lies_too_deep_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain without end is cut off."""
    monkeypatch.setattr("wsaudit.program.answers.DEEPEST", 50)

    assert far(Town(), 0) == ()


def test_iterator_is_refused_as_an_answer() -> None:
    """It would be empty for whoever asks second."""
    with pytest.raises(TypeError, match="`letters` gives an iterator"):
        letters(Town(), "ab")


def test_failed_question_can_be_asked_again() -> None:
    """An exception is no answer, and leaves no open question behind."""
    town = Town()

    with pytest.raises(KeyError):
        broken(town, "a")

    assert broken(town, "a") == "a"
