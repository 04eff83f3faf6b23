"""Promises: what one comes to, by the calls of what its executor is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.limits import STEPS
from wsaudit.program import items, values
from wsaudit.program.tree import walk
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program
    from wsaudit.program.values import Value, Values

PROMISE = "global#Promise"
_FIRST = frozenset({"global#Promise.race", "global#Promise.any"})
_RESOLVERS = "global#Promise.withResolvers"


def settled(program: Program, found: Values) -> Values:
    """What is there once some values are awaited: of a promise what it comes to."""
    if not any(map(_is_promise, found)):
        return found
    return values.merge(*(_settled(program, value) or (value,) for value in found))


def _is_promise(value: Value) -> bool:
    match value:
        case values.Instance(of=of):
            return of == PROMISE or of in _FIRST
        case values.External(name=name):
            return name.startswith(_RESOLVERS)
        case _:
            return False


def _settled(program: Program, value: Value) -> Values:
    match value:
        case values.Instance(of=of, site=nodes.Call(arguments=[first, *_])) if (
            of == PROMISE
        ):
            resolved = [
                program.values(given)
                for executor in program.values(first.value)
                if isinstance(executor, values.Func)
                for parameter in executor.function.parameters[:1]
                for given in _handed(program, executor.function, parameter, 0)
            ]
        case values.Instance(of=of, site=nodes.Call(arguments=[first, *_])) if (
            of in _FIRST
        ):
            resolved = [items.elements(program, first.value)]
        case values.External(receiver=values.Instance() as made):
            resolve = values.External(f"{_RESOLVERS}.resolve", made)
            resolved = [
                program.values(call.arguments[0].value)
                for call in program.calls_of(("resolve",))
                if call.arguments and resolve in program.values(call.function)
            ]
        case _:
            return ()
    return settled(program, values.merge(*resolved))


def settled_by(program: Program, call: nodes.Call) -> nodes.Call | None:
    """The promise that a call settles by what its executor is given, if it does."""
    return settles(program, call.function)


def settles(program: Program, node: nodes.Expression) -> nodes.Call | None:
    """The promise of whose settling functions an expression is one, if it is."""
    binding = program.binding(node) if isinstance(node, nodes.Name) else None
    parameter = binding.writes[0].source if binding and binding.constant else None
    if not isinstance(parameter, nodes.Parameter):
        return None
    executor = program.function_of(parameter)
    argument = program.parents.get(executor) if executor is not None else None
    made = program.parents.get(argument) if isinstance(argument, nodes.Node) else None
    if isinstance(made, nodes.Call) and made.new and PROMISE in program.called(made):
        return made
    return None


def _handed(
    program: Program, function: nodes.Function, parameter: nodes.Parameter, depth: int
) -> Iterator[nodes.Expression]:
    """What a function calls its parameter with, or another that it hands it on to."""
    own = parameter.target
    if not isinstance(own, nodes.Name) or depth > STEPS:
        return
    name, wanted = own.id, program.binding(own)

    def means(node: nodes.Expression) -> bool:
        return isinstance(node, nodes.Name) and (
            node.id == name and program.binding(node) is wanted
        )

    for statement in function.body:
        for node in walk(statement):
            if not isinstance(node, nodes.Call):
                continue
            if means(node.function):
                yield from (each.value for each in node.arguments[:1])
            elif any(means(each.value) for each in node.arguments):
                for callee in program.callees(node):
                    for inner in callee.parameters:
                        passed = program.argument_for(node, callee, inner)
                        if isinstance(passed, nodes.Node) and means(passed):
                            yield from _handed(program, callee, inner, depth + 1)
