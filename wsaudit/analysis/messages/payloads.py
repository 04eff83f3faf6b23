"""Payloads: what a message says it is, followed back to where that is written down.

The constant is seldom at the send itself: it is a parameter of a wrapper, a field of a
model, a member of an enum, the return of a helper. All of these are followed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.comparing import fields_of
from wsaudit.analysis.messages.kinds import DISCRIMINATORS
from wsaudit.analysis.origins import Origin, origins, parameter_of
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_NOT_WRITTEN = "not written down in the code"


@dataclass(frozen=True, slots=True)
class Shape:
    """One form a payload may have: a record, a class with the call that makes it, text.

    ``calls`` are the calls that it was found in the results of. ``unknown`` says why
    nothing more can be told, "" otherwise.
    """

    record: nodes.Record | None = None
    cls: nodes.ClassDef | None = None
    made: nodes.Call | None = None
    text: str | None = None
    unknown: str = ""
    calls: tuple[nodes.Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A string under a key of a payload, and the node that puts it there.

    The key is "" where the payload is a text that is no JSON: the whole of it.
    """

    key: str
    value: str
    at: nodes.Node


def shapes(scene: Scene, node: nodes.Expression, to: Socket) -> tuple[Shape, ...]:
    """Every form that a payload may have which goes to a socket, each once."""
    found: dict[Shape, None] = {}
    for origin in origins(
        scene.program, node, through=lambda call: _encoded(scene, call)
    ):
        if not any(_to_others(scene, each, to) for each in (*origin.via, origin.node)):
            found.update(dict.fromkeys(_shapes(scene, node, origin)))
    return tuple(found)


def _to_others(scene: Scene, passed: nodes.Expression, to: Socket) -> bool:
    """Whether a payload is passed on together with sockets, none of which is this."""
    parents = scene.program.parents
    argument = parents.get(passed)
    call = parents.get(argument) if isinstance(argument, nodes.Argument) else None
    if not isinstance(call, nodes.Call):
        return False
    beside = [
        socket
        for each in call.arguments
        if each is not argument
        for socket in scene.sockets_of(each.value)
    ]
    return bool(beside) and to not in beside


def _encoded(scene: Scene, call: nodes.Call) -> nodes.Expression | None:
    """What a call puts into another form: JSON, bytes, the fields of a model."""
    word = scene.word("encode", call)
    if word is not None and len(call.arguments) > (word.takes or 0):
        return call.arguments[word.takes or 0].value
    if isinstance(call.function, nodes.Member):
        name, receiver = call.function.name, call.function.object
        modelled = any(
            isinstance(value, values.Object) for value in scene.program.values(receiver)
        )
        if scene.says("recodes", name) or (
            scene.says("dumps-model", name) and modelled and not _own(scene, call)
        ):
            return receiver
    return None


def _own(scene: Scene, call: nodes.Call) -> bool:
    """Whether a method such as ``to_dict`` is the project's own, to be followed."""
    return any(
        isinstance(value, values.Func) for value in scene.program.values(call.function)
    )


def _shapes(scene: Scene, asked: nodes.Expression, origin: Origin) -> Iterator[Shape]:
    if origin.lost:
        yield Shape(unknown=origin.lost)
        return
    if origin.path:
        yield from _by_value(scene, asked)
        return
    match origin.node:
        case nodes.Record() as record:
            yield Shape(record=record, calls=origin.calls)
        case nodes.Literal(kind="string", value=str() as text):
            yield Shape(text=text)
        case nodes.Template():
            yield Shape(unknown="text put together at run time")
        case nodes.Call() as call:
            yield from _made(scene, call, origin)
        case other:
            yield from _by_value(scene, other)


def _made(scene: Scene, call: nodes.Call, origin: Origin) -> Iterator[Shape]:
    if "builtins.dict" in scene.program.called(call) and not call.arguments[:1]:
        yield Shape(made=call, calls=origin.calls)
        return
    classes = [
        value.node
        for value in scene.program.values(call.function)
        if isinstance(value, values.ClassRef)
    ]
    for cls in classes:
        yield Shape(cls=cls, made=call, calls=origin.calls)
    if not classes:
        yield from _by_value(scene, call)


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
                yield Shape(unknown=_NOT_WRITTEN)


