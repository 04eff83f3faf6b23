"""Watches: what an end does when nothing has come for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import catches
from wsaudit.analysis.cells import writes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.runs import Below, below, spread
from wsaudit.analysis.states import writes_in
from wsaudit.analysis.timers import Timer, cleared_in
from wsaudit.analysis.triggers import handlers_of, listeners
from wsaudit.flow.conditions import deciding
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import LOOK
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.heartbeat.beats import (
    TIMED_OUT,
    limited_to,
    rearmed,
    run_by,
    timers_near,
)
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_CAME = frozenset({"ping", "pong"})
_NOTHING = Evidence(Seen.ABSENT)


def watches(scene: Scene, socket: Socket) -> Evidence:
    """Whether the code does something when nothing has come for a while.

    A receive that gives up; or a timer that every message starts anew, or one that
    looks from time to time when the last message came. What a timer runs closes the
    socket, opens another or shows it.
    """
    if scene.program.module_of(socket.site).language == "python":
        return _receives(scene, socket)
    came = arriving(scene, socket)
    lost = handlers_of(scene, socket, Event.CLOSE, Event.ERROR)
    ending = run_by(scene, socket, lost)
    unsure = _unresolved(socket)
    for timer in timers_near(scene, socket, came):
        around = scene.program.function_of(timer.call)
        at = scene.callee_place(timer.call)
        if around in ending and around not in came:
            continue
        if _deadline(scene, socket, timer, came):
            return Evidence(Seen.PRESENT, "its deadline is set anew", at)
        if timer.repeats or rearmed(scene, socket, timer):
            found = _looks(scene, socket, timer, came)
            if found:
                return Evidence(Seen.PRESENT, found, at)
    return unsure


def _unresolved(socket: Socket) -> Evidence:
    for attached in socket.attached:
        if attached.event is Event.MESSAGE and not attached.resolved:
            return Evidence(Seen.UNKNOWN, "its message handler could not be followed")
    return _NOTHING


def arriving(scene: Scene, socket: Socket) -> Below:
    """What runs when something comes: a message, a ping or a pong."""
    handling = [
        function
        for attached in socket.attached
        if attached.event is Event.MESSAGE or attached.name in _CAME
        for function in attached.functions
    ]
    receiving = [
        scene.program.function_of(reading.loop)
        for reading in receive_loops(scene)
        if socket in reading.sockets
    ]
    return spread(scene, [*handling, *(each for each in receiving if each is not None)])


# -- deadlines -----------------------------------------------------------------------


def _deadline(scene: Scene, socket: Socket, timer: Timer, came: Below) -> bool:
    """Whether a timeout is started anew by every message, and acts when it runs out.

    Where it cannot be told what calls the function that starts it anew, it is enough
    that this closes the socket, and has nothing to do with making it.
    """
    around = scene.program.function_of(timer.call)
    if timer.repeats or around is None:
        return False
    anew = cleared_in(scene, timer, spread(scene, (around,), hows=AT_ONCE))
    if around in came:
        restarts = anew is not None or cleared_in(scene, timer, came) is not None
        acts = not timer.resolved or _acts(scene, socket, timer.functions)
        return restarts and acts
    makes = socket.creator is around or any(
        each is socket.creator
        for each in tree.ancestors(timer.call, scene.program.parents)
    )
    reached = run_by(scene, socket, timer.functions)
    return anew is not None and not makes and any(_closes(scene, socket, reached))


def _acts(scene: Scene, socket: Socket, functions: tuple[nodes.Function, ...]) -> bool:
    """Whether some functions close the socket, open another, or write state."""
    reached = run_by(scene, socket, functions)
    return (
        socket.creator in spread(scene, functions)
        or any(_closes(scene, socket, reached))
        or any(writes_in(scene, reached))
    )


def _closes(scene: Scene, socket: Socket, reached: Below) -> Iterator[nodes.Call]:
    for use in scene.uses_of(socket, "close", "connect"):
        if scene.program.function_of(use.call) in reached:
            yield use.call


# -- looks at intervals --------------------------------------------------------------


def _looks(scene: Scene, socket: Socket, timer: Timer, came: Below) -> str:
    """How a repeated timer watches the socket, "" when it does not.

    It closes it on some condition, or acts on what a message handler has written.
    """
    reached = run_by(scene, socket, timer.functions)
    for call in _closes(scene, socket, reached):
        if deciding(scene.program, call):
            return "looks at intervals whether it is alive"
    around = scene.program.function_of(timer.call)
    if around not in socket.unit or not _acts(scene, socket, timer.functions):
        return ""
    for part in _tested(reached):
        cell = scene.program.cell(part)
        if cell is not None and any(
            not write.first and write.function in came for write in writes(scene, cell)
        ):
            return f"looks at intervals at `{scene.text(part)}`"
    return ""


def _tested(functions: Iterable[nodes.Function]) -> Iterator[nodes.Expression]:
    """What the conditions of some functions read."""
    for function in functions:
        for node in tree.own_of(function):
            match node:
                case nodes.If(test=test) | nodes.Conditional(test=test):
                    parts: tuple[Node, ...] = (test,)
                case nodes.Logical(operands=operands):
                    parts = operands[:-1]
                case nodes.Bind(value=nodes.Binary() as value):
                    parts = (value,)
                case _:
                    continue
            for part in parts:
                for each in tree.walk(part):
                    if isinstance(each, nodes.Name | nodes.Member):
                        yield each


def wakes(scene: Scene, socket: Socket) -> str:
    """The event of the browser on which the socket is looked after, "" for none."""
    touching = {scene.program.function_of(use.call) for use in socket.uses}
    touching.add(socket.creator)
    for one in listeners(scene):
        if scene.dialects.speaks("wakes-page", one.event) and any(
            touching & below(scene, function)
            for function in scene.functions_of(one.given)
        ):
            return one.event
    return ""


# -- receives that give up -----------------------------------------------------------


def _receives(scene: Scene, socket: Socket) -> Evidence:
    """Whether a receive on a socket gives up after a while, and something is done."""
    for use in scene.uses_of(socket, "receive"):
        for node, seconds in _limits(scene, use.call):
            if seconds is not None and seconds < LOOK:
                continue
            if _gives_up(scene, socket, node):
                why = "a receive does not wait for ever"
                return Evidence(Seen.PRESENT, why, scene.place(node))
    return _NOTHING


def _limits(
    scene: Scene, call: nodes.Call
) -> Iterator[tuple[Node, int | float | None]]:
    """The time limits around one receive, each with its seconds if they fold.

    A limit around the loop of it is one for the whole connection.
    """
    for around in tree.within(call, scene.program.parents):
        limits: tuple[nodes.Expression, ...] = ()
        match around:
            case nodes.Loop():
                return
            case nodes.Call():
                limits = (around,)
            case nodes.With(items=items):
                limits = tuple(tree.strip(item.value) for item in items)
            case _:
                pass
        for limit in limits:
            if isinstance(limit, nodes.Call) and scene.word("time-limit", limit):
                given = limited_to(scene, limit)
                known = folding.fold_number(scene.program, given) if given else None
                yield around, known


def _gives_up(scene: Scene, socket: Socket, node: Node) -> bool:
    """Whether the end of the time is more than another turn of the loop."""
    for region in tree.tries(node, scene.program.parents):
        if region.part != "body":
            continue
        for handler in region.statement.handlers:
            if catches(scene, handler, TIMED_OUT):
                return _does_something(scene, socket, handler)
    return True


def _does_something(scene: Scene, socket: Socket, handler: nodes.Handler) -> bool:
    if breaks_off(scene.program, handler.body, loop=True):
        return True
    for call in tree.block_calls(handler.body):
        use = scene.use(call)
        if (use is not None and socket in use.sockets) or scene.program.callees(call):
            return True
    return False
