"""Registries: collections that outlive a connection, what is put in and taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, Change, outlives, put_in
from wsaudit.analysis.origins import given
from wsaudit.model import Role, Side
from wsaudit.model.registry import Container, Held
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_SETS = frozenset(
    {
        "builtins.set", "typing.Set", "collections.abc.MutableSet", "global#Set",
        "typing.MutableSet", "weakref.WeakSet", "collections.abc.Set",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A change that puts a socket into a collection that outlives it."""

    socket: Socket
    cell: Cell
    change: Change
    held: Held


@asked
def registrations(scene: Scene) -> tuple[Registered, ...]:
    """Every registration of a server's socket, in order of place."""
    return tuple(_registrations(scene))


def _registrations(scene: Scene) -> Iterator[Registered]:
    served = [
        socket
        for socket in scene.sockets
        if socket.fact.side is Side.SERVER
        and socket.endpoint is not None
        and socket.fact.role is not Role.TEST
    ]
    if not served:
        return
    found: list[Registered] = []
    units = frozenset().union(*(socket.unit for socket in served))
    for change in put_in(scene, units):
        cell = change.cell(scene)
        for socket in served:
            if cell is None or change.function not in socket.unit:
                continue
            held = _held(scene, socket, change)
            if held is not None and outlives(scene, cell, socket.entry or socket.cls):
                found.append(Registered(socket, cell, change, held))
    yield from sorted(found, key=lambda one: scene.place(one.change.node))


def _held(scene: Scene, socket: Socket, change: Change) -> Held | None:
    """What a change puts into a collection that has to do with a socket."""
    if change.value is not None:
        held = _holds(scene, socket, change.value)
        if held is not None:
            return held
    if change.key is not None and socket in scene.sockets_of(change.key):
        return Held.SIDE_TABLE
    return None


def _holds(
    scene: Scene, socket: Socket, value: nodes.Expression, depth: int = 0
) -> Held | None:
    if socket in scene.sockets_of(value) or is_self(scene, socket, value):
        return Held.SOCKET
    if depth > 2:
        return None
    for made in _made(scene, value):
        match made:
            case nodes.Record(entries=entries):
                parts = [entry.value for entry in entries]
            case nodes.Sequence(items=items):
                parts = list(items)
            case nodes.Call(arguments=arguments) if _makes_object(scene, made):
                parts = [argument.value for argument in arguments]
            case nodes.Call(arguments=arguments) if _partial(scene, made):
                if any(socket in scene.sockets_of(a.value) for a in arguments):
                    return Held.CALLBACK
                continue
            case nodes.Function():
                if _uses(scene, socket, made):
                    return Held.CALLBACK
                continue
            case _:
                continue
        inner = [_holds(scene, socket, part, depth + 1) for part in parts]
        if any(held in {Held.SOCKET, Held.RECORD} for held in inner):
            return Held.RECORD
    return None


def is_self(scene: Scene, socket: Socket, value: nodes.Expression) -> bool:
    """Whether an expression is the object of the class that serves a socket."""
    return socket.cls is not None and any(
        isinstance(each, values.Object) and each.node is socket.cls
        for each in scene.program.values(value)
    )


def _made(scene: Scene, value: nodes.Expression) -> Iterator[Node]:
    """The display, call or function that gives a value, through a local name."""
    inner = tree.strip(value)
    if isinstance(inner, nodes.Record | nodes.Sequence | nodes.Call | nodes.Function):
        yield inner
        return
    if not isinstance(inner, nodes.Name):
        return
    binding = scene.program.binding(inner)
    for write in binding.writes if binding else ():
        if write.kind == "assign" and write.value is not None and not write.path:
            source = tree.strip(write.value)
            if isinstance(source, nodes.Record | nodes.Sequence | nodes.Call):
                yield source
        elif write.kind == "function" and isinstance(write.source, nodes.Function):
            yield write.source
        elif write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
            for one in given(scene.program, write.source):
                if isinstance(one.value, nodes.Name) and one.value.id != inner.id:
                    yield from _made(scene, one.value)
                elif isinstance(one.value, nodes.Name):
                    yield from _local(scene, one.value)


def _local(scene: Scene, name: nodes.Name) -> Iterator[Node]:
    binding = scene.program.binding(name)
    for write in binding.writes if binding else ():
        if write.kind == "function" and isinstance(write.source, nodes.Function):
            yield write.source


def _makes_object(scene: Scene, call: nodes.Call) -> bool:
    return any(
        isinstance(value, values.ClassRef)
        for value in scene.program.values(call.function)
    )


def _partial(scene: Scene, call: nodes.Call) -> bool:
    return "functools.partial" in scene.names(call)


def _uses(scene: Scene, socket: Socket, function: nodes.Function) -> bool:
    """Whether a nested function does something with a socket of the code around it."""
    return any(
        isinstance(node, nodes.Name | nodes.Member) and socket in scene.sockets_of(node)
        for node in tree.walk(function)
        if node is not function
    )


# -- what a collection is ----------------------------------------------------------


def container_of(scene: Scene, source: nodes.Expression) -> Container:
    """The kind of collection that is iterated over."""
    if isinstance(source, nodes.Call) and last_name(source.function) in {
        "items", "values", "keys", "entries",
    }:  # fmt: skip
        return Container.DICT
    found = {_kind(scene, value) for value in scene.program.values(source)}
    found.discard(Container.OTHER)
    return found.pop() if len(found) == 1 else Container.OTHER


def _kind(scene: Scene, value: values.Value) -> Container:
    match value:
        case values.Rec():
            return Container.DICT
        case values.Seq(node=sequence):
            return Container.SET if sequence.kind == "set" else Container.LIST
        case values.Instance(of=of):
            name = scene.program.canonical(of)
            if name in values.DICT_LIKE:
                return Container.DICT
            if name in _SETS:
                return Container.SET
            return Container.LIST if name in values.LIST_LIKE else Container.OTHER
        case _:
            return Container.OTHER
