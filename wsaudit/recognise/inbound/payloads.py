"""Payloads: what a message says it is, followed back to where that is written down.

The constant is seldom at the send itself: it is a parameter of a wrapper, a field of a
model, a member of an enum, the return of a helper. All of these are followed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import tree, values
from wsaudit.program.tree import own_of
from wsaudit.recognise.inbound.comparing import DISCRIMINATORS
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene

_DEPTH = 8
_DUMPS = frozenset(
    {"model_dump", "model_dump_json", "dict", "json", "to_dict", "model_copy", "copy"}
)
_SAME = frozenset({"encode", "decode", "toString"})


@dataclass(frozen=True, slots=True)
class Shape:
    """One form a payload may have: a record, a class with the call that makes it, text.

    ``unknown`` says why nothing more can be told, "" otherwise.
    """

    record: nodes.Record | None = None
    cls: nodes.ClassDef | None = None
    made: nodes.Call | None = None
    text: str | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A string under a key of a payload, and the node that puts it there."""

    key: str
    value: str
    at: nodes.Node


def shapes(scene: Scene, node: nodes.Expression) -> tuple[Shape, ...]:
    """Every form that a payload may have, each once."""
    return tuple(dict.fromkeys(_shapes(scene, node, 0, frozenset())))


def _shapes(
    scene: Scene, node: nodes.Expression, depth: int, seen: frozenset[nodes.Node]
) -> Iterator[Shape]:
    node = tree.strip(node)
    if depth > _DEPTH or node in seen:
        yield Shape(unknown="too far to follow")
        return
    seen = seen | {node}
    match node:
        case nodes.Record():
            yield Shape(record=node)
        case nodes.Literal(kind="string", value=str() as text):
            yield Shape(text=text)
        case nodes.Template():
            yield Shape(unknown="text put together at run time")
        case nodes.Conditional(then=then, other=other):
            yield from _shapes(scene, then, depth + 1, seen)
            yield from _shapes(scene, other, depth + 1, seen)
        case nodes.Logical(operands=operands):
            for operand in operands:
                yield from _shapes(scene, operand, depth + 1, seen)
        case nodes.Call():
            yield from _called(scene, node, depth, seen)
        case nodes.Name():
            yield from _named(scene, node, depth, seen)
        case _:
            yield from _by_value(scene, node)


def _called(
    scene: Scene, call: nodes.Call, depth: int, seen: frozenset[nodes.Node]
) -> Iterator[Shape]:
    word = scene.word("encode", call)
    if word is not None and len(call.arguments) > (word.takes or 0):
        inner = call.arguments[word.takes or 0].value
        yield from _shapes(scene, inner, depth + 1, seen)
        return
    if isinstance(call.function, nodes.Member):
        name, receiver = call.function.name, call.function.object
        modelled = any(
            isinstance(value, values.Object) for value in scene.program.values(receiver)
        )
        if name in _SAME or (name in _DUMPS and modelled and not _own(scene, call)):
            yield from _shapes(scene, receiver, depth + 1, seen)
            return
    if "builtins.dict" in scene.program.called(call) and not call.arguments[:1]:
        yield Shape(made=call)
        return
    found = False
    for value in scene.program.values(call.function):
        if isinstance(value, values.ClassRef):
            found = True
            yield Shape(cls=value.node, made=call)
        elif isinstance(value, values.Func):
            found = True
            yield from _returned(scene, value.function, depth, seen)
    if not found:
        yield from _by_value(scene, call)


def _own(scene: Scene, call: nodes.Call) -> bool:
    """Whether a method such as ``to_dict`` is the project's own, to be followed."""
    return any(
        isinstance(value, values.Func) for value in scene.program.values(call.function)
    )


def _returned(
    scene: Scene, function: nodes.Function, depth: int, seen: frozenset[nodes.Node]
) -> Iterator[Shape]:
    given = [
        node.value
        for node in own_of(function)
        if isinstance(node, nodes.Return) and node.value is not None
    ]
    if not given:
        yield Shape(unknown="a helper that returns nothing")
        return
    if any(_is_parameter(scene, value, function) for value in given):
        # A helper that may give back what it is given makes that over; what else it
        # returns may be for a part of it.
        yield Shape(unknown="a helper that makes messages over")
        given = [value for value in given if _is_parameter(scene, value, function)]
    for value in given:
        yield from _shapes(scene, value, depth + 1, seen)


def _is_parameter(
    scene: Scene, node: nodes.Expression, function: nodes.Function
) -> bool:
    if not isinstance(node, nodes.Name):
        return False
    binding = scene.program.binding(node)
    return binding is not None and any(
        write.source in function.parameters for write in binding.writes
    )


def _named(
    scene: Scene, name: nodes.Name, depth: int, seen: frozenset[nodes.Node]
) -> Iterator[Shape]:
    binding = scene.program.binding(name)
    if binding is None:
        yield from _by_value(scene, name)
        return
    for write in binding.writes:
        if write.path or (write.value is None and write.kind != "parameter"):
            yield from _by_value(scene, name)
        elif write.kind == "assign" and write.value is not None:
            yield from _shapes(scene, write.value, depth + 1, seen)
        elif write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
            yield from _passed(scene, write.source, depth, seen)
        else:
            yield from _by_value(scene, name)


