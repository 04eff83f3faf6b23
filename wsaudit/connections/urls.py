"""URL patterns: what can be told of a route or an address when it is put together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import Origin, origins
from wsaudit.limits import DEEP, STEPS
from wsaudit.program import folding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program

HOLE = "{}"
"""Stands for a part that is not known."""
Calls = tuple[nodes.Call, ...]


def patterns(program: Program, node: nodes.Expression) -> tuple[str, ...]:
    """Every address an expression may be, through what callers of a wrapper pass.

    Each has ``{}`` for every part that does not fold; "{}" when none does.
    """
    return tuple(dict.fromkeys(_patterns(program, node, (), 0)))


def _patterns(
    program: Program, node: nodes.Expression, calls: Calls, depth: int
) -> Iterator[str]:
    """``calls`` are those in whose results the expression was found."""
    constant = folding.fold_text(program, node)
    if constant is not None:
        yield constant
        return
    found = origins(program, node, calls=calls) if depth < STEPS else ()
    if not 0 < len(found) <= DEEP:
        yield HOLE
    else:
        for origin in found:
            yield from _of_origin(program, origin, depth + 1)


def _of_origin(program: Program, origin: Origin, depth: int) -> Iterator[str]:
    if origin.lost or origin.path:
        yield HOLE
        return
    match origin.node:
        case nodes.Template(parts=parts):
            yield from _joined(program, parts, origin.calls, depth)
        case nodes.Binary(op="+", left=left, right=right):
            yield from _joined(program, (left, right), origin.calls, depth)
        case nodes.Literal(value=value):
            yield str(value)
        case nodes.Call(
            function=nodes.Member(object=inner, name="replace" | "toString" | "trim")
        ):
            # A string method keeps the path.
            yield from _patterns(program, inner, origin.calls, depth)
        case nodes.Call(function=nodes.Name(id="String" | "URL"), arguments=arguments):
            for argument in arguments[:1]:
                yield from _patterns(program, argument.value, origin.calls, depth)
        case node:
            yield folding.fold_text(program, node) or HOLE


def _joined(
    program: Program, parts: tuple[nodes.Expression, ...], calls: Calls, depth: int
) -> Iterator[str]:
    """What parts one behind the other may be; one that may be much is not known."""
    choices: list[tuple[str, ...]] = []
    count = 1
    for part in parts:
        found = tuple(dict.fromkeys(_patterns(program, part, calls, depth)))
        count *= len(found)
        choices.append(found if found and count <= DEEP else (HOLE,))
    for each in product(*choices):
        yield _tidy("".join(each))


def _tidy(text: str) -> str:
    while HOLE + HOLE in text:
        text = text.replace(HOLE + HOLE, HOLE)
    return text
