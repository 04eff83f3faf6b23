"""Names: what is written to a variable, and what callers pass for a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.origins.given import Given, given, given_at
from wsaudit.analysis.origins.steps import ELEMENT, Origin, Path
from wsaudit.program import items, values
from wsaudit.program.reaching import reaching
from wsaudit.program.tree import strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program
    from wsaudit.program.names import Binding, Write

NOBODY = "nobody in sight calls what is given it"
_SPREAD = "arguments that are spread"


def of_binding(
    program: Program, at: Origin, binding: Binding, read: nodes.Name | None = None
) -> Iterator[Origin]:
    """What is written to a variable, and where that gets to ``read`` if it is told."""
    writes = (
        reaching(binding, read, program.parents) if read is not None else binding.writes
    )
    for write in writes:
        yield from _of_write(program, at, write)


def _of_write(program: Program, at: Origin, write: Write) -> Iterator[Origin]:
    path = (*write.path, *at.path)
    match write.kind, write.source, write.value:
        case "assign", _, nodes.Node() as value:
            yield at.back(value, path)
        case "parameter", nodes.Parameter() as parameter, _:
            yield from of_parameter(program, at, parameter, path)
        case "each", _, nodes.Node() as value:
            yield _of_turn(program, at, value, write)
        case "with", _, nodes.Node() as value:
            yield at.back(value, path)
        case "import", nodes.Import() as statement, _:
            target = program.exports.import_target(statement, write.at)
            if target is not None:
                yield from of_binding(program, at, target)
        case "function", nodes.Function() as function, _ if not at.path:
            yield at.back(function)
        case "augmented", _, nodes.Node() as value if _fills(program, write):
            yield at.back(value, path)
        case "augmented" | "caught" | "case", _, _:
            yield replace(at.back(at.node), lost="computed")
        case _:
            return


def _fills(program: Program, write: Write) -> bool:
    """Whether an assignment only fills what is empty: ``x ??= y``."""
    around = program.parents.get(write.at)
    return isinstance(around, nodes.Bind | nodes.Assign) and around.op in {
        "??=",
        "||=",
    }


def _of_turn(
    program: Program, at: Origin, source: nodes.Expression, write: Write
) -> Origin:
    """What a loop takes from its source in one turn."""
    path = write.path
    inner = strip(source)
    if path[:1] == (1,) and items.gives_pairs(program, source):
        path = path[1:]
        if isinstance(inner, nodes.Call) and isinstance(inner.function, nodes.Member):
            source = inner.function.object
    return at.back(source, (ELEMENT, *path, *at.path))


def of_parameter(
    program: Program, at: Origin, parameter: nodes.Parameter, path: Path
) -> Iterator[Origin]:
    """What its callers pass: the one alone whose result this is found in."""
    function = program.function_of(parameter)
    if function is None or parameter in program.seeds:
        return
    if at.calls and function in program.callees(at.calls[-1]):
        outer = replace(at, calls=at.calls[:-1])
        for one in given_at(program, at.calls[-1], function, parameter):
            yield _passed(outer, one, path)
        return
    taken = list(_of_callback(program, at, function, parameter, path))
    yield from taken
    passed = given(program, parameter)
    for one in passed:
        yield _passed(at, one, path)
    if not taken and not passed and parameter.kind == "plain":
        if parameter.default is not None:
            yield at.back(parameter.default, path)
        elif not program.callers(function):
            yield replace(at.back(at.node, path), lost=NOBODY)


def _passed(at: Origin, one: Given, path: Path) -> Origin:
    if one.value is None:
        return replace(at.back(at.node, path), lost=_SPREAD)
    return at.back(one.value, path)


def _of_callback(
    program: Program,
    at: Origin,
    function: nodes.Function,
    parameter: nodes.Parameter,
    path: Path,
) -> Iterator[Origin]:
    """What ``xs.map(f)`` and ``promise.then(f)`` give their function."""
    argument = program.parents.get(function)
    call = program.parents.get(argument) if isinstance(argument, nodes.Node) else None
    if not isinstance(call, nodes.Call) or not isinstance(argument, nodes.Argument):
        return
    if not isinstance(call.function, nodes.Member):
        return
    if function.parameters[:1] != (parameter,):
        return
    if call.function.name == "then":
        yield at.back(call.function.object, path)
    elif call.function.name in values.CALLBACK_EACH:
        yield at.back(call.function.object, (ELEMENT, *path))
