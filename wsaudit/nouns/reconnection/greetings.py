"""Greetings: what a server sends to a client that has just connected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.analysis.triggers import handlers_of
from wsaudit.connections.escapes import escapes_by
from wsaudit.limits import STEPS
from wsaudit.model import Event, Evidence, Seen, Side
from wsaudit.model.reconnection import Greeting
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node


def greetings(scene: Scene) -> Iterator[Greeting]:
    """What each endpoint sends before it reads, and whether it answers at all."""
    for socket in scene.sockets:
        if socket.fact.side is Side.SERVER and socket.endpoint is not None:
            yield Greeting(
                at=socket.endpoint.at,
                connections=(socket.fact,),
                snapshot=_snapshot(scene, socket),
                answers=_answers(scene, socket),
            )


def _snapshot(scene: Scene, socket: Socket) -> Evidence:
    """Whether something that is not constant is sent before the first receive."""
    unseen = ""
    for function in _beginnings(scene, socket):
        for call in _before_reading(scene, socket, function, 0, {}):
            use = scene.use(call)
            if use is not None and _sends(use, socket) and _varies(scene, use):
                why = "the server sends what it has when a client connects"
                return Evidence(Seen.PRESENT, why, scene.place(call))
            if not unseen and escapes_by(scene, socket, call):
                unseen = f"what `{scene.text(call.function)}()` sends on connecting"
    unseen = unseen or _upstream(scene, socket)
    return Evidence(Seen.UNKNOWN, unseen) if unseen else Evidence(Seen.ABSENT)


def _upstream(scene: Scene, socket: Socket) -> str:
    """What a server hands on of a connection that it opens for each of its clients."""
    for each in scene.clients():
        if each.creator is not None and each.creator in socket.unit:
            return (
                f"what comes of `{each.fact.name}`, which begins anew with each client"
            )
    return ""


def before_reading(scene: Scene, socket: Socket) -> Iterator[Use]:
    """What an endpoint sends that is not constant before it reads anything."""
    for function in _beginnings(scene, socket):
        for call in _before_reading(scene, socket, function, 0, {}):
            use = scene.use(call)
            if use is not None and _sends(use, socket) and _varies(scene, use):
                yield use


def _beginnings(scene: Scene, socket: Socket) -> Iterator[nodes.Function]:
    """What runs when a client connects: the endpoint, or what is called for that."""
    if socket.entry is not None:
        yield socket.entry
    yield from handlers_of(scene, socket, Event.OPEN)
    for member in socket.cls.members if socket.cls is not None else ():
        if isinstance(member, nodes.FunctionDef) and scene.says("opens", member.name):
            yield member.function


def _before_reading(
    scene: Scene,
    socket: Socket,
    function: nodes.Function,
    depth: int,
    seen: dict[nodes.Function, int],
) -> Iterator[nodes.Call]:
    """The calls of a function, and of what it calls, before it reads messages.

    No function is gone through twice, but for one that was ``seen`` further down only.
    """
    if seen.get(function, STEPS + 1) <= depth:
        return
    seen[function] = depth
    reading = {one.loop for one in receive_loops(scene) if socket in one.sockets}
    homes = {scene.program.function_of(loop) for loop in reading}
    starts = [loop.start for loop in reading if _in(scene, loop, function)]
    end = min(starts, default=None)
    for call in scene.calls_in((function,)):
        if end is not None and call.start >= end:
            return
        yield call
        for callee in _called(scene, call) if depth < STEPS else ():
            yield from _before_reading(scene, socket, callee, depth + 1, seen)
            if homes & below(scene, callee):
                return


def _called(scene: Scene, call: nodes.Call) -> Iterator[nodes.Function]:
    """What a call runs before it returns, also for each item of a list."""
    yield from scene.program.callees(call)
    if scene.says("runs-each", tree.last_name(call.function)):
        for argument in call.arguments:
            yield from scene.functions_of(argument.value)


def _in(scene: Scene, node: Node, function: nodes.Function) -> bool:
    return scene.program.function_of(node) is function


def _sends(use: Use, socket: Socket) -> bool:
    return use.op.means in {"send", "broadcast"} and socket in use.sockets


def _varies(scene: Scene, use: Use) -> bool:
    """Whether a message says more than always the same."""
    given = [argument.value for argument in use.call.arguments]
    return any(
        isinstance(part, nodes.Name | nodes.Call)
        and folding.fold(scene.program, part) is None
        and not _is_shell(scene, part)
        for value in given
        for part in _leaves(value)
    )


def _leaves(node: nodes.Expression) -> Iterator[nodes.Node]:
    """What a payload is made of: the values, not the names of what builds them."""
    for part in tree.walk(node):
        if not isinstance(part, nodes.Entry | nodes.Argument):
            yield part


def _is_shell(scene: Scene, part: nodes.Node) -> bool:
    """``json.dumps`` and its like, which add nothing of their own."""
    return isinstance(part, nodes.Call) and scene.word("encode", part) is not None


def _answers(scene: Scene, socket: Socket) -> Evidence:
    """Whether the endpoint's code sends anything but constants to its own client."""
    for use in socket.uses:
        if _sends(use, socket) and _varies(scene, use):
            why = "the server answers its clients"
            return Evidence(Seen.PRESENT, why, scene.place(use.call))
    return Evidence(Seen.ABSENT)