# -- what a shape says ---------------------------------------------------------------


def constants(scene: Scene, shape: Shape) -> tuple[tuple[Constant, ...], str]:
    """The constants under a shape's telling keys, and why there may be others."""
    if shape.unknown:
        return (), shape.unknown
    if shape.text is not None:
        return _of_text(shape.text), ""
    found: list[Constant] = []
    reason = ""
    for key in _declared(scene, shape) or DISCRIMINATORS:
        for value, at in _under(scene, shape, key):
            if value is None:
                reason = reason or f"`{key}` is computed"
            else:
                found.append(Constant(key, value, at))
    return tuple(found), reason


def _declared(scene: Scene, shape: Shape) -> tuple[str, ...]:
    """The telling keys that a class in sight declares; its library adds none."""
    if shape.cls is None:
        return ()
    classes = scene.program.classes
    return tuple(
        key
        for key in DISCRIMINATORS
        if any(classes.has_own(each, key) for each in classes.lineage(shape.cls))
    )


def _of_text(text: str) -> tuple[Constant, ...]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return (Constant("", text, nodes.Literal(0, 0, "null")),)
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
    passed = _passed(scene, shape, key)
    if passed is not None:
        yield from _strings(scene, passed, shape)
        return
    if shape.record is not None:
        entry = _entry(scene, shape.record, key)
        if entry is not None:
            yield from _strings(scene, entry.value, shape)
    elif shape.cls is not None:
        yield from _in_class(scene, shape.cls, shape.made, key)


def _passed(scene: Scene, shape: Shape, key: str) -> nodes.Expression | None:
    """What a call that makes a payload passes for a field, or leaves to its default."""
    if shape.made is None:
        return None
    arguments = shape.made.arguments
    for argument in arguments:
        if argument.keyword == key:
            return argument.value
    if shape.cls is None or any(argument.spread for argument in arguments):
        return None
    if not scene.program.classes.has_own(shape.cls, "__init__"):
        fields = dict.fromkeys(name for name, _ in fields_of(scene, shape.cls))
        plain = [each.value for each in arguments if each.keyword is None]
        given = dict(zip(fields, plain, strict=False))
        return given.get(key) or _default(scene, shape.cls, key)
    return None


def _default(scene: Scene, cls: nodes.ClassDef, key: str) -> nodes.Expression | None:
    """What a class itself gives a field."""
    for each in scene.program.classes.lineage(cls):
        for member in each.members:
            match member:
                case nodes.Bind(target=nodes.Name(id=name), value=value) if (
                    name == key and value is not None
                ):
                    return (
                        value if isinstance(tree.strip(value), nodes.Literal) else None
                    )
                case _:
                    continue
    return None


def _entry(scene: Scene, record: nodes.Record, key: str) -> nodes.Entry | None:
    """What a record has under a key, also by another record that is spread into it."""
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
    return found


def _in_class(
    scene: Scene, cls: nodes.ClassDef, made: nodes.Call | None, key: str
) -> Iterator[tuple[str | None, nodes.Node]]:
    """A field's constant; of several that it may be, only the call tells which."""
    found = [
        value
        for value in scene.program.classes.member(cls, key, bound=True)
        if not isinstance(value, values.Unknown)
    ]
    texts = [v.value for v in found if isinstance(v, values.Const)]
    strings = [text for text in texts if isinstance(text, str)]
    if len(strings) == 1 and len(found) == 1:
        yield strings[0], made or cls
    elif found:
        yield None, made or cls


def _strings(
    scene: Scene, node: nodes.Expression, shape: Shape
) -> Iterator[tuple[str | None, nodes.Node]]:
    """The strings that an expression may be, with where the code says each."""
    program = scene.program
    said: dict[nodes.Expression, None] = {}
    for origin in origins(program, node, calls=shape.calls):
        chain = (*origin.via, origin.node)
        own = (each for each in chain if parameter_of(program, each) is None)
        said[next(own, origin.node)] = None
    for at in said:
        for value in program.values(at):
            match value:
                case values.Const(value=str() as text):
                    yield text, at
                case values.Const():
                    continue
                case _:
                    yield None, at
