"""Registrations, cleanups and broadcasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import name_of
from wsaudit.analysis.paths import chains
from wsaudit.analysis.roots import runs
from wsaudit.model.registry import Broadcast, Cleanup, Entry, Held, Registration, Visit
from wsaudit.nouns.sending.isolation import isolation
from wsaudit.nouns.sending.snapshots import behind_views, container_at, may_change
from wsaudit.nouns.sending.visits import Visited, visits
from wsaudit.nouns.server.groups import groups
from wsaudit.nouns.server.registries import Registered, registrations
from wsaudit.nouns.server.removals import reaped, removal, undone
from wsaudit.nouns.server.successors import entries
from wsaudit.nouns.server.undoing import Undoing, undoing
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.model import Connection, Evidence, Fact
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

MAKES = (Registration, Entry, Cleanup, Broadcast, Visit)


def find(scene: Scene) -> Iterator[Fact]:
    """Every registration of a server's connections, and what undoes it."""
    found = [(each, undoing(scene, each)) for each in registrations(scene)]
    yield from _registrations(scene, found)
    yield from _entries(scene, found)
    yield from groups(scene)
    yield from _cleanups(scene, found)
    yield from _visits(scene)


def _registrations(
    scene: Scene, found: list[tuple[Registered, Undoing | None]]
) -> Iterator[Fact]:
    made: dict[tuple[Place, str], Registration] = {}
    for registered, undo in found:
        at_the_end = undone(scene, registered, undo)
        evidence = removal(scene, registered, at_the_end)
        name = name_of(scene, registered.cell, "the collection")
        at = _registering(scene, registered, evidence)
        connections: tuple[Connection, ...] = (registered.socket.fact,)
        known = made.get((at, name))
        if known is not None:
            connections = (*known.connections, *connections)
        made[at, name] = Registration(
            at=at,
            connections=tuple(dict.fromkeys(connections)),
            registry=name,
            held=registered.held,
            undone=at_the_end,
            removal=evidence,
            added_at=_node_place(scene, registered.change.node),
            reaped=reaped(scene, registered, at_the_end),
        )
    yield from made.values()


def _entries(
    scene: Scene, found: list[tuple[Registered, Undoing | None]]
) -> Iterator[Entry]:
    """One fact for each place that takes entries out by their key."""
    made: dict[Place, Entry] = {}
    for registered, undo in found:
        for entry in entries(scene, registered, undo) if undo is not None else ():
            made.setdefault(entry.at, entry)
    yield from made.values()


def _registering(scene: Scene, registered: Registered, evidence: Evidence) -> Place:
    """What registers: in the endpoint, when others do take out what they put in."""
    entry = registered.socket.entry
    added = _node_place(scene, registered.change.node)
    if entry is None:
        return added
    alone = evidence.absent and _undone_for_others(scene, registered)
    if registered.held is not Held.CALLBACK and not alone:
        return added
    for chain in chains(scene, entry.body, registered.change.node):
        return _node_place(scene, chain[0])
    return added


def _undone_for_others(scene: Scene, registered: Registered) -> bool:
    return any(
        other.socket is not registered.socket
        and other.cell == registered.cell
        and undoing(scene, other) is not None
        for other in registrations(scene)
    )


def _cleanups(
    scene: Scene, found: list[tuple[Registered, Undoing | None]]
) -> Iterator[Fact]:
    made: dict[Node, tuple[Undoing, dict[Connection, None]]] = {}
    for registered, undo in found:
        if undo is None:
            continue
        _, connections = made.setdefault(undo.at, (undo, {}))
        connections[registered.socket.fact] = None
    for undo, connections in made.values():
        yield Cleanup(
            at=_node_place(scene, undo.at),
            connections=tuple(connections),
            text=_text(scene, undo.at),
            missed=undo.missed,
            doubt=undo.doubt,
            handled=undo.handler is not None,
            before_try=undo.before_try,
            waits_for=_waits_for(scene, undo),
            skipped=_text(scene, undo.skipped) if undo.skipped else "",
            skipped_at=_node_place(scene, undo.skipped) if undo.skipped else None,
            on_socket=_on_socket(scene, undo.skipped),
        )


