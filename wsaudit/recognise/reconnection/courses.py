"""Courses: the waits before the first, second, … attempt, computed one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow, tree
from wsaudit.program.tree import last_name
from wsaudit.recognise.reconnection.counters import EACH, STEPS, Change, Place, changes
from wsaudit.recognise.reconnection.delays import Setting
from wsaudit.recognise.reconnection.figures import OPERATORS, State, applied, figure
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class Course:
    """The waits before the first, second, … attempt, in the unit of the code."""

    waits: tuple[float, ...]

    @property
    def first(self) -> float | None:
        """The wait before the first attempt."""
        return self.waits[0] if self.waits else None

    @property
    def factor(self) -> float | None:
        """By how much the waits grow in the long run, where they grow by a factor."""
        late = self.waits[_LATE : _LATE + 3]
        if len(late) < 3 or min(late) <= 0:
            return None
        one, other = late[1] / late[0], late[2] / late[1]
        return one if math.isclose(one, other, rel_tol=_ALIKE) else None

    def longest(self) -> float | None:
        """The wait that is never exceeded, where there is one."""
        if len(self.waits) < ATTEMPTS or self.waits[-1] > self.waits[-2]:
            return None
        if self.waits[-1] <= self.waits[0]:
            return None
        return max(self.waits)

    def beyond(self, limit: float) -> tuple[int, float] | None:
        """After how many failures a wait is over ``limit``, and how long it is.

        The last attempt that is computed where none is.
        """
        for number, wait in enumerate(self.waits):
            if wait >= limit:
                return number, wait
        return (len(self.waits), self.waits[-1]) if self.waits else None


ATTEMPTS = 64
_LATE = 12
_ALIKE = 0.02


def course(
    setting: Setting, waits: tuple[nodes.Expression, ...], counters: frozenset[Place]
) -> Course:
    """The waits of many attempts, as far as they can be computed."""
    state = {place: _initial(setting, place) for place in counters}
    for place in counters:
        if any(_stepped_before(setting, wait, place) for wait in waits):
            state[place] = _after(setting, place, state)
    found = []
    for wait in _waits(setting, waits, state):
        found.append(wait)
        if len(found) == ATTEMPTS:
            break
    return Course(tuple(found))


def _waits(
    setting: Setting, waits: tuple[nodes.Expression, ...], state: dict[Place, float]
) -> Iterator[float]:
    while True:
        whole = applied(setting, lambda *parts: sum(parts), waits, state)
        if whole is None or not math.isfinite(whole):
            return
        yield whole
        state = {place: _after(setting, place, state) for place in state}


def _stepped_before(setting: Setting, wait: nodes.Expression, place: Place) -> bool:
    """Whether the counter has been changed where the wait is computed."""
    program = setting.scene.program
    at: Node = wait
    binding = program.binding(wait) if isinstance(wait, nodes.Name) else None
    if binding is not None and binding.constant:
        at = binding.writes[0].at
    return any(
        not change.first
        and _mentions(setting.scene, change, place)
        and program.function_of(change.node) is program.function_of(at)
        and flow.dominates(change.node, at, program.parents)
        for change in changes(setting.scene, place)
    )


def _initial(setting: Setting, place: Place) -> float:
    """The number that a counter starts from: zero where that does not fold."""
    for change in changes(setting.scene, place):
        if change.op == EACH and isinstance(change.value, nodes.Call):
            return _begun(setting, change.value)
        if change.op == "=" and change.value is not None:
            number = figure(setting, change.value, {})
            if number is not None:
                return number
    return 0.0


def _begun(setting: Setting, source: nodes.Call) -> float:
    """The first number of ``range(1, 6)`` or ``count(1)``."""
    least = 2 if last_name(source.function) == "range" else 1
    if len(source.arguments) < least:
        return 0.0
    return figure(setting, source.arguments[0].value, {}) or 0.0


def _after(setting: Setting, place: Place, state: State) -> float:
    """The value of a counter after one more failure."""
    if isinstance(place, tuple) and place[0] == "p":
        return state[place] + 1
    for change in changes(setting.scene, place):
        following = _follows(setting, place, change, state)
        if following is not None:
            return following
    return state[place]


def _follows(
    setting: Setting, place: Place, change: Change, state: State
) -> float | None:
    """The new value, where a change makes it of the old one."""
    if change.op in STEPS:
        return state[place] + (-1 if change.op == "--" else 1)
    if change.value is None or not _mentions(setting.scene, change, place):
        return None
    inner = state
    if change.previous is not None:
        inner = {**state, ("p", change.previous): state[place]}
    number = figure(setting, change.value, inner)
    if number is None or change.op == "=":
        return number
    operator = OPERATORS.get(change.op[:-1])
    return None if operator is None else operator(state[place], number)


def _mentions(scene: Scene, change: Change, place: Place) -> bool:
    """Whether a change computes the new value from the old one."""
    if change.op != "=":
        return True
    return any(
        (
            isinstance(node, nodes.Name | nodes.Member)
            and _is(scene, node, change, place)
        )
        for node in tree.walk(change.value or change.node)
    )


def _is(
    scene: Scene, node: nodes.Name | nodes.Member, change: Change, place: Place
) -> bool:
    if scene.program.cell(node) == place:
        return True
    if change.previous is None or not isinstance(node, nodes.Name):
        return False
    binding = scene.program.binding(node)
    return binding is not None and any(
        write.source is change.previous for write in binding.writes
    )
