"""Drains: what is taken out of a store that outlives connections, and then sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import changes, writes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.order import outlasts_connection
from wsaudit.analysis.origins import given, parameter_of
from wsaudit.analysis.runs import spread
from wsaudit.connections.scene import written
from wsaudit.limits import NEAR
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.queues import Drain
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

MAKES = (Drain,)


def find(scene: Scene) -> Iterator[Drain]:
    """One fact for each place that takes out what is sent, or that only reads it."""
    told: set[Node] = set()
    for use in scene.uses:
        if use.op.means != "send" or not all(s.fact.judged for s in use.sockets):
            continue
        for argument in use.call.arguments:
            for site, value in _sent(scene, use.call, argument.value):
                for source in _sources(scene, value, scene.program.function_of(site)):
                    found = _drain(scene, use, site, source)
                    if found is not None and source not in told:
                        told.add(source)
                        yield found


def _sent(
    scene: Scene, site: Node, value: nodes.Expression, depth: int = 0
) -> Iterator[tuple[Node, nodes.Expression]]:
    """What a call sends, and what the callers of its function have it send."""
    yield site, value
    for part in tree.walk(value) if depth < NEAR else ():
        parameter = (
            parameter_of(scene.program, part) if isinstance(part, nodes.Name) else None
        )
        for one in given(scene.program, parameter) if parameter is not None else ():
            if one.value is not None:
                yield from _sent(scene, one.site, one.value, depth + 1)


def _sources(
    scene: Scene, value: nodes.Expression, home: nodes.Function | None
) -> Iterator[nodes.Expression]:
    """The reads of stores that a value is made of, through names and loops."""
    program = scene.program
    level, seen = [value], {value}
    for _ in range(NEAR + 1):
        following: list[nodes.Expression] = []
        for part in (part for each in level for part in tree.walk(each)):
            if isinstance(part, nodes.Name | nodes.Member | nodes.Index | nodes.Call):
                yield part
            binding = program.binding(part) if isinstance(part, nodes.Name) else None
            for write in binding.writes if binding is not None else ():
                made = write.value
                near = program.function_of(write.at) is home
                if made and near and write.kind != "parameter" and made not in seen:
                    seen.add(made)
                    following.append(made)
        level = following


def _drain(
    scene: Scene, use: Use, site: Node, source: nodes.Expression
) -> Drain | None:
    """What becomes of a store that a sent value comes from."""
    home = scene.program.function_of(site)
    store = source
    match source:
        case nodes.Call() if scene.word("takes-away", source) is not None:
            return _made(scene, use, source, source.function, _LOST)
        case nodes.Call(function=nodes.Member(object=store, name=name)):
            if not scene.says("takes-out", name):
                return None
        case nodes.Call():
            return None
        case _:
            pass
    held = scene.program.cell(store)
    if held is None or home is None or not _stays(scene, held, use.sockets[0], home):
        return None
    if isinstance(source, nodes.Call):
        return _made(scene, use, source, store, _put_back(scene, home, held, source))
    for node in _emptying(scene, held, home):
        if node.start > site.start:
            return _made(scene, use, source, store, _SENT_FIRST)
        if source.end < node.start and not isinstance(node, nodes.Call):
            return _made(scene, use, node, store, _LOST)
    return None


def _emptying(scene: Scene, held: Cell, home: nodes.Function) -> Iterator[Node]:
    """Where a function takes something out of a store, or begins a new one."""
    for write in writes(scene, held):
        empty = isinstance(write.value, nodes.Sequence) and not write.value.items
        if write.function is home and empty and not write.first:
            yield write.node
    for change in changes(scene, held):
        if change.kind == "take" and change.function is home:
            yield change.node


_LOST = Evidence(Seen.ABSENT)
_SENT_FIRST = Evidence(Seen.PRESENT, "a message is taken out once it is sent")


def _put_back(
    scene: Scene, home: nodes.Function, held: Cell, taken: nodes.Call
) -> Evidence:
    for change in changes(scene, held):
        near = change.function is home and change.node.start > taken.start
        if change.kind == "put" and near:
            at = scene.place(change.node)
            return Evidence(Seen.PRESENT, "it is put back", at)
    return Evidence(Seen.ABSENT)


def _stays(scene: Scene, held: Cell, socket: Socket, home: nodes.Function) -> bool:
    """Whether a store is there for the next connection too."""
    made = spread(scene, [f for f in (socket.creator,) if f], hows=AT_ONCE, deep=1)
    return outlasts_connection(scene, held, socket, (home, *made))


def _made(
    scene: Scene, use: Use, at: Node, store: nodes.Expression, kept: Evidence
) -> Drain:
    server = all(socket.fact.side is Side.SERVER for socket in use.sockets)
    broker = isinstance(at, nodes.Call) and scene.word("takes-away", at) is not None
    return Drain(
        at=scene.point(at),
        connections=tuple(socket.fact for socket in use.sockets),
        text=written(store),
        kept=kept,
        sent=scene.callee_place(use.call),
        how="broker" if broker else "server-backlog" if server else "client-flush",
    )
