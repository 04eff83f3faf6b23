"""Calls: what functions, classes, promises and containers give back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.origins.fields import of_field
from wsaudit.analysis.origins.given import parameter_of, returned
from wsaudit.analysis.origins.steps import ELEMENT, Origin, key_step
from wsaudit.program import values
from wsaudit.program.tree import own_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program

_MADE_OVER = "a helper that makes it over"
_PAIRS = frozenset({"items", "entries"})


def of_call(program: Program, at: Origin, call: nodes.Call) -> Iterator[Origin]:
    """What everything that a call may run gives back."""
    found: list[Origin] = []
    for callee in program.values(call.function):
        match callee:
            case values.Func(function=function):
                found.extend(_of_result(program, at, call, function))
            case values.ClassRef(node=cls) if at.path:
                found.extend(_of_made(program, at, call, cls))
            case values.External(name=name):
                position = program.transparent(program.canonical(name))
                if position is not None and len(call.arguments) > position:
                    found.append(at.back(call.arguments[position].value))
                elif name == "global#Promise" and call.new and call.arguments:
                    found.extend(_of_promise(program, at, call.arguments[0].value))
                elif name == "global#Promise.resolve" and call.arguments:
                    found.append(at.back(call.arguments[0].value))
            case _:
                continue
    if not found and isinstance(call.function, nodes.Member):
        found.extend(_of_method(program, at, call, call.function))
    yield from found


def _of_result(
    program: Program, at: Origin, call: nodes.Call, function: nodes.Function
) -> Iterator[Origin]:
    """What a function of the project gives back.

    A function that may give back what it is given makes that over: what else it
    returns may be for a part of it.
    """
    inside = replace(at, calls=(*at.calls, call))
    if function.is_generator:
        for node in own_of(function):
            if isinstance(node, nodes.Yield) and node.value is not None:
                path = at.path if node.delegates else at.path[1:]
                yield inside.back(node.value, path)
        return
    results = list(returned(function))
    own = [
        result
        for result in results
        if parameter_of(program, result) in function.parameters
    ]
    if own and len(own) < len(results):
        yield replace(at.back(call), lost=_MADE_OVER)
        results = own
    yield from map(inside.back, results)


def _of_made(
    program: Program, at: Origin, call: nodes.Call, cls: nodes.ClassDef
) -> Iterator[Origin]:
    """A field of what a class makes: as it is made, or as the class says."""
    name, rest = at.path[0], at.path[1:]
    for argument in call.arguments:
        if argument.keyword == name:
            yield at.back(argument.value, rest)
            return
    if isinstance(name, str):
        below = replace(at, path=rest, calls=(*at.calls, call))
        yield from of_field(program, below, cls, name)


def _of_promise(
    program: Program, at: Origin, executor: nodes.Expression
) -> Iterator[Origin]:
    """What a promise is resolved with."""
    for value in program.values(executor):
        if not isinstance(value, values.Func) or not value.function.parameters:
            continue
        resolve = value.function.parameters[0].target
        if not isinstance(resolve, nodes.Name):
            continue
        binding = program.binding(resolve)
        for call in program.calls_named(resolve.id):
            if (
                isinstance(call.function, nodes.Name)
                and program.binding(call.function) is binding
                and call.arguments
            ):
                yield at.back(call.arguments[0].value)


def _of_method(
    program: Program, at: Origin, call: nodes.Call, method: nodes.Member
) -> Iterator[Origin]:
    """What a method of a promise or of a container gives."""
    arguments = call.arguments
    match method.name:
        case "then" if arguments:
            for value in program.values(arguments[0].value):
                if isinstance(value, values.Func):
                    yield from map(at.back, returned(value.function))
        case "catch" | "finally":
            yield at.back(method.object)
        case "values" if at.path[:1] == (ELEMENT,):
            yield at.back(method.object)
        case name if name in _PAIRS and at.path[:2] == (ELEMENT, 1):
            yield at.back(method.object, (ELEMENT, *at.path[2:]))
        case name if name in program.library.spoken("gives-one") and _is_container(
            program, method.object
        ):
            step = key_step(program, arguments[0].value) if arguments else ELEMENT
            step = step if name in {"get", "pop"} else ELEMENT
            yield at.back(method.object, (step, *at.path))
            if name == "get":
                yield from (at.back(each.value) for each in arguments[1:2])
        case _:
            return


def _is_container(program: Program, node: nodes.Expression) -> bool:
    return any(
        isinstance(value, values.Seq | values.Rec)
        or (isinstance(value, values.Instance) and value.of in values.CONTAINERS)
        for value in program.values(node)
    )
