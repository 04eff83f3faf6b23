"""Answers: requests over a socket that fail when no answer comes in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.kinds import bound_value
from wsaudit.analysis.runs import below, spread
from wsaudit.analysis.timers import timers
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import promises, tree, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.timers import Timer
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


def answered_in_time(scene: Scene, socket: Socket) -> Evidence:
    """Whether the silence of the other end is noticed by the next request."""
    python = scene.program.module_of(socket.site).language == "python"
    found = _limited(scene, socket) if python else _timed(scene, socket)
    for node in found:
        why = "a request that is not answered in time fails"
        return Evidence(Seen.PRESENT, why, scene.place(node))
    return Evidence(Seen.ABSENT)


def _senders(scene: Scene, socket: Socket) -> set[nodes.Function | None]:
    return {
        scene.program.function_of(use.call)
        for use in scene.uses_of(socket, "send", "ping")
    }


# -- Python ----------------------------------------------------------------------------


def _limited(scene: Scene, socket: Socket) -> Iterator[Node]:
    """``await wait_for(answer, 30)`` beside a send; what reads gives the answer."""
    senders = _senders(scene, socket)
    told = _told(scene, socket)
    for call in scene.program.calls_of(scene.dialects.word_ends("time-limit")):
        function = scene.program.function_of(call)
        if function is None or scene.word("time-limit", call) is None:
            continue
        if not senders & {function, *below(scene, function)}:
            continue
        for waited in _waited(scene, call):
            if told & _sites(scene, waited) or _pinged(scene, socket, waited):
                yield call


def _pinged(scene: Scene, socket: Socket, waited: nodes.Expression) -> bool:
    """Whether what is waited for is what a ping on the socket gave."""
    if isinstance(waited, nodes.Name):
        waited = bound_value(scene, waited) or waited
    given = tree.strip(waited)
    given = given.value if isinstance(given, nodes.Await) else given
    return any(use.call is given for use in scene.uses_of(socket, "ping"))


def _told(scene: Scene, socket: Socket) -> set[Node]:
    """What the code that reads from a socket tells others through."""
    starts = {
        scene.program.function_of(reading.loop)
        for reading in receive_loops(scene)
        if socket in reading.sockets
    }
    reading = spread(scene, [each for each in starts if each is not None])
    return {
        site
        for call in scene.calls_in(reading)
        if isinstance(call.function, nodes.Member)
        and scene.says("tells-waiting", call.function.name)
        for site in _sites(scene, call.function.object)
    }


def _waited(scene: Scene, limit: nodes.Call) -> Iterator[nodes.Expression]:
    """What a time limit is set for: its argument, or what its block awaits."""
    for argument in limit.arguments[:1]:
        yield argument.value
    for around in tree.within(limit, scene.program.parents):
        if isinstance(around, nodes.With):
            for node in tree.own_in(around.body):
                if isinstance(node, nodes.Await):
                    yield node.value
            return


def _sites(scene: Scene, node: nodes.Expression) -> set[Node]:
    """Where what is waited for was made: a future, a queue, an event."""
    match node:
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if scene.says(
            "waits-for-it", name
        ):
            node = inner
        case _:
            pass
    return {
        value.site
        for value in scene.program.values(node)
        if isinstance(value, values.Instance)
    }


# -- JavaScript ------------------------------------------------------------------------


def _timed(scene: Scene, socket: Socket) -> Iterator[Node]:
    """A promise that a timer rejects, in the code that sends a request."""
    senders = _senders(scene, socket)
    for timer in timers(scene):
        promise = None if timer.repeats else _settles(scene, timer)
        function = scene.program.function_of(promise) if promise is not None else None
        if promise is None or function is None:
            continue
        executors = scene.functions_of(promise.arguments[0].value)
        if senders & {function, *below(scene, function), *spread(scene, executors)}:
            yield timer.call


@asked
def _settles(scene: Scene, timer: Timer) -> nodes.Call | None:
    """The promise that a timer settles."""
    given = timer.call.arguments[0].value
    found = promises.settles(scene.program, given)
    for call in scene.calls_in(timer.functions):
        found = found or promises.settled_by(scene.program, call)
    return found
