"""Notices: what a page shows of it when a connection has ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import reads
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.effects import Does, does
from wsaudit.analysis.runs import spread
from wsaudit.analysis.states import (
    StateWrite,
    handed_on,
    shown,
    writes_in,
    written_cells,
)
from wsaudit.analysis.triggers import handlers_of
from wsaudit.model import Event, Evidence, Role, Seen, Side
from wsaudit.model.lifecycle import Notice
from wsaudit.nouns.reconnection.closes import head_of
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.runs import Below
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

MAKES = (Notice,)

_ENDS = (Event.CLOSE, Event.ERROR)


def find(scene: Scene) -> Iterator[Notice]:
    """One fact for each lasting connection of a page whose end runs something."""
    if not has_pages(scene):
        return
    for socket in scene.sockets:
        if not of_a_page(scene, socket):
            continue
        handlers = list(scene.handlers(socket, *_ENDS))
        status = _status(scene, socket)
        if not handlers and status is None:
            continue
        at = head_of(scene, handlers[0].at) if handlers else scene.place(socket.site)
        known = all(each.resolved for each in handlers)
        found = status or (Evidence(Seen.ABSENT), "")
        if handlers and not found[0].present:
            found = _shown(scene, _ran(scene, socket), known=known)
        yield Notice(
            at=at,
            connections=(socket.fact,),
            event=handlers[0].name if handlers else "",
            shown=found[0],
            tracked=found[1],
        )


def has_pages(scene: Scene) -> bool:
    """Whether the program has pages that are written in code."""
    return any(True for _ in scene.program.every(nodes.Markup))


def of_a_page(scene: Scene, socket: Socket) -> bool:
    """Whether a socket is the lasting connection of a page in a browser."""
    fact = socket.fact
    return (
        fact.side is Side.CLIENT
        and fact.judged
        and fact.role is Role.PERSISTENT
        and not fact.declared
        and not fact.node_server
        and scene.program.module_of(socket.site).language == "typescript"
    )


def _status(scene: Scene, socket: Socket) -> tuple[Evidence, str] | None:
    """What a hook of the library tells of the connection, and whether it is read."""
    names = {
        op.name
        for op in scene.dialects.ops(socket.dialect, "result")
        if op.means == "state"
    }
    bind = scene.program.parents.get(socket.creation) if socket.creation else None
    if not names or not isinstance(bind, nodes.Bind):
        return None
    if not isinstance(bind.target, nodes.Record):
        return Evidence(Seen.UNKNOWN, "the hook's result is handed on"), ""
    for entry in bind.target.entries:
        name = tree.key_of(entry)
        held = scene.program.cell(entry.value) if name in names else None
        for read in reads(scene, held) if held is not None else ():
            return Evidence(Seen.PRESENT, f"`{name}` is read", scene.place(read)), ""
    return Evidence(Seen.ABSENT), ""


def _ran(scene: Scene, socket: Socket) -> Below:
    """What runs when a connection ends, without what its next life will run."""
    starts = handlers_of(scene, socket, *_ENDS)
    return spread(scene, starts, hows=RUN - {"event"}, states=True)


def _shown(scene: Scene, ran: Below, *, known: bool) -> tuple[Evidence, str]:
    """What of all that runs at the end of a connection can be seen by a person.

    With the name of a state that is written and shown nowhere.
    """
    doubt = "" if known and ran.whole else "not all that runs then is in sight"
    tracked = ""
    for function in ran:
        for write in _writes(scene, function):
            cells = [cell for cell, _ in written_cells(scene, write)]
            name = scene.text(write.call.function)
            for cell in cells:
                if cell in shown(scene):
                    at = scene.place(shown(scene)[cell])
                    return Evidence(
                        Seen.PRESENT, f"what `{name}()` writes is shown", at
                    ), ""
            if not cells or any(_leaves(scene, cell, ran) for cell in cells):
                doubt = doubt or f"who shows what `{name}()` writes"
            tracked = tracked or name
        for node in tree.own_of(function):
            told = _assigns(scene, node) or _tells(scene, node)
            if told is not None and told.present:
                return told, ""
            doubt = doubt or (told.why if told is not None else "")
    if doubt:
        return Evidence(Seen.UNKNOWN, doubt), ""
    return Evidence(Seen.ABSENT), tracked


def _writes(scene: Scene, function: nodes.Function) -> Iterator[StateWrite]:
    yield from writes_in(scene, [function])
    for call in scene.calls_in([function]):
        yield from handed_on(scene, call)


def _leaves(scene: Scene, cell: Cell, ran: Below) -> bool:
    """Whether a state is read by what neither renders nor runs at the end."""
    return any(
        scene.program.function_of(read) not in ran for read in reads(scene, cell)
    )


def _assigns(scene: Scene, node: Node) -> Evidence | None:
    """Whether a node gives a value to a variable or ref that a page shows."""
    if not isinstance(node, nodes.Bind | nodes.Assign):
        return None
    target = node.target
    held = [target]
    if isinstance(target, nodes.Member) and scene.dialects.speaks("boxes", target.name):
        held.append(target.object)
    for each in held:
        cell = scene.program.cell(each)
        if cell is not None and cell in shown(scene):
            return Evidence(
                Seen.PRESENT,
                f"`{scene.text(target)}` is shown",
                scene.place(shown(scene)[cell]),
            )
    return None


def _tells(scene: Scene, node: Node) -> Evidence | None:
    """Whether a node tells a person, or somebody who may tell one."""
    says = scene.dialects.speaks
    match node:
        case (
            nodes.Bind(target=nodes.Member(name=name))
            | nodes.Assign(target=nodes.Member(name=name))
        ) if says("page-parts", name):
            return Evidence(Seen.PRESENT, f"`{name}` is set", scene.place(node))
        case nodes.Call(function=function) as call:
            name = last_name(function)
            if any(says("shows", word) for word in tree.dotted(function).split(".")):
                why = f"`{scene.text(function)}()` shows it"
                return Evidence(Seen.PRESENT, why, scene.callee_place(call))
            unseen = any(effect.does is Does.UNSEEN for effect in does(scene, call))
            unknown = says("emits", name) or says("writes-store", name)
            if unknown or (unseen and not scene.program.callees(call)):
                return Evidence(Seen.UNKNOWN, f"what `{name}()` does")
    return None
