"""Resyncs: what each client that comes back does about what it missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Side
from wsaudit.model.reconnection import Resync
from wsaudit.nouns.reconnection.catchup import catch_up
from wsaudit.nouns.reconnection.increments import written
from wsaudit.nouns.reconnection.reopening import reopening

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


def resyncs(scene: Scene) -> Iterator[Resync]:
    """The clients in JavaScript that reopen and whose messages change state."""
    for socket in scene.sockets:
        if (
            socket.fact.side is not Side.CLIENT
            or socket.creation is None
            or not socket.fact.judged
            or scene.program.module_of(socket.site).language == "python"
            or not reopening(scene, socket).evidence.present
        ):
            continue
        found = _resync(scene, socket)
        if found is not None:
            yield found


def _resync(scene: Scene, socket: Socket) -> Resync | None:
    """None where nothing that came in is kept."""
    state = written(scene, socket)
    if state is None:
        return None
    told = catch_up(scene, socket)
    return Resync(
        at=socket.fact.at,
        connections=(socket.fact,),
        written=state.name,
        write=None if state.write is None else scene.callee_place(state.write),
        doubt=state.others,
        passing=state.passing,
        caught_up=told.evidence,
        asks=None if told.asks is None else scene.callee_place(told.asks),
    )
