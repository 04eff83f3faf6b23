"""Receive loops and message handlers: their boundaries, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Fact, Seen
from wsaudit.model.receiving import Disconnect, Processing
from wsaudit.nouns.errors.boundaries import (
    catcher_place,
    connections_of,
    loop_head,
    processing,
)
from wsaudit.nouns.errors.spinning import Outcome, outcome
from wsaudit.nouns.lifecycle.loops import Received, ReceiveLoop, receive_loops
from wsaudit.program import tree

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax import nodes

MAKES = (Disconnect, Processing)


def find(scene: Scene) -> Iterator[Fact]:
    """What ends receive loops, and what one bad message costs a server."""
    for loop in receive_loops(scene):
        yield from _disconnects(scene, loop)
    yield from processing(scene).values()


def _disconnects(scene: Scene, loop: ReceiveLoop) -> Iterator[Disconnect]:
    for one in loop.receives:
        if not all(socket.fact.judged for socket in one.sockets):
            continue
        around = tree.loops(loop.loop, scene.program.parents)
        outer = [each for each in around if each.kind in {"while", "do", "for"}]
        inner = [] if loop.iterates else [loop.loop]
        outcomes = [
            (each, found)
            for each in (*inner, *outer)
            if (found := outcome(scene, one, each)) is not None
        ]
        worst = [pair for pair in outcomes if not pair[1].ends.present]
        if worst:
            yield _disconnect(scene, one, *worst[0])
        elif outcomes:
            yield _disconnect(scene, one, loop.loop, outcomes[0][1])
        elif loop.iterates:
            why = "iterating ends with the connection"
            ends = Outcome(Evidence(Seen.PRESENT, why))
            yield _disconnect(scene, one, loop.loop, ends)


def _disconnect(
    scene: Scene, one: Received, loop: nodes.Loop, found: Outcome
) -> Disconnect:
    head = loop_head(scene, loop)
    at = head
    if found.catcher is not None and not found.ends.present:
        at = catcher_place(scene, found.catcher.at)
    return Disconnect(
        at=at,
        connections=connections_of(one.sockets),
        loop=head,
        receive=one.text,
        ends=replace(found.ends, at=head),
        pauses=found.pauses,
        raises=found.raises,
    )
