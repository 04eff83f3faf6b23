"""Lasts: states that hold the last message, and effects that handle it by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.components import Effect, effects
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.feeds import feeds, is_last, message_runs
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.runs import spread
from wsaudit.analysis.states import sources, writes_in, written_cells
from wsaudit.connections.capabilities import capability
from wsaudit.connections.scene import written
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.states import LastMessage
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.states import StateWrite
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell

_FLUSHES = "renders_each_message"


def lasts(scene: Scene) -> Iterator[LastMessage]:
    """The effects that handle messages, and the clients that handle them at once."""
    held = _held(scene)
    by_state: set[Socket] = set()
    for effect in effects(scene):
        for node in effect.dependencies or ():
            socket = _kept(scene, node, held)
            found = _handled(scene, effect) if socket is not None else ()
            if socket is not None and found:
                by_state.add(socket)
                yield _last(scene, socket, node, found)
                break
    for socket, runs in message_runs(scene):
        attached = list(scene.handlers(socket, Event.MESSAGE))
        if attached and socket not in by_state and any(writes_in(scene, runs)):
            at = attached[0].at
            yield LastMessage(
                at=scene.point(at),
                connections=(socket.fact,),
                each=Evidence(Seen.PRESENT, "messages are handled where they arrive"),
            )


def _held(scene: Scene) -> dict[Cell, Socket]:
    """The states that every message overwrites as a whole."""
    found: dict[Cell, Socket] = {}
    for feed in feeds(scene):
        value = feed.write.value
        if feed.write.kind != "state" or value is None or _flushed(scene, feed.write):
            continue
        if any(not message.path for message in messages(scene, value)):
            for cell, _ in written_cells(scene, feed.write):
                found.setdefault(cell, feed.socket)
    return found


def _flushed(scene: Scene, write: StateWrite) -> bool:
    """Whether the page is rendered with what is written before the code goes on."""
    return any(
        isinstance(around, nodes.Call)
        and tree.last_name(around.function) == "flushSync"
        for around in tree.ancestors(write.call, scene.program.parents)
    )


def _kept(
    scene: Scene, node: nodes.Expression, held: dict[Cell, Socket]
) -> Socket | None:
    """The socket whose last message a dependency is."""
    for socket, _ in message_runs(scene):
        if any(is_last(scene, socket, v) for v in scene.program.values(node)):
            return socket
    return next((held[c] for c in sources(scene, node) if c in held), None)


def _handled(scene: Scene, effect: Effect) -> tuple[StateWrite, ...]:
    """The writes by which an effect handles messages."""
    run = spread(scene, (effect.callback,), hows=AT_ONCE)
    return tuple(
        write
        for write in writes_in(scene, run)
        if write.value is None or not isinstance(tree.strip(write.value), nodes.Literal)
    )


def _last(
    scene: Scene,
    socket: Socket,
    node: nodes.Expression,
    found: tuple[StateWrite, ...],
) -> LastMessage:
    flushes = capability(scene, socket, _FLUSHES)
    only = found[0].value if len(found) == 1 else None
    whole = only is not None and any(
        not message.path for message in messages(scene, only)
    )
    return LastMessage(
        at=scene.place(node),
        connections=(socket.fact,),
        each=Evidence(Seen.ABSENT, at=scene.callee_place(found[0].call)),
        name=written(node),
        writes=written(found[0].call.function),
        newest=whole,
        flushed=flushes is not None and flushes.seen is Seen.PRESENT,
    )
