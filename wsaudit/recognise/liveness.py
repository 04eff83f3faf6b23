"""Liveness in Python: tasks that ping, and receives that do not wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Seen
from wsaudit.program import flow, folding, tree
from wsaudit.recognise.catching import catches
from wsaudit.recognise.heartbeats import NOTHING, speaks_of_pings
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_TIMEOUT = "asyncio.TimeoutError"
_SHORT = 5
"""A receive that waits for less is one look of a loop, not a deadline, in seconds."""
_DEPTH = 4


def pings(scene: Scene, socket: Socket) -> Evidence:
    """Whether the code sends something on a socket at intervals.

    A loop that sleeps and sends; messages of any kind will do, since a send to a peer
    that is gone fails in the end.
    """
    sends = {
        scene.program.function_of(use.call)
        for use in scene.uses_of(socket, "send", "ping", "broadcast")
    } - {None}
    if not sends:
        return NOTHING
    other: Evidence | None = None
    for loop, sleep in _sleeping_loops(scene):
        for call in flow.block_calls(loop.body):
            if not _leads(scene, socket, call, sends):
                continue
            at = scene.callee_place(sleep)
            always = next(_conditions(scene, call, loop), None) is None
            if always or speaks_of_pings(loop) or _in_speaking(scene, loop):
                return Evidence(Seen.PRESENT, "sends at intervals", at)
            why = "something is sent in a loop that sleeps"
            other = Evidence(Seen.UNKNOWN, why, at)
    return other or _unrepeated(scene, socket)


def _in_speaking(scene: Scene, loop: nodes.Loop) -> bool:
    function = scene.program.function_of(loop)
    return function is not None and speaks_of_pings(function)


def _sleeping_loops(scene: Scene) -> Iterator[tuple[nodes.Loop, nodes.Call]]:
    ends = scene.dialects.word_ends("sleep")
    for call in scene.program.calls_of(ends):
        if scene.word("sleep", call) is not None:
            for loop in flow.loops(call, scene.program.parents):
                yield loop, call


def _leads(
    scene: Scene,
    socket: Socket,
    call: nodes.Call,
    sends: set[nodes.Function | None],
) -> bool:
    """Whether a call is a send on the socket, or runs one."""
    use = scene.use(call)
    if use is not None:
        return socket in use.sockets and use.op.means in {"send", "ping", "broadcast"}
    return any(
        sends & scene.reaches(callee, _DEPTH) for callee in scene.program.callees(call)
    )


def _conditions(
    scene: Scene, node: Node, loop: nodes.Loop
) -> Iterator[nodes.Expression]:
    """The conditions between a loop and a node in it."""
    for guard in flow.guards(node, scene.program.parents):
        if guard.at is loop:
            return
        if loop.start <= guard.at.start and guard.at.end <= loop.end:
            yield guard.test


def _unrepeated(scene: Scene, socket: Socket) -> Evidence:
    for use in scene.uses_of(socket, "send", "ping"):
        if use.op.means == "ping" or any(
            speaks_of_pings(argument.value) for argument in use.call.arguments
        ):
            why = "a ping is sent, but what repeats it was not found"
            return Evidence(Seen.UNKNOWN, why, scene.place(use.call))
    return NOTHING


def watches(scene: Scene, socket: Socket) -> Evidence:
    """Whether a receive on a socket gives up after a while, and something is done."""
    for use in scene.uses_of(socket, "receive"):
        for node, seconds in _limits(scene, use.call):
            if seconds is not None and seconds < _SHORT:
                continue
            if _gives_up(scene, socket, node):
                why = "a receive does not wait for ever"
                return Evidence(Seen.PRESENT, why, scene.place(node))
    return NOTHING


def _limits(
    scene: Scene, call: nodes.Call
) -> Iterator[tuple[Node, int | float | None]]:
    """The time limits around one receive, each with its seconds if they fold.

    A limit around the loop of it is one for the whole connection.
    """
    for around in flow.within(call, scene.program.parents):
        match around:
            case nodes.Loop():
                return
            case nodes.Call() if scene.word("time-limit", around) is not None:
                yield around, _seconds(scene, around)
            case nodes.With(items=items):
                for limit in (tree.strip(item.value) for item in items):
                    if isinstance(limit, nodes.Call) and scene.word(
                        "time-limit", limit
                    ):
                        yield around, _seconds(scene, limit)
            case _:
                continue


def _seconds(scene: Scene, call: nodes.Call) -> int | float | None:
    word = scene.word("time-limit", call)
    position = (word.takes or 0) if word else 0
    plain = [argument.value for argument in call.arguments if not argument.keyword]
    named = [one.value for one in call.arguments if one.keyword in {"timeout", "delay"}]
    given = named or plain[position : position + 1]
    return folding.fold_number(scene.program, given[0]) if given else None


def _gives_up(scene: Scene, socket: Socket, node: Node) -> bool:
    """Whether the end of the time is more than another turn of the loop."""
    for region in flow.tries(node, scene.program.parents):
        if region.part != "body":
            continue
        for handler in region.statement.handlers:
            if catches(scene, handler, _TIMEOUT):
                return _does_something(scene, socket, handler)
    return True


def _does_something(scene: Scene, socket: Socket, handler: nodes.Handler) -> bool:
    if flow.leaves(handler.body, loop_only=True):
        return True
    for inner in tree.own_in(handler.body):
        if not isinstance(inner, nodes.Call):
            continue
        use = scene.use(inner)
        if use is not None and socket in use.sockets:
            return True
        if scene.program.callees(inner):
            return True
    return False
