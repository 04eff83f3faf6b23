"""Calls: who calls a function, and what a call passes for its parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import EllipsisType
from typing import TYPE_CHECKING

from wsaudit.limits import COMMON, STEPS_IN_ALL
from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.source import is_test
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program.program import Program

CallSite = nodes.Call | nodes.Markup


def callers(program: Program, function: nodes.Function) -> tuple[CallSite, ...]:
    """The calls (and JSX elements) of the project that may run a function."""
    constructed = _constructed(program, function)
    found: list[CallSite] = []
    names: Collection[str] = _known_as(program, function, constructed)
    if constructed is None:
        names = program.handed.names(program, function, names)
    for name in sorted(names):
        for call in (*_likely(program, name, function), *_through_refs(program, name)):
            callees = program.values(call.function)
            if constructed is not None:
                if values.ClassRef(constructed) in callees:
                    found.append(call)
            elif any(
                isinstance(v, values.Func) and v.function is function for v in callees
            ):
                found.append(call)
        found.extend(
            markup
            for markup in program.markup_named(name)
            if markup.tag is not None
            and any(
                isinstance(v, values.Func) and v.function is function
                for v in program.values(markup.tag)
            )
        )
    return tuple(found)


def _through_refs(program: Program, name: str) -> Iterator[nodes.Call]:
    """The calls ``ref.current(…)`` of refs that hold what has a name."""
    refs = {
        last_name(target.object)
        for target, value in program.attribute_writes("current")
        if last_name(value) == name
    }
    for call in program.calls_named("current") if refs else ():
        held = call.function
        if isinstance(held, nodes.Member) and last_name(held.object) in refs:
            yield call


def _likely(
    program: Program, name: str, function: nodes.Function
) -> tuple[nodes.Call, ...]:
    """The calls of a name that may be of a function.

    A name such as ``get`` is called everywhere: of its calls on some receiver only
    those of the function's own file are looked at. What tests call hides nothing.
    """
    calls = program.calls_named(name)
    if len(calls) <= COMMON:
        return calls
    home = program.module_of(function)
    product = tuple(
        call
        for call in calls
        if (module := program.module_of(call)) is home or not is_test(module.path)
    )
    if len(product) <= (COMMON if name in program.everyday else STEPS_IN_ALL):
        return product
    return tuple(
        call
        for call in product
        if isinstance(call.function, nodes.Name) or program.module_of(call) is home
    )


def _constructed(program: Program, function: nodes.Function) -> nodes.ClassDef | None:
    definition = program.parents.get(function)
    if isinstance(definition, nodes.FunctionDef) and definition.name in {
        "__init__",
        "constructor",
    }:
        return program.class_around(definition)
    return None


def _known_as(
    program: Program, function: nodes.Function, constructed: nodes.ClassDef | None
) -> set[str]:
    name = constructed.name if constructed else program.name_of(function)
    names = {name} - {""}
    for known in tuple(names):
        names |= program.aliases(known)
    if _is_default_export(program, constructed or function):
        names |= program.aliases("default")
    return names


def _is_default_export(program: Program, node: Node) -> bool:
    module = program.module_of(node)
    return module.language != "python" and _has_default_export(program, module)


@asked
def _has_default_export(program: Program, module: nodes.Module) -> bool:
    """Whether a file of TypeScript exports something without a name."""
    del program  # In which this is kept.
    return any(
        isinstance(statement, nodes.Export)
        and (
            statement.default
            or statement.value is not None
            or any(exported == "default" for _, exported in statement.names)
        )
        for statement in module.body
    )


def argument_for(
    program: Program,
    site: CallSite,
    function: nodes.Function,
    parameter: nodes.Parameter,
) -> nodes.Expression | EllipsisType | None:
    """What a call passes for a parameter; None for nothing, ``...`` when spread."""
    if isinstance(site, nodes.Markup):
        return (
            program.attributes_record(site)
            if function.parameters[:1] == (parameter,)
            else None
        )
    parameters = list(function.parameters)
    if _takes_receiver(program, function, site):
        parameters = parameters[1:]
    if parameter not in parameters:
        return None
    if isinstance(parameter.target, nodes.Name):
        for argument in site.arguments:
            if argument.keyword == parameter.target.id:
                return argument.value
    position = parameters.index(parameter)
    plain = [argument for argument in site.arguments if argument.keyword is None]
    for index, argument in enumerate(plain):
        if argument.spread:
            return ... if index <= position else None
        if index == position and parameter.kind == "plain":
            return argument.value
    return None


def _takes_receiver(
    program: Program, function: nodes.Function, site: nodes.Call
) -> bool:
    """True when the first parameter is filled by the receiver of the call."""
    definition = program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef) or definition.kind == "function":
        return False
    if program.module_of(function).language != "python":
        return False
    if any(last_name(d) == "staticmethod" for d in definition.decorators):
        return False
    if definition.name == "__init__":
        return True
    if isinstance(site.function, nodes.Member):
        owners = program.values(site.function.object)
        unbound = any(isinstance(o, values.ClassRef) for o in owners)
        classmethod_ = any(last_name(d) == "classmethod" for d in definition.decorators)
        return classmethod_ or not unbound
    return True
