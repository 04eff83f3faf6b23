"""Receive loops and message handlers: their boundaries, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Fact, Seen
from wsaudit.model.receiving import Disconnect, Processing, Spin
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
        spinning = [pair for pair in outcomes if pair[1].spin is not Spin.ENDS]
        if spinning:
            yield _disconnect(scene, one, *spinning[0])
        elif outcomes:
            yield _disconnect(scene, one, loop.loop, outcomes[0][1])
        elif loop.iterates:
            ends = Outcome(Spin.ENDS, "iterating ends with the connection")
            yield _disconnect(scene, one, loop.loop, ends)


def _disconnect(
    scene: Scene, one: Received, loop: nodes.Loop, found: Outcome
) -> Disconnect:
    head = loop_head(scene, loop)
    at = head
    catcher = found.catcher
    if catcher is not None and found.spin is not Spin.ENDS:
        at = catcher_place(scene, catcher.at)
    seen = {Spin.ENDS: Seen.PRESENT, Spin.UNKNOWN: Seen.UNKNOWN}
    return Disconnect(
        at=at,
        connections=connections_of(one.sockets),
        loop=head,
        receive=one.text,
        spin=found.spin,
        ends=Evidence(seen.get(found.spin, Seen.ABSENT), found.why, head),
    )
