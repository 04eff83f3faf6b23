"""Parameters: what the callers of a function give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import promises, stores, subjects
from wsaudit.program.items import elements, project
from wsaudit.program.tree import last_name
from wsaudit.program.typings import typed
from wsaudit.program.values import (
    CALLBACK_EACH,
    ClassRef,
    Const,
    Object,
    Unknown,
    Values,
    merge,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsaudit.program.names import Write
    from wsaudit.program.program import Program


def parameter_values(
    program: Program, parameter: nodes.Parameter, write: Write
) -> Values:
    """What a parameter may be: seeds, callers, its annotation, its default."""
    seeded = program.seeds.get(parameter)
    if seeded is not None:
        return project(program, seeded, write.path)
    program.unseeded.add(parameter)
    function = program.function_of(parameter)
    if function is None:
        return (Unknown("parameter"),)
    receiver = _receiver(program, parameter, function)
    if receiver:
        return receiver
    found: Values = ()
    if write.value is not None:
        found = stores.injected(program, write.value) or project(
            program, program.values(write.value), write.path
        )
    passed = passed_values(program, function, parameter)
    found = merge(found, project(program, passed, write.path))
    useful = tuple(v for v in found if not isinstance(v, Unknown) and v != Const(None))
    if useful:
        return found
    if parameter.annotation is not None:
        shaped = project(program, typed(program, parameter.annotation), write.path)
        return merge(shaped, tuple(v for v in found if v == Const(None)))
    return merge(found, (Unknown("parameter"),))


def _receiver(
    program: Program, parameter: nodes.Parameter, function: nodes.Function
) -> Values:
    """``self`` or ``cls`` of a Python method."""
    definition = program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef) or definition.kind == "function":
        return ()
    if program.module_of(function).language != "python":
        return ()
    if not function.parameters or function.parameters[0] is not parameter:
        return ()
    owner = program.class_around(definition)
    if owner is None or any(
        last_name(d) == "staticmethod" for d in definition.decorators
    ):
        return ()
    if any(last_name(d) == "classmethod" for d in definition.decorators):
        return (ClassRef(owner),)
    return (Object(owner),)


def passed_values(
    program: Program, function: nodes.Function, parameter: nodes.Parameter
) -> Values:
    """What the callers in the project pass for a parameter."""
    found: list[Values] = [_by_position(program, function, parameter)]
    found += _set(program, function)
    for site in program.callers(function):
        if program.tests_only(site, function):
            continue
        argument = program.argument_for(site, function, parameter)
        if isinstance(argument, nodes.Node):
            found.append(program.values(argument))
        elif argument is None and parameter.kind == "plain":
            continue
        elif argument is ...:
            found.append(_spread(program, site, function, parameter))
    return merge(*found)


def _spread(
    program: Program,
    site: nodes.Call | nodes.Markup,
    function: nodes.Function,
    parameter: nodes.Parameter,
) -> Values:
    """What ``slice(...args)`` passes on, where ``args`` is a rest of parameters."""
    if isinstance(site, nodes.Call) and len(site.arguments) == 1:
        name = site.arguments[0].value
        binding = program.binding(name) if isinstance(name, nodes.Name) else None
        rest = binding.writes[0].source if binding and binding.constant else None
        outer = program.function_of(rest) if isinstance(rest, nodes.Parameter) else None
        if isinstance(rest, nodes.Parameter) and rest.kind == "rest" and outer:
            position = function.parameters.index(parameter)
            found = _by_position(program, outer, rest, position)
            if found:
                return found
    return (Unknown("spread arguments"),)


def _set(program: Program, function: nodes.Function) -> Iterator[Values]:
    """What is assigned to the property whose setter a function is."""
    definition = program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef) or definition.kind != "setter":
        return
    cls = program.parents.get(definition)
    for target, value in program.attribute_writes(definition.name):
        owners = program.values(target.object)
        if any(
            isinstance(owner, Object) and cls in program.classes.lineage(owner.node)
            for owner in owners
        ):
            yield program.values(value)


def _by_position(
    program: Program,
    function: nodes.Function,
    parameter: nodes.Parameter,
    beyond: int = 0,
) -> Values:
    """A callback's parameter where the function itself is the argument of a call.

    ``beyond`` is how many of a rest of parameters come before the one that is meant.
    """
    argument = program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return ()
    call = program.parents.get(argument)
    if not isinstance(call, nodes.Call):
        return ()
    position = function.parameters.index(parameter) + beyond
    stored = stores.callback_parameter(program, call, argument, position)
    if stored is not None or not isinstance(call.function, nodes.Member):
        return stored or ()
    if call.function.name in CALLBACK_EACH and position == 0:
        return elements(program, call.function.object)
    if call.function.name in program.library.spoken("listens"):
        return subjects.told(program, call, position)
    if call.function.name == "then" and position == 0:
        return promises.settled(program, program.values(call.function.object))
    return ()
