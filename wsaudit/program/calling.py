"""Calling: what a call gives, of a function of the project or of a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import options, stores
from wsaudit.program.items import elements, yielded
from wsaudit.program.tree import own_of
from wsaudit.program.typings import typed
from wsaudit.program.values import (
    CONTAINERS,
    ITEM,
    SAME,
    ClassRef,
    Const,
    External,
    Func,
    Instance,
    Object,
    Rec,
    Seq,
    Unknown,
    Value,
    Values,
    known,
    made,
    merge,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program


def call_result(program: Program, call: nodes.Call) -> Values:
    """What a call gives, over everything it may call."""
    if isinstance(call.function, nodes.Member) and not call.new:
        special = _container_call(program, call, call.function)
        if special is not None:
            return special
    found = merge(
        *(
            _call_value(program, call, callee)
            for callee in program.values(call.function)
        )
    )
    return found or (Unknown("call"),)


def _container_call(
    program: Program, call: nodes.Call, function: nodes.Member
) -> Values | None:
    if function.name not in ITEM | SAME | {"bind", "setdefault"}:
        return None
    if function.name == "bind":
        bound = program.values(function.object)
        return bound if any(isinstance(v, Func | External) for v in bound) else None
    owners = program.values(function.object)
    container = any(
        (isinstance(v, Instance) and v.of in CONTAINERS) or isinstance(v, Seq | Rec)
        for v in owners
    )
    if not container:
        return None
    if function.name in SAME:
        return owners
    found = _looked_up(program, call, function, owners)
    default = call.arguments[1:2]
    return merge(found, *(program.values(argument.value) for argument in default))


def _looked_up(
    program: Program, call: nodes.Call, function: nodes.Member, owners: Values
) -> Values:
    """What ``x.get(k)`` gives where x may be a container, or a library's own thing.

    Of parsed data that is ``{}`` when it cannot be parsed, it is a key all the same.
    """
    others = tuple(
        v for v in owners if isinstance(v, Instance) and v.of not in CONTAINERS
    )
    found = tuple(
        value
        for value in elements(program, function.object)
        if not (isinstance(value, Instance) and value.receiver in others)
    )
    called = (
        _call_value(program, call, External(f"{v.of}.{function.name}", v))
        for v in others
    )
    return merge(found, *called)


def _call_value(program: Program, call: nodes.Call, callee: Value) -> Values:
    match callee:
        case Func(function=function):
            return results(program, function)
        case ClassRef(node=cls):
            return (Object(cls),)
        case Object(node=cls):
            invoked = program.classes.member(cls, "__call__", bound=True)
            return merge(
                *(results(program, v.function) for v in invoked if isinstance(v, Func))
            ) or (Unknown("a called object"),)
        case External():
            return _external_result(program, call, callee)
        case Instance(of=of):
            stored = stores.called(program, callee, call) or options.called(
                program, callee
            )
            if stored is not None:
                return stored
            kind = program.makes(f"{of}()") or f"{of}()"
            return made(kind, call, callee)
        case _:
            return (Unknown("call of unknown"),)


def _external_result(program: Program, call: nodes.Call, callee: External) -> Values:
    name = program.canonical(callee.name)
    position = program.transparent(name)
    if position is not None and len(call.arguments) > position:
        return program.values(call.arguments[position].value)
    if name in {"global#require", "global#import"} and call.arguments:
        return program.exports.required(call)
    if name in {
        "global#String",
        "builtins.str",
        "typing.cast",
        "global#structuredClone",
    }:
        at = 1 if name == "typing.cast" else 0
        if len(call.arguments) > at:
            return program.values(call.arguments[at].value)
    if name == "global#Object.freeze" and call.arguments:
        return program.values(call.arguments[0].value)
    stored = stores.external_called(program, callee, call)
    if stored is not None:
        return stored
    suffix = "()" if callee.receiver is not None else ""
    kind = program.makes(name) or f"{name}{suffix}"
    if kind == "receiver" and callee.receiver is not None:
        return (callee.receiver,)
    return made(kind, call, callee.receiver)


def results(program: Program, function: nodes.Function) -> Values:
    """What a call of a project function gives: returns, yields, or its annotation."""
    return program.remember("results", function, lambda: _results(program, function))


def _results(program: Program, function: nodes.Function) -> Values:
    found = [
        program.values(node.value)
        for node in own_of(function)
        if isinstance(node, nodes.Return) and node.value is not None
    ]
    if function.is_generator:
        found.append(yielded(program, function))
    merged = merge(*found)
    if function.returns is not None and not known(merged):
        return merge(typed(program, function.returns), merged)
    return merged or (Const(None),)


def managing(program: Program, node: nodes.Expression) -> tuple[nodes.Function, ...]:
    """The methods of the project that ``with node`` runs: entering, then leaving."""
    found: dict[nodes.Function, None] = {}
    for value in program.values(node):
        if not isinstance(value, Object):
            continue
        for name in ("__aenter__", "__enter__", "__aexit__", "__exit__"):
            for method in program.classes.member(value.node, name, bound=True):
                if isinstance(method, Func):
                    found[method.function] = None
    return tuple(found)


def entered(program: Program, node: nodes.Expression) -> Values:
    """What ``with node as x`` gives x: what ``__enter__`` gives, or the value."""
    found: list[Values] = []
    for value in program.values(node):
        if isinstance(value, Object):
            for name in ("__aenter__", "__enter__"):
                methods = program.classes.member(value.node, name, bound=True)
                inner = [
                    results(program, m.function) for m in methods if isinstance(m, Func)
                ]
                if inner:
                    found.extend(inner)
                    break
            else:
                found.append((value,))
        else:
            found.append((value,))
    return merge(*found)
