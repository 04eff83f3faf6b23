"""Figures: the numbers of seconds that a wait comes to, attempt by attempt.

What `wsaudit.recognise.reconnection.delays` says in words is computed here, as far as
every number in it folds. Chance counts as its middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from wsaudit.program import folding, values
from wsaudit.program.tree import last_name
from wsaudit.recognise.reconnection.counters import Change, Place, changes
from wsaudit.recognise.reconnection.delays import (
    Setting,
    entered,
    parameter_of,
    place_of,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    pass

State = Mapping[Place, float]
"""The values of the variables that change, before an attempt."""

OPERATORS: Mapping[str, Callable[[float, float], float]] = {
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
        case nodes.Binary(op=op, left=left, right=right) if op in OPERATORS:
            return applied(setting, OPERATORS[op], (left, right), state)
        case nodes.Assign(value=value, op="="):
            return figure(setting, value, state)
        case nodes.Assign(target=target, value=value, op=op) if op[:-1] in OPERATORS:
            return applied(setting, OPERATORS[op[:-1]], (target, value), state)
        case _:
            return None


def applied(
    setting: Setting,
    operator: Callable[..., float],
    operands: Iterable[nodes.Expression],
    state: State,
) -> float | None:
    """What an operator makes of some operands; None when one does not fold."""
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
            return applied(setting, _CALLS[name], arguments, state)
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
