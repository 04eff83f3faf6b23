"""Deadlines: by what a heartbeat knows that the other end is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.messages.kinds import bound_value
from wsaudit.analysis.triggers import handlers_of
from wsaudit.flow.conditions import deciding
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.heartbeat.beats import Beat, beats, run_by
from wsaudit.nouns.heartbeat.watches import arriving
from wsaudit.program import folding, tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.cells import Write
    from wsaudit.connections.scene import Scene, Socket


@asked
def deadlines(
    scene: Scene, socket: Socket
) -> tuple[tuple[nodes.Expression, bool], ...]:
    """What decides that a connection is dead, each with whether what comes changes it.

    It is a time that is compared with the clock, or a flag that is taken back at each
    beat.
    """
    came = arriving(scene, socket)
    opening = {
        *run_by(scene, socket, handlers_of(scene, socket, Event.OPEN)),
        socket.creator,
        socket.entry,
    }
    judged = []
    for beat in beats(scene, socket):
        own = _functions(scene, socket, beat)
        for part in (*_times(scene, own), *_flags(scene, socket, own)):
            cell = scene.program.cell(part)
            found = writes(scene, cell) if cell is not None else ()
            idle = (own | opening) - came
            fed = any(not each.first and each.function not in idle for each in found)
            if found:
                judged.append((part, fed or _is_set(part, came)))
    return tuple(judged)


def looked_at(scene: Scene, socket: Socket) -> Evidence:
    """Whether the code looks at intervals when something last came."""
    for part, fed in deadlines(scene, socket):
        if fed:
            why = f"looks at intervals at `{scene.text(part)}`"
            return Evidence(Seen.PRESENT, why, scene.place(part))
    return Evidence(Seen.ABSENT)


def unfed(scene: Scene, socket: Socket) -> nodes.Expression | None:
    """What decides that a connection is dead, where nothing that comes changes it."""
    found = deadlines(scene, socket)
    lost = [part for part, fed in found if not fed]
    return lost[0] if lost and len(lost) == len(found) else None


def _is_set(part: nodes.Expression, functions: Iterable[nodes.Function]) -> bool:
    """Whether some functions set a member of this name, of whatever object."""
    return isinstance(part, nodes.Member) and any(
        isinstance(node, nodes.Bind | nodes.Assign)
        and isinstance(node.target, nodes.Member)
        and node.target.name == part.name
        for function in functions
        for node in tree.own_of(function)
    )


def _functions(scene: Scene, socket: Socket, beat: Beat) -> set[nodes.Function | None]:
    """The functions of a beat, where it closes the socket on some condition."""
    code = tuple(each for each in beat.code if isinstance(each, nodes.Function))
    own = {*run_by(scene, socket, code)} - {socket.creator}
    for use in scene.uses_of(socket, "close"):
        if scene.program.function_of(use.call) in own and deciding(
            scene.program, use.call
        ):
            return own
    return set()


def _times(
    scene: Scene, functions: set[nodes.Function | None]
) -> Iterator[nodes.Expression]:
    """``last`` in ``Date.now() - last``."""
    for function in functions - {None}:
        for node in tree.own_of(function) if function is not None else ():
            match node:
                case nodes.Binary(
                    op="-", left=left, right=nodes.Name() | nodes.Member() as right
                ) if _is_clock(scene, left) and not _paces(scene, node, right):
                    yield right
                case _:
                    continue


def _paces(scene: Scene, reckoned: nodes.Binary, last: nodes.Expression) -> bool:
    """Whether what is done after so long is noted as the last time: a pace to keep."""
    return any(
        isinstance(node, nodes.Bind | nodes.Assign)
        and tree.dotted(node.target) == tree.dotted(last)
        for around in tree.within(reckoned, scene.program.parents)
        if isinstance(around, nodes.If) and reckoned in set(tree.walk(around.test))
        for node in tree.own_in(around.then)
    )


def _is_clock(scene: Scene, node: nodes.Expression) -> bool:
    if isinstance(node, nodes.Name):
        node = bound_value(scene, node) or node
    return isinstance(node, nodes.Call) and scene.says(
        "tells-time", tree.last_name(node.function)
    )


def _flags(
    scene: Scene, socket: Socket, functions: set[nodes.Function | None]
) -> Iterator[nodes.Expression]:
    """``alive`` in ``if (!alive) close()``, which the beat itself sets to false."""
    for use in scene.uses_of(socket, "close"):
        if scene.program.function_of(use.call) not in functions:
            continue
        for test in deciding(scene.program, use.call):
            part = test.value if isinstance(test, nodes.Not) else test
            cell = scene.program.cell(part)
            for write in writes(scene, cell) if cell is not None else ():
                if write.function in functions and _is_false(scene, write):
                    yield part


def _is_false(scene: Scene, write: Write) -> bool:
    known = folding.fold(scene.program, write.value) if write.value else None
    return known is not None and known.value is False
