"""Lateness: what handlers of a socket do once another has taken its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, kept_in, outlives, sets_up, writes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.runs import callers_of, spread
from wsaudit.analysis.states import write_of, written_cells
from wsaudit.analysis.triggers import handlers_of
from wsaudit.connections.capabilities import capability
from wsaudit.flow.ways import awaits_between
from wsaudit.limits import NEAR
from wsaudit.model import Event, Seen
from wsaudit.model.lifecycle import LateEvent, LateKind
from wsaudit.nouns.lifecycle.recency import Late, asks_first
from wsaudit.nouns.lifecycle.successions import Succession, successions
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.syntax.nodes import Node

_NAMED = nodes.Name | nodes.Member
_GRAVEST = (Seen.ABSENT, Seen.UNKNOWN, Seen.PRESENT)
_ORDER = (LateKind.HOLDER, LateKind.STATE, LateKind.RECONNECT)


def late_event(scene: Scene, socket: Socket) -> LateEvent | None:
    """The gravest thing that handlers of a socket do once it has been replaced.

    None where nothing replaces it, or where a library does and ends it before.
    """
    by_library = (
        capability(scene, socket, name) for name in ("reconnect", "closes_at_once")
    )
    if any(one is not None and one.seen is Seen.PRESENT for one in by_library):
        return None
    found = successions(scene, socket)
    told = [
        _event(scene, socket, found, attached, late)
        for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR, Event.MESSAGE)
        for function in attached.functions
        if found and (late := _first(scene, socket, attached, function)) is not None
    ]
    if not told:
        return None
    first, *others = sorted(told, key=lambda one: _GRAVEST.index(one.asked.seen))
    also = (one.at for one in others if one.asked.absent)
    return replace(first, also=tuple(also)) if first.asked.absent else first


def _event(
    scene: Scene,
    socket: Socket,
    found: tuple[Succession, ...],
    attached: Attached,
    late: Late,
) -> LateEvent:
    first = found[0]
    return LateEvent(
        at=scene.point(late.path[0] if late.path else late.node),
        connections=(socket.fact,),
        event=attached.name,
        kind=late.kind,
        name=late.name,
        asked=asks_first(scene, socket, found, attached, late),
        closed=scene.callee_place(first.close),
        replaced=scene.place(first.makes),
        sure=any(each.sure for each in found),
    )


def _first(
    scene: Scene, socket: Socket, attached: Attached, function: nodes.Function
) -> Late | None:
    """The gravest thing that a handler does to what outlives its socket."""
    if attached.event is Event.MESSAGE:
        return next(_of_message(scene, socket, function), None)
    found = [
        late
        for late in _of_end(scene, socket, function)
        # After a close an error comes only where it was still connecting.
        if attached.event is Event.CLOSE or late.kind is not LateKind.STATE
    ]
    return min(found, key=lambda one: _ORDER.index(one.kind), default=None)


def _of_message(
    scene: Scene, socket: Socket, function: nodes.Function
) -> Iterator[Late]:
    """State that is written after an await, or where messages come after a close."""
    late = capability(scene, socket, "delivers_after_close")
    for node in tree.own_of(function):
        name = _state(scene, socket, node)
        if name and function.is_async and awaits_between(scene.program, None, node):
            yield Late(LateKind.AFTER_AWAIT, node, (), name)
        elif name and late is not None and late.seen is Seen.PRESENT:
            yield Late(LateKind.MESSAGE, node, (), name)


def _of_end(scene: Scene, socket: Socket, function: nodes.Function) -> Iterator[Late]:
    for inner, path in _run(scene, function):
        for node in tree.own_of(inner):
            if _clears(scene, socket, node):
                yield Late(LateKind.HOLDER, node, path, _written(scene, node))
            elif name := _state(scene, socket, node):
                yield Late(LateKind.STATE, node, path, name)
            elif isinstance(node, nodes.Call) and socket.creator in spread(
                scene, scene.program.callees(node), hows=AT_ONCE, deep=NEAR
            ):
                name = scene.text(node.function)
                yield Late(LateKind.RECONNECT, node, path, f"{name}()")


def _run(
    scene: Scene, function: nodes.Function
) -> Iterator[tuple[nodes.Function, tuple[Node, ...]]]:
    """A handler and what it calls at once, with the calls that lead there."""
    yield function, ()
    for inner, edge in spread(scene, (function,), hows=AT_ONCE, deep=1).edges.items():
        if edge is not None:
            yield inner, (edge.site,)


def _target(node: Node) -> nodes.Expression | None:
    match node:
        case nodes.Bind(target=target, op="=") | nodes.Assign(target=target, op="="):
            return target if isinstance(target, _NAMED) else None
        case _:
            return None


def _written(scene: Scene, node: Node) -> str:
    target = _target(node)
    return scene.text(target) if target is not None else ""


def _clears(scene: Scene, socket: Socket, node: Node) -> bool:
    """Whether a node empties the place that holds the socket."""
    target = _target(node)
    if target is None or not isinstance(node, nodes.Bind | nodes.Assign):
        return False
    value = scene.program.values(node.value) if node.value is not None else ()
    if not value or any(each != values.Const(None) for each in value):
        return False
    cell = scene.program.cell(target)
    return cell in kept_in(scene, socket.creation) and not _is_made_with(
        scene, socket, cell
    )


def _state(scene: Scene, socket: Socket, node: Node) -> str:
    """The name of a state that a node writes, and the start of a connection too."""
    cells: list[Cell | None] = []
    name = ""
    target = _target(node)
    if target is not None:
        cells, name = [scene.program.cell(target)], scene.text(target)
    elif isinstance(node, nodes.Call):
        write = write_of(scene, node)
        if write is not None:
            cells = [cell for cell, _ in written_cells(scene, write)]
            name = f"{scene.text(node.function)}()"
    shared = any(cell is not None and _is_shared(scene, socket, cell) for cell in cells)
    return name if shared else ""


def _is_shared(scene: Scene, socket: Socket, cell: Cell) -> bool:
    """Whether a cell belongs to no single connection, and its successor writes it."""
    if cell.kind == "variable" and not outlives(scene, cell, socket.creator):
        return False
    if cell in kept_in(scene, socket.creation) or _is_made_with(scene, socket, cell):
        return False
    starting = {socket.creator, *_started(scene, socket)}
    return any(
        write.function in starting and not write.first for write in writes(scene, cell)
    )


def _is_made_with(scene: Scene, socket: Socket, cell: Cell | None) -> bool:
    """Whether a field is of an object that is made anew for each socket."""
    creator = socket.creator
    if cell is None or cell.kind != "field" or creator is None:
        return False
    if sets_up(scene.program, socket.site) or any(
        sets_up(scene.program, site) for site in callers_of(scene, creator)
    ):
        return True
    homes = [scene.program.function_of(one.makes) for one in successions(scene, socket)]
    return any(
        call.new
        and any(
            isinstance(value, values.ClassRef) and value.node is cell.owner
            for value in scene.program.values(call.function)
        )
        for call in scene.calls_in(home for home in homes if home is not None)
    )


def _started(scene: Scene, socket: Socket) -> Iterator[nodes.Function]:
    opened = handlers_of(scene, socket, Event.OPEN, Event.MESSAGE)
    yield from spread(scene, opened, hows=AT_ONCE, deep=1)