def _visits(scene: Scene) -> Iterator[Fact]:
    """One fact a loop; a broadcast when it sends."""
    by_loop: dict[Node, list[Visited]] = {}
    for visited in visits(scene):
        if runs(scene, visited.loop):
            by_loop.setdefault(visited.loop, []).append(visited)
    for found in by_loop.values():
        sends = [one for one in found if one.use.op.means == "send" and not one.outer]
        yield _broadcast(scene, sends[0]) if sends else _visit(scene, found[0])


def _connections(visited: Visited) -> tuple[Connection, ...]:
    return tuple(dict.fromkeys(socket.fact for socket in visited.use.sockets))


def _visit(scene: Scene, visited: Visited) -> Visit:
    return Visit(
        at=scene.place(visited.source),
        connections=_connections(visited),
        collection=scene.text(behind_views(scene, visited.source)),
        container=container_at(scene, visited.source),
        live=may_change(scene, visited),
    )


def _broadcast(scene: Scene, visited: Visited) -> Broadcast:
    kept = isolation(scene, visited)
    group, swallows = kept.group, kept.swallows
    return Broadcast(
        at=scene.place(visited.source),
        connections=_connections(visited),
        collection=scene.text(behind_views(scene, visited.source)),
        container=container_at(scene, visited.source),
        live=may_change(scene, visited),
        send=_text(scene, visited.use.call),
        sent_at=scene.callee_place(visited.use.call),
        isolated=kept.isolated,
        swallows=_catcher_place(scene, swallows.at) if swallows else None,
        grouped=scene.text(group.function) if group else "",
        at_group=scene.callee_place(group) if group else None,
    )


def _catcher_place(scene: Scene, at: Node) -> Place:
    if isinstance(at, nodes.Handler):
        return scene.line_head(at, at.head_end)
    return _node_place(scene, at)


def _on_socket(scene: Scene, node: Node | None) -> bool:
    inner = node.value if isinstance(node, nodes.Await) else node
    return isinstance(inner, nodes.Call) and scene.use(inner) is not None


def _waits_for(scene: Scene, undo: Undoing) -> str:
    kinds = undo.handler.types if undo.handler else ()
    names = [scene.text(kind) for kind in _flat(kinds)]
    return ", ".join(name for name in names if name != "…")


def _flat(kinds: tuple[nodes.Expression, ...]) -> Iterator[nodes.Expression]:
    for kind in kinds:
        if isinstance(kind, nodes.Sequence):
            yield from _flat(kind.items)
        else:
            yield kind


def _node_place(scene: Scene, node: Node) -> Place:
    """The smallest token of a node that says what it does."""
    match node:
        case nodes.Call():
            return scene.callee_place(node)
        case nodes.Await(value=nodes.Call() as call):
            return scene.callee_place(call)
        case nodes.FunctionDef(name=name, name_start=start):
            whole = scene.place(node)
            return type(whole)(whole.path, start, start + len(name.encode()))
        case nodes.Loop(source=source) if source is not None:
            return scene.place(source)
        case _:
            return scene.place(node)


def _text(scene: Scene, node: Node) -> str:
    match node:
        case nodes.Call() as call:
            return f"{scene.text(call.function)}()"
        case nodes.Await(value=inner) | nodes.Yield(value=inner) if inner is not None:
            return _text(scene, inner)
        case nodes.Loop(source=source) if source is not None:
            return _text(scene, source)
        case nodes.FunctionDef(name=name):
            return name
        case nodes.Name() | nodes.Member() | nodes.Index():
            return scene.text(node)
        case nodes.With(items=(item, *_)):
            return _text(scene, item.value)
        case _:
            return "yield" if isinstance(node, nodes.Yield) else "…"
