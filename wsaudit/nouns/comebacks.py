"""Comebacks: after which ends of its connection each client comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.closing import close_code
from wsaudit.analysis.triggers import triggers
from wsaudit.flow.ways import breaks_off
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.codes import FORBIDDEN, PLANNED, UNAUTHORIZED, Code
from wsaudit.model.endings import Comeback
from wsaudit.nouns.heartbeat.watches import wakes
from wsaudit.nouns.lifecycle.closecodes import compared_codes
from wsaudit.nouns.lifecycle.handshakes import refusals
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.bycode import comes_back
from wsaudit.nouns.reconnection.closes import closes, ends_named, handler_line
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model.reconnection import CloseHandling
    from wsaudit.source import Place

MAKES = (Comeback,)

_ASKED = PLANNED | {
    Code.NO_STATUS, Code.ABNORMAL, Code.POLICY_VIOLATION, Code.INTERNAL_ERROR,
    Code.SERVICE_RESTART, UNAUTHORIZED, FORBIDDEN,
}  # fmt: skip
"""The codes that every client is asked for: planned ends, losses, and refusals."""


def find(scene: Scene) -> Iterator[Comeback]:
    """One fact for each client that opens its connection again after some end."""
    handlings = {one.connections[0]: one for one in closes(scene)}
    codes = sorted(_ASKED | _sent(scene))
    for socket in scene.sockets:
        python = scene.program.module_of(socket.site).language == "python"
        comes = socket.fact.side is Side.CLIENT and socket.creation is not None
        if comes and not python and reopening(scene, socket).evidence.present:
            yield _comeback(scene, socket, handlings.get(socket.fact), codes)
    for socket in scene.sockets:
        loops = [one.loop for one in receive_loops(scene) if socket in one.sockets]
        if loops and _told_apart(scene, socket, loops[0]):
            yield Comeback(
                at=scene.place(loops[0].source or loops[0]),
                connections=(socket.fact,),
                event="",
                codes=(),
                reads=Evidence(Seen.UNKNOWN),
                leaves=next(
                    (at for one in loops for at in _left(scene, socket, one)), None
                ),
            )


def _told_apart(scene: Scene, socket: Socket, reading: nodes.Loop) -> bool:
    """Whether a client in Python opens anew, of a library that tells clean ends apart.

    A handler in the loop around goes on to another attempt then.
    """
    words = scene.dialects.dialect(socket.dialect).word
    python = scene.program.module_of(socket.site).language == "python"
    if socket.creation is None or not python or "ok" not in {w.group for w in words}:
        return False
    around = set(tree.loops(reading, scene.program.parents))
    return any(
        route.around in around for route in reopening(scene, socket).routes
    ) and (
        any(
            not breaks_off(scene.program, handler.body, loop=True)
            for region in tree.tries(reading, scene.program.parents)
            if region.part == "body"
            for handler in region.statement.handlers
        )
    )


def _left(scene: Scene, socket: Socket, loop: nodes.Loop) -> Iterator[Place]:
    """What leaves the loop around a loop over messages when that has ended cleanly."""
    for region in tree.tries(loop, scene.program.parents):
        if region.part == "body":
            for handler in region.statement.handlers:
                clean = ends_named(scene, socket, handler) == {"ok"}
                if clean and breaks_off(scene.program, handler.body, loop=True):
                    yield handler_line(scene, handler)
            yield from _leaves(scene, region.statement.other)
    if not loop.is_async:
        return
    block, index = tree.block_of(loop, scene.program.parents)
    yield from _leaves(scene, block[index + 1 :])


def _leaves(scene: Scene, block: tree.Block) -> Iterator[Place]:
    for statement in block:
        if isinstance(statement, nodes.Break | nodes.Return):
            yield scene.place(statement)


def _comeback(
    scene: Scene, socket: Socket, found: CloseHandling | None, codes: list[int]
) -> Comeback:
    compared = [one.code for one in compared_codes(scene) if one.socket is socket]
    return Comeback(
        at=found.at if found is not None else socket.fact.at,
        connections=(socket.fact,),
        event=found.event if found is not None else "",
        codes=tuple(
            (code, comes_back(scene, socket, code))
            for code in sorted({*codes, *compared})
        ),
        asked=tuple(sorted(set(compared))),
        chosen=(
            found is not None and reopening(scene, socket).library and not found.library
        ),
        reads=found.reads if found is not None else Evidence(Seen.ABSENT),
        otherwise=_otherwise(scene, socket),
    )


def _otherwise(scene: Scene, socket: Socket) -> str:
    """What else opens it again: an event of the browser, or a look at intervals."""
    waking = wakes(scene, socket)
    if waking or socket.creator is None:
        return f"`{waking}` opens it again" if waking else ""
    found = triggers(scene, socket.creator)
    polled = any(one.kind == "interval" for one in found)
    return "an interval opens it again" if polled else ""


def _sent(scene: Scene) -> set[int]:
    """The codes that servers close with."""
    found = {
        one.code for one in refusals(scene) if one.accepted.seen is not Seen.ABSENT
    }
    for use in scene.uses:
        if use.op.means == "close" and any(
            socket.fact.side is Side.SERVER for socket in use.sockets
        ):
            found.add(close_code(scene, use) or 0)
    return found - {0}