def _passed(
    scene: Scene,
    parameter: nodes.Parameter,
    depth: int,
    seen: frozenset[nodes.Node],
) -> Iterator[Shape]:
    """What the callers of a wrapper pass for a parameter."""
    function = scene.program.function_of(parameter)
    sites = scene.program.callers(function) if function else ()
    if function is None or not sites:
        yield Shape(unknown="nobody in sight calls what sends it")
        return
    for site in sites:
        argument = scene.program.argument_for(site, function, parameter)
        if isinstance(argument, nodes.Node):
            yield from _shapes(scene, argument, depth + 1, seen)
        elif parameter.default is None or argument is ...:
            yield Shape(unknown="arguments that are spread")


def _by_value(scene: Scene, node: nodes.Expression) -> Iterator[Shape]:
    for value in scene.program.values(node):
        match value:
            case values.Rec(node=record, shape=False):
                yield Shape(record=record)
            case values.Object(node=cls):
                yield Shape(cls=cls)
            case values.Const(value=str() as text):
                yield Shape(text=text)
            case _:
                yield Shape(unknown="not written down in the code")


# -- what a shape says ---------------------------------------------------------------


def constants(scene: Scene, shape: Shape) -> tuple[tuple[Constant, ...], str]:
    """The constants under a shape's telling keys, and why there may be others."""
    if shape.unknown:
        return (), shape.unknown
    if shape.text is not None:
        return _of_text(shape.text), ""
    found: list[Constant] = []
    reason = ""
    for key in DISCRIMINATORS:
        for value, at in _under(scene, shape, key):
            if value is None:
                reason = reason or f"`{key}` is computed"
            else:
                found.append(Constant(key, value, at))
    return tuple(found), reason


def _of_text(text: str) -> tuple[Constant, ...]:
    try:
        data = json.loads(text)
    except ValueError:
        return ()
    if not isinstance(data, dict):
        return ()
    nowhere = nodes.Literal(0, 0, "null")
    return tuple(
        Constant(key, data[key], nowhere)
        for key in DISCRIMINATORS
        if isinstance(data.get(key), str)
    )


def _under(
    scene: Scene, shape: Shape, key: str
) -> Iterator[tuple[str | None, nodes.Node]]:
    """The strings under a key and the nodes that give them; None where computed."""
    if shape.made is not None:
        given = [a.value for a in shape.made.arguments if a.keyword == key]
        if given:
            yield from _strings(scene, given[0])
            return
    if shape.record is not None:
        yield from _in_record(scene, shape.record, key)
    elif shape.cls is not None:
        yield from _in_class(scene, shape.cls, shape.made, key)


def _in_record(
    scene: Scene, record: nodes.Record, key: str
) -> Iterator[tuple[str | None, nodes.Node]]:
    found = None
    for entry in record.entries:
        if entry.kind == "spread":
            for value in scene.program.values(entry.value):
                if isinstance(value, values.Rec) and value.node is not record:
                    found = next(
                        (e for e in value.node.entries if tree.key_of(e) == key), found
                    )
        elif tree.key_of(entry) == key:
            found = entry
    if found is not None:
        yield from _strings(scene, found.value)


def _in_class(
    scene: Scene, cls: nodes.ClassDef, made: nodes.Call | None, key: str
) -> Iterator[tuple[str | None, nodes.Node]]:
    """A field's constant; of several that it may be, only the call tells which."""
    found = [
        value
        for value in scene.program.class_member(cls, key, bound=True)
        if not isinstance(value, values.Unknown)
    ]
    texts = [v.value for v in found if isinstance(v, values.Const)]
    strings = [text for text in texts if isinstance(text, str)]
    if len(strings) == 1 and len(found) == 1:
        yield strings[0], made or cls
    elif found:
        yield None, made or cls


def _strings(
    scene: Scene, node: nodes.Expression
) -> Iterator[tuple[str | None, nodes.Node]]:
    for value in scene.program.values(node):
        match value:
            case values.Const(value=str() as text):
                yield text, _written_at(scene, node, text)
            case values.Const():
                continue
            case _:
                yield None, node


def _written_at(scene: Scene, node: nodes.Expression, text: str) -> nodes.Node:
    """Where a wrapper's caller says the value, or the value where it is said here."""
    inner = tree.strip(node)
    while isinstance(inner, nodes.Member) and inner.name == "value":
        inner = tree.strip(inner.object)
    if not isinstance(inner, nodes.Name):
        return node
    binding = scene.program.binding(inner)
    for write in binding.writes if binding else ():
        if not isinstance(write.source, nodes.Parameter):
            continue
        function = scene.program.function_of(write.source)
        for site in scene.program.callers(function) if function else ():
            argument = (
                scene.program.argument_for(site, function, write.source)
                if function
                else None
            )
            if isinstance(argument, nodes.Node) and any(
                value == values.Const(text) for value in scene.program.values(argument)
            ):
                return argument
    return node
