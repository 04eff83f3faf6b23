"""Figures: the numbers of seconds that a wait comes to, attempt by attempt.

What `wsaudit.recognise.delays` says in words is computed here, as far as every number
in it folds. Chance counts as its middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow, folding, tree, values
from wsaudit.program.tree import last_name
from wsaudit.recognise.counters import EACH, STEPS, Change, Place, changes
from wsaudit.recognise.delays import Setting, entered, parameter_of, place_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

State = Mapping[Place, float]
"""The values of the variables that change, before an attempt."""

_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": math.fmod,
    "**": math.pow,
    "<<": lambda a, b: math.ldexp(a, int(b)),
}
_TESTS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_CALLS: Mapping[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "pow": math.pow,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "trunc": math.trunc,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "int": int,
    "float": float,
    "Number": float,
}
_DEPTH = 12
_MIDDLE = 0.5


def figure(setting: Setting, node: nodes.Expression, state: State) -> float | None:
    """The number that an expression comes to; None when something does not fold."""
    if setting.depth > _DEPTH:
        return None
    try:
        return _figure(setting, node, state)
    except (ArithmeticError, ValueError, TypeError):
        return None


def _figure(setting: Setting, node: nodes.Expression, state: State) -> float | None:
    match node:
        case nodes.Literal(value=value):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if number and value is not None else None
        case nodes.Cast(value=inner) | nodes.Await(value=inner):
            return figure(setting, inner, state)
        case nodes.Unary(op=op, value=inner):
            found = figure(setting, inner, state)
            return -found if op == "-" and found is not None else found
        case nodes.Logical(operands=operands):
            parts = (figure(setting, operand, state) for operand in operands)
            return next((part for part in parts if part is not None), None)
        case nodes.Conditional():
            return _chosen(setting, node, state)
        case nodes.Index(object=table, index=index):
            return _entry(setting, table, figure(setting, index, state), state)
        case nodes.Call():
            return _called(setting, node, state)
        case nodes.Name() | nodes.Member():
            return _read(setting, node, state)
        case _:
            return _calculated(setting, node, state)


def _calculated(setting: Setting, node: nodes.Expression, state: State) -> float | None:
    """``a * b``, ``a += b``."""
    match node:
        case nodes.Binary(op=op, left=left, right=right) if op in _OPERATORS:
            return _applied(setting, _OPERATORS[op], (left, right), state)
        case nodes.Assign(value=value, op="="):
            return figure(setting, value, state)
        case nodes.Assign(target=target, value=value, op=op) if op[:-1] in _OPERATORS:
            return _applied(setting, _OPERATORS[op[:-1]], (target, value), state)
        case _:
            return None


def _applied(
    setting: Setting,
    operator: Callable[..., float],
    operands: Iterable[nodes.Expression],
    state: State,
) -> float | None:
    numbers = [figure(setting, operand, state) for operand in operands]
    known = [number for number in numbers if number is not None]
    return float(operator(*known)) if len(known) == len(numbers) else None


def _holds(setting: Setting, test: nodes.Expression, state: State) -> bool | None:
    if not isinstance(test, nodes.Binary) or test.op not in _TESTS:
        return None
    left, right = (figure(setting, side, state) for side in (test.left, test.right))
    if left is None or right is None:
        return None
    return _TESTS[test.op](left, right)


def _chosen(setting: Setting, node: nodes.Conditional, state: State) -> float | None:
    holds = _holds(setting, node.test, state)
    if holds is None:
        return None
    return figure(setting, node.then if holds else node.other, state)


def _entry(
    setting: Setting, table: nodes.Expression, at: float | None, state: State
) -> float | None:
    for value in setting.scene.program.values(table):
        if isinstance(value, values.Seq) and at is not None:
            items = value.node.items
            return figure(setting, items[int(at)], state) if at < len(items) else None
    return None


def _called(setting: Setting, call: nodes.Call, state: State) -> float | None:
    functions = setting.scene.program.callees(call)
    arguments = [argument.value for argument in call.arguments]
    if not functions:
        name = last_name(call.function)
        if "random" in name.lower() and not arguments:
            return _MIDDLE
        if name in _CALLS:
            return _applied(setting, _CALLS[name], arguments, state)
        return None
    if len(functions) != 1:
        return None
    inner = entered(setting, call, functions[0])
    return _returned(inner, functions[0].body, state)


def _returned(
    setting: Setting, body: tuple[nodes.Statement, ...], state: State
) -> float | None:
    """What a block of plain statements returns."""
    for statement in body:
        match statement:
            case nodes.Return(value=value):
                return None if value is None else figure(setting, value, state)
            case nodes.If(test=test, then=then, other=other):
                holds = _holds(setting, test, state)
                if holds is None:
                    return None
                found = _returned(setting, then if holds else other, state)
                if found is not None:
                    return found
            case nodes.Bind() | nodes.Expr():
                continue
            case _:
                return None
    return None


def _read(
    setting: Setting, node: nodes.Name | nodes.Member, state: State
) -> float | None:
    parameter = parameter_of(setting, node)
    if parameter is not None:
        if ("p", parameter) in state:
            return state["p", parameter]
        if parameter in setting.given and ("p", parameter) not in setting.asked:
            inner = _asking(setting, ("p", parameter))
            return figure(inner, setting.given[parameter], state)
    place = place_of(setting.scene, node)
    if place in state:
        return state[place]
    constant = folding.fold_number(setting.scene.program, node)
    if constant is not None:
        return float(constant)
    if place is None or place in setting.asked:
        return None
    found = changes(setting.scene, place)
    if not all(change.first for change in found):
        return None
    numbers = {_of_change(_asking(setting, place), one, state) for one in found}
    return numbers.pop() if len(numbers) == 1 else None


def _asking(setting: Setting, place: Place) -> Setting:
    return Setting(
        setting.scene,
        setting.given,
        setting.counts,
        setting.tests,
        setting.asked | {place},
        setting.depth + 1,
    )


def _of_change(setting: Setting, change: Change, state: State) -> float | None:
    """The number that a change gives; a destructured one has a default at best."""
    if change.value is not None:
        return figure(setting, change.value, state)
    if not isinstance(change.node, nodes.Name):
        return None
    numbers = {
        float(value.value)
        for value in setting.scene.program.values(change.node)
        if isinstance(value, values.Const) and isinstance(value.value, int | float)
    }
    return numbers.pop() if len(numbers) == 1 else None


# -- attempts ------------------------------------------------------------------------


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
        whole = _applied(setting, lambda *parts: sum(parts), waits, state)
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
    operator = _OPERATORS.get(change.op[:-1])
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
    if scene.program.place(node) == place:
        return True
    if change.previous is None or not isinstance(node, nodes.Name):
        return False
    binding = scene.program.binding(node)
    return binding is not None and any(
        write.source is change.previous for write in binding.writes
    )
