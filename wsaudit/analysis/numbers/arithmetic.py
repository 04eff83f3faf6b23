"""Arithmetic: what operators, comparisons and mathematical functions compute."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf


def _shifted(number: float, by: float) -> float:
    return number * _power(2, by)


OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": math.fmod,
    "**": _power,
    "<<": _shifted,
}
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
MIRRORED: Mapping[str, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What the other side says of an order."""


def _whole(rounding: Callable[[float], float]) -> Callable[[float], float]:
    return lambda number: float(rounding(number)) if math.isfinite(number) else number


def _clamped(number: float, least: float, most: float) -> float:
    return min(max(number, least), most)


FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "sum": lambda *numbers: sum(numbers),
    "pow": _power,
    "exp2": lambda number: _power(2, number),
    "exp": lambda number: _power(math.e, number),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "round": lambda number, *_: _whole(round)(number),
    "trunc": _whole(math.trunc),
    "int": _whole(math.trunc),
    "parseInt": lambda number, *_: _whole(math.trunc)(number),
    "abs": abs,
    "sqrt": math.sqrt,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "fround": float,
    "float": float,
    "Number": float,
    "parseFloat": float,
    "clamp": _clamped,
}


def drawn(numbers: Sequence[float], chance: float) -> float:
    """What is drawn between two numbers, up to one, or between nothing and one."""
    match numbers:
        case [most]:
            return most * chance
        case [least, most, *_]:
            return least + (most - least) * chance
        case _:
            return chance
