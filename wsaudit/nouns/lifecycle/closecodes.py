"""Close codes: where a client compares the code of a close event with constants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.held import EVENT
from wsaudit.connections.roles.endings import handled
from wsaudit.model import Event, Side
from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_CLOSE = f"{EVENT}{Event.CLOSE.value}."


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A client's code asks whether its connection was closed with a code."""

    socket: Socket
    code: int
    node: nodes.Expression


@asked
def compared_codes(scene: Scene) -> tuple[Compared, ...]:
    """Every comparison of a close code that clients make."""
    return tuple(_find(scene))


def _find(scene: Scene) -> Iterator[Compared]:
    for socket in scene.sockets:
        if socket.fact.side is not Side.CLIENT:
            continue
        for function in handled(scene, socket, Event.CLOSE):
            for node in tree.own_of(function):
                for code, at in _codes(scene, node):
                    yield Compared(socket, code, at)


def _codes(scene: Scene, node: nodes.Node) -> Iterator[tuple[int, nodes.Expression]]:
    match node:
        case nodes.Binary(op="==" | "!=", left=left, right=right):
            for side, other in ((left, right), (right, left)):
                if is_close_code(scene, side):
                    yield from _folded(scene, other)
        case nodes.Binary(op="in" | "not in", left=left, right=right):
            if is_close_code(scene, left):
                yield from members(scene, right)
        case nodes.Call(
            function=nodes.Member(object=collection, name=name), arguments=(first, *_)
        ) if scene.says("holds-it", name) and is_close_code(scene, first.value):
            yield from members(scene, collection)
        case nodes.Switch(subject=subject, cases=cases) if is_close_code(
            scene, subject
        ):
            for case in cases:
                for pattern in case.patterns:
                    yield from _folded(scene, pattern)
        case _:
            return


def is_close_code(scene: Scene, node: nodes.Expression) -> bool:
    """Whether an expression is the code of a close event."""
    return "code" in close_parts(scene, node)


def close_parts(scene: Scene, node: nodes.Expression) -> Iterator[str]:
    """The members of a close event that an expression may be; "" is all of it."""
    for value in scene.program.values(node):
        match value:
            case values.External(name=name, receiver=values.Instance(of=of)):
                if of.startswith(_CLOSE):
                    yield name.removeprefix(f"{of}.")
            case values.Instance(of=of, site=nodes.Parameter() as parameter) if (
                of.startswith(_CLOSE) and _is_code(scene, parameter, of)
            ):
                yield "code"
            case values.Instance(of=of) if of.startswith(_CLOSE):
                yield ""
            case _:
                continue


def _is_code(scene: Scene, parameter: nodes.Parameter, of: str) -> bool:
    """Whether a library hands the code itself to a handler, not an event."""
    position = of.removeprefix(_CLOSE)
    for attached in scene.attached_of.get(parameter, ()):
        for socket in attached.sockets:
            event = scene.dialects.event(
                socket.dialect, attached.name.removeprefix("on")
            )
            if event is not None and event.code == position:
                return True
    return False


def _folded(
    scene: Scene, node: nodes.Expression
) -> Iterator[tuple[int, nodes.Expression]]:
    number = folding.fold_number(scene.program, node)
    if isinstance(number, int):
        yield number, node


def members(
    scene: Scene, node: nodes.Expression
) -> Iterator[tuple[int, nodes.Expression]]:
    """The numbers that a list, a set or a tuple holds, and where each is written."""
    node = tree.strip(node)
    if isinstance(node, nodes.Sequence):
        items = list(node.items)
    else:
        items = [item for value in scene.program.values(node) for item in _items(value)]
    for item in items:
        yield from _folded(scene, item)


def _items(value: values.Value) -> tuple[nodes.Expression, ...]:
    match value:
        case values.Seq(node=sequence):
            return sequence.items
        case values.Instance(of=of, site=nodes.Call(arguments=(first, *_))) if (
            of in values.LIST_LIKE and isinstance(first.value, nodes.Sequence)
        ):
            return first.value.items
        case _:
            return ()
