"""Folding: constants that the program computes from constants."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from wsaudit.limits import BITS, CHARACTERS, POWER
from wsaudit.program import values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program

Number = int | float
_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def fold(program: Program, node: nodes.Expression) -> values.Const | None:
    """The one constant that an expression must be, None when there is no such one."""
    match node:
        case nodes.Template(parts=parts):
            return _template(program, parts)
        case nodes.Unary(op="-", value=inner):
            number = fold_number(program, inner)
            return None if number is None else values.Const(-number)
        case nodes.Binary(op=op, left=left, right=right):
            return _binary(program, op, left, right)
        case _:
            found = program.values(node)
            if len(found) != 1:
                return None
            if isinstance(found[0], values.External):
                constant = program.constant(found[0].name)
                return None if constant is None else values.Const(constant)
            return found[0] if isinstance(found[0], values.Const) else None


def fold_number(program: Program, node: nodes.Expression) -> Number | None:
    """The one number that an expression must be, None when there is no such one."""
    constant = fold(program, node)
    if constant is None or isinstance(constant.value, bool):
        return None
    return constant.value if isinstance(constant.value, int | float) else None


def fold_numbers(program: Program, node: nodes.Expression) -> tuple[Number, ...]:
    """All numbers that an expression may be; none when one of them is not known."""
    one = fold_number(program, node)
    if one is not None:
        return (one,)
    found = [
        value.value if isinstance(value, values.Const) else None
        for value in program.values(node)
    ]
    numbers = [one for one in found if isinstance(one, int | float)]
    if len(numbers) < len(found) or any(isinstance(one, bool) for one in numbers):
        return ()
    return tuple(numbers)


def fold_text(program: Program, node: nodes.Expression) -> str | None:
    """The one string that an expression must be, None when there is no such one."""
    constant = fold(program, node)
    return constant.value if constant and isinstance(constant.value, str) else None


def _template(
    program: Program, parts: tuple[nodes.Expression, ...]
) -> values.Const | None:
    texts: list[str] = []
    room = CHARACTERS
    for part in parts:
        constant = fold(program, part)
        if constant is None or not _small(constant.value):
            return None
        texts.append(str(constant.value))
        room -= len(texts[-1])
        if room < 0:
            return None
    return values.Const("".join(texts))


def _small(value: values.Scalar) -> bool:
    """Whether a constant may become a part of another one."""
    if isinstance(value, str):
        return len(value) <= CHARACTERS
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or value.bit_length() <= BITS


def _binary(
    program: Program, op: str, left: nodes.Expression, right: nodes.Expression
) -> values.Const | None:
    # Arithmetic is everywhere: where one side cannot fold, the other is not asked.
    if _computed(left) or _computed(right):
        return None
    first = fold(program, left)
    second = fold(program, right) if first is not None else None
    if first is None or second is None:
        return None
    if not (_small(first.value) and _small(second.value)):
        return None
    match first.value, second.value:
        case (str() as a, str() as b) if op == "+":
            return _kept(a + b)
        case (int() | float() as x, int() | float() as y):
            return _number(op, x, y)
        case _:
            return None


def _computed(node: nodes.Expression) -> bool:
    """Whether an operand is the work of a call, or data at some position."""
    return isinstance(node, nodes.Call | nodes.Await | nodes.Index)


def _number(op: str, x: Number, y: Number) -> values.Const | None:
    try:
        if op == "**":
            return _kept(x**y) if abs(y) <= POWER else None
        if op == "<<":
            inside = 0 <= y <= POWER
            return _kept(int(x) << int(y)) if inside else None
        compute = _ARITHMETIC.get(op)
        return _kept(compute(x, y)) if compute else None
    except (ArithmeticError, ValueError, TypeError):
        return None


def _kept(value: object) -> values.Const | None:
    """A result as a constant, unless it is too large or no real number."""
    if isinstance(value, str | int | float) and _small(value):
        return values.Const(value)
    return None
