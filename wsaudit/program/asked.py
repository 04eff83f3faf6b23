"""Questions that are answered once: a typed memo for free functions of a world.

A question is a function whose first argument is what it is asked of: a program, or a
scene. Its answers are kept there, by function and arguments, nodes by their identity.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar, cast

from wsaudit.clock import ANALYSIS, current

if TYPE_CHECKING:
    from wsaudit.program.answers import Answers

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class CircleError(Exception):
    """A question came up inside its own answer, and is not made for that."""


class Memory:
    """The answers that a program or a scene keeps; ``answers`` settles circles."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.known: dict[Hashable, object] = {}

    def forget(self) -> None:
        """Drop every answer."""
        self.known.clear()


class World(Protocol):
    """What questions are asked of."""

    @property
    def memory(self) -> Memory:
        """Where its answers are kept."""


W = TypeVar("W", bound=World)
_ASKING = object()


def asked(
    question: Callable[Concatenate[W, P], R],
) -> Callable[Concatenate[W, P], R]:
    """Answer each question once.

    An answer found inside an open circle of `asked_in_circles` may be more later, so it
    is given and not kept. Asking raises CircleError for a question that leads back to
    itself, and TypeError for an answer that is an iterator: it could be read once only.
    """
    timed = _timed(question)

    @wraps(question)
    def ask(world: W, /, *args: P.args, **kwargs: P.kwargs) -> R:
        known, answers = world.memory.known, world.memory.answers
        key = (question, args, *kwargs.items())
        found = known.get(key, known)
        if found is _ASKING:
            raise CircleError(f"`{_name(question)}` leads back to itself")
        if found is not known:
            return cast("R", found)
        before = answers.unsettled
        known[key] = _ASKING
        try:
            answer = timed(world, *args, **kwargs)
        finally:
            known.pop(key, None)
        if isinstance(answer, Iterator):
            raise TypeError(f"`{_name(question)}` gives an iterator; make it a tuple")
        if answers.unsettled == before or not answers.is_open():
            known[key] = answer
        return answer

    return ask


def asked_in_circles(
    question: Callable[Concatenate[W, P], tuple[T, ...]],
) -> Callable[Concatenate[W, P], tuple[T, ...]]:
    """Answer each question once, though it may lead back to itself.

    Inside its own answer a question gives nothing at first, and circles are brought to
    a fixed point (`wsaudit.program.answers`). What lies too deep gives nothing either.
    """
    timed = _timed(question)

    @wraps(question)
    def ask(world: W, /, *args: P.args, **kwargs: P.kwargs) -> tuple[T, ...]:
        return world.memory.answers.of(
            (question, world, args, *kwargs.items()),
            lambda: timed(world, *args, **kwargs),
            (),
        )

    return ask


def _timed(
    question: Callable[Concatenate[W, P], R],
) -> Callable[Concatenate[W, P], R]:
    """A question of an analysis, whose time a clock is told where one runs."""
    place = question.__module__.split(".")
    if place[1:2] != ["analysis"]:
        return question
    name = place[2]

    def ask(world: W, /, *args: P.args, **kwargs: P.kwargs) -> R:
        clock = current()
        if clock is None:
            return question(world, *args, **kwargs)
        clock.begin(ANALYSIS, name)
        clock.count(ANALYSIS, name, 1, "answers")
        try:
            return question(world, *args, **kwargs)
        finally:
            clock.end()

    return ask


def _name(question: Callable[..., object]) -> str:
    return getattr(question, "__name__", repr(question))
