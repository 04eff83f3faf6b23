"""Liveness in Python: tasks that ping, and receives that do not wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import catches
from wsaudit.model import Evidence, Role, Seen
from wsaudit.program import flow, folding, tree
from wsaudit.program.tree import last_name
from wsaudit.recognise.connections.origins import first_role
from wsaudit.recognise.heartbeat.heartbeats import NOTHING, speaks_of_pings
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
    other: Evidence | None = None
    for call in _senders(scene, socket):
        for loop in flow.loops(call, scene.program.parents):
            sleep = _sleep_in(scene, loop)
            if sleep is None:
                continue
            at = scene.callee_place(sleep)
            always = next(_conditions(scene, call, loop), None) is None
            if always or speaks_of_pings(loop) or _in_speaking(scene, loop):
                return Evidence(Seen.PRESENT, "sends at intervals", at)
            why = "something is sent in a loop that sleeps"
            other = Evidence(Seen.UNKNOWN, why, at)
    return other or _unrepeated(scene, socket)


def _senders(scene: Scene, socket: Socket) -> Iterator[nodes.Call]:
    """The sends on a socket and the calls that lead to them, those of tests aside."""
    level = [use.call for use in scene.uses_of(socket, "send", "ping", "broadcast")]
    seen: set[nodes.Function] = set()
    for _ in range(_DEPTH):
        yield from level
        around = {scene.program.function_of(call): None for call in level}
        following = [one for one in around if one is not None and one not in seen]
        seen.update(following)
        level = [
            site
            for function in following
            for site in _runners(scene, function)
            if first_role(scene, site) is not Role.TEST
        ]


def _runners(scene: Scene, function: nodes.Function) -> Iterator[nodes.Call]:
    """The calls that run a function, or are given it where it is written."""
    given = scene.program.parents.get(function)
    call = (
        scene.program.parents.get(given) if isinstance(given, nodes.Argument) else None
    )
    if isinstance(call, nodes.Call):
        yield call
    for site in scene.program.callers(function):
        if isinstance(site, nodes.Call):
            yield site


def _in_speaking(scene: Scene, loop: nodes.Loop) -> bool:
    function = scene.program.function_of(loop)
    return function is not None and speaks_of_pings(function)


def _sleep_in(scene: Scene, loop: nodes.Loop) -> nodes.Call | None:
    ends = scene.dialects.word_ends("sleep")
    for call in flow.block_calls(loop.body):
        if last_name(call.function) in ends and scene.word("sleep", call) is not None:
            return call
    return None


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
