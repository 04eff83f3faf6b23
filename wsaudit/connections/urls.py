"""URL patterns: what can be told of a route or an address when it is put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import given, parameter_of, returned
from wsaudit.program import folding
from wsaudit.program.tree import strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program

_WRAPPED = 4
HOLE = "{}"
"""Stands for a part that is not known."""


def patterns(program: Program, node: nodes.Expression) -> tuple[str, ...]:
    """Every address an expression may be, through what callers of a wrapper pass."""
    return tuple(dict.fromkeys(_patterns(program, node, 0)))


def _patterns(program: Program, node: nodes.Expression, depth: int) -> Iterator[str]:
    node = strip(node)
    if isinstance(node, nodes.Conditional) and depth < _WRAPPED:
        yield from _patterns(program, node.then, depth + 1)
        yield from _patterns(program, node.other, depth + 1)
        return
    if isinstance(node, nodes.Name) and depth < _WRAPPED:
        passed = _passed(program, node)
        if passed:
            for argument in passed:
                yield from _patterns(program, argument, depth + 1)
            return
    yield pattern(program, node)


def _passed(program: Program, name: nodes.Name) -> list[nodes.Expression]:
    """What callers pass, or leave to the default; nothing for any other name."""
    parameter = parameter_of(program, name)
    passed = given(program, parameter) if parameter is not None else ()
    return [one.value for one in passed if one.value is not None]


def pattern(program: Program, node: nodes.Expression, depth: int = 0) -> str:
    """An address with ``{}`` for every part that does not fold; "{}" when none does."""
    constant = folding.fold_text(program, node)
    if constant is not None:
        return constant
    if depth > 6:
        return HOLE
    match node:
        case nodes.Template(parts=parts):
            return _tidy("".join(pattern(program, part, depth + 1) for part in parts))
        case nodes.Binary(op="+", left=left, right=right):
            return _tidy(
                pattern(program, left, depth + 1) + pattern(program, right, depth + 1)
            )
        case nodes.Literal(value=value):
            return str(value)
        case nodes.Name():
            return _assigned(program, node, depth)
        case nodes.Cast(value=value) | nodes.Await(value=value):
            return pattern(program, value, depth + 1)
        case nodes.Call():
            return _called(program, node, depth)
        case _:
            return HOLE


def _assigned(program: Program, node: nodes.Name, depth: int) -> str:
    binding = program.origin(node)
    if binding is None or not binding.constant:
        return HOLE
    write = binding.writes[0]
    if write.kind != "assign" or write.value is None or write.path:
        return HOLE
    return pattern(program, write.value, depth + 1)


def _called(program: Program, call: nodes.Call, depth: int) -> str:
    """A string method keeps the path; a project function gives what it returns."""
    match call.function:
        case nodes.Member(object=inner, name="replace" | "toString" | "trim"):
            return pattern(program, inner, depth + 1)
        case nodes.Name(id="String" | "URL") if call.arguments:
            return pattern(program, call.arguments[0].value, depth + 1)
        case _:
            pass
    found = {
        pattern(program, node, depth + 1)
        for function in program.callees(call)
        for node in returned(function)
    }
    return found.pop() if len(found) == 1 else HOLE


def _tidy(text: str) -> str:
    while HOLE + HOLE in text:
        text = text.replace(HOLE + HOLE, HOLE)
    return text
