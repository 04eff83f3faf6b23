"""Functions that React components leave with sockets, and what they captured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects, outermost, renders
from wsaudit.analysis.runs import below
from wsaudit.analysis.states import write_of
from wsaudit.analysis.timers import timers
from wsaudit.connections.capabilities import capability
from wsaudit.connections.scene import written
from wsaudit.model import Event, Seen, Side
from wsaudit.model.races import Capture, SocketCallback
from wsaudit.nouns.components import closures
from wsaudit.nouns.components.rebuilding import snapshot_writes
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.components.closures import Read

MAKES = (SocketCallback,)


def find(scene: Scene) -> Iterator[SocketCallback]:
    """One fact for each callback that a component leaves with a socket or timer."""
    for socket in scene.sockets:
        if socket.fact.side is not Side.CLIENT or not socket.fact.judged:
            continue
        for at, callback in _left_behind(scene, socket):
            around = next(_effects_around(scene, at), None)
            component = outermost(scene.program, at)
            if around is not None:
                if around.component is not None:
                    yield _callback(scene, socket, around, at, callback)
            elif component is not None and renders(scene, component):
                found = list(closures.reads(scene, callback, component))
                snapshots = snapshot_writes(scene, found)
                written_from = {snapshot.name for snapshot in snapshots}
                stale = {
                    read.name.id: _capture(scene, read)
                    for read in reversed(found)
                    if read.reactive.kind == "state"
                    and read.name.id not in written_from
                    and not _only_logged(scene, read.name)
                }
                yield SocketCallback(
                    at=scene.place(at),
                    connections=(socket.fact,),
                    by_effect=False,
                    stale=tuple(stale[name] for name in sorted(stale)),
                    snapshots=snapshots,
                    fresh=_fresh(scene, callback, []),
                )


def _left_behind(
    scene: Scene, socket: Socket
) -> Iterator[tuple[nodes.Node, nodes.Function]]:
    """Handlers and timer callbacks, with the place that leaves them behind."""
    current: frozenset[nodes.Node] = frozenset()
    if capability(scene, socket, "fresh_handlers") is not None:
        current = _options(scene, socket)
    for attached in socket.attached:
        if attached.detaches or attached.at in current:
            continue
        if attached.event is Event.OPEN and _opens_once(scene, socket, attached.at):
            continue
        for function in attached.functions:
            yield attached.at, function
    for timer in timers(scene):
        if timer.repeats and scene.program.function_of(timer.call) in socket.unit:
            for function in timer.functions:
                yield timer.call, function


def _opens_once(scene: Scene, socket: Socket, at: nodes.Node) -> bool:
    """Whether an open handler belongs to the very call that makes its socket.

    What it reads are the values that were there when somebody asked for the socket.
    """
    reopened = capability(scene, socket, "reconnect")
    return (
        socket.creator is not None
        and scene.program.function_of(at) is socket.creator
        and (reopened is None or reopened.seen is Seen.ABSENT)
    )


def _options(scene: Scene, socket: Socket) -> frozenset[nodes.Node]:
    if socket.options is None:
        return frozenset()
    return frozenset(
        entry
        for value in scene.program.values(socket.options)
        if isinstance(value, values.Rec)
        for entry in value.node.entries
    )


def _effects_around(scene: Scene, at: nodes.Node) -> Iterator[Effect]:
    """The effects in whose callback a callback is left behind."""
    around = set(tree.ancestors(at, scene.program.parents))
    for effect in effects(scene):
        if effect.callback in around:
            yield effect
            return
    function = scene.program.function_of(at)
    for effect in effects(scene):
        if (
            function is not None
            and effect.component in around
            and function in below(scene, effect.callback)
        ):
            yield effect
            return


def _callback(
    scene: Scene,
    socket: Socket,
    effect: Effect,
    at: nodes.Node,
    callback: nodes.Function,
) -> SocketCallback:
    component = effect.component
    found = list(closures.reads(scene, callback, component)) if component else []
    prefix = _way_to(scene, effect, at, callback)
    stale: dict[str, Read] = {}
    kept: list[Read] = []
    for read in found:
        whole = closures.Read(read.name, read.reactive, (*prefix, *read.path))
        if closures.keeps_up(scene, effect, whole):
            kept.append(read)
        elif not _only_logged(scene, read.name):
            stale.setdefault(read.name.id, read)
    snapshots = snapshot_writes(scene, [r for r in found if r.name.id in stale])
    written_from = {snapshot.name for snapshot in snapshots}
    return SocketCallback(
        at=scene.place(at),
        connections=(socket.fact,),
        stale=tuple(
            _capture(scene, read)
            for name, read in sorted(stale.items())
            if name not in written_from
        ),
        snapshots=snapshots,
        fresh=_fresh(scene, callback, kept),
    )


def _way_to(
    scene: Scene, effect: Effect, at: nodes.Node, callback: nodes.Function
) -> tuple[tuple[str, nodes.Function], ...]:
    """The component's functions between an effect and a callback, by their names."""
    component = effect.component
    found: list[tuple[str, nodes.Function]] = []
    for node in (callback, at):
        for around in (node, *tree.ancestors(node, scene.program.parents)):
            if around is component or around is effect.callback:
                break
            if isinstance(around, nodes.Function):
                outer = _outermost_in(scene, around, component)
                name = scene.program.name_of(outer)
                if outer is effect.callback:
                    break
                if name and all(outer is not seen for _, seen in found):
                    found.insert(0, (name, outer))
                break
    return tuple(found)


def _outermost_in(
    scene: Scene, function: nodes.Function, component: nodes.Function | None
) -> nodes.Function:
    outer = function
    for around in tree.ancestors(function, scene.program.parents):
        if around is component:
            break
        if isinstance(around, nodes.Function):
            outer = around
    return outer


def _only_logged(scene: Scene, name: nodes.Name) -> bool:
    """Whether a read only reaches a log, where an old value does no harm."""
    for around in tree.ancestors(name, scene.program.parents):
        if isinstance(around, nodes.Call):
            return tree.dotted(around.function).startswith("console.")
        if isinstance(around, nodes.Statement | nodes.Function):
            return False
    return False


def _capture(scene: Scene, read: Read) -> Capture:
    return Capture(
        scene.place(read.name),
        read.name.id,
        read.reactive.kind,
        scene.place(read.reactive.binding.writes[0].at),
    )


def _fresh(scene: Scene, callback: nodes.Function, kept: list[Read]) -> str:
    if kept:
        return f"the effect runs again when `{kept[0].name.id}` changes"
    for call in scene.calls_in((callback,)):
        write = write_of(scene, call)
        if write is not None and isinstance(write.value, nodes.Function):
            return f"`{written(call.function)}` is given a function of the latest value"
        if tree.last_name(call.function) == "getState":
            return f"`{written(call.function)}()` reads the store when it runs"
    return ""
