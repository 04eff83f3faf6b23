"""Heartbeats in JavaScript: pings at intervals, and timers that watch for silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.analysis.states import writes_in
from wsaudit.analysis.timers import Timer, clears_of, timers
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.program import flow, tree, values
from wsaudit.recognise.connections.origins import first_role
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

PING = re.compile(
    r"(?<![a-z])(ping|heart_?beat|hb|keep[-_ ]?alive|are_you_there)(?![a-z])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HOOKS = ("useInterval", "useIntervalFn", "useHarmonicIntervalFn")
_CAME = frozenset({"ping", "pong"})
_DEPTH = 4
NOTHING = Evidence(Seen.ABSENT)


def speaks_of_pings(node: Node) -> bool:
    """Whether a string or a name in some code is about a ping."""
    for part in tree.walk(node):
        match part:
            case nodes.Literal(value=str() as text):
                words = text
            case nodes.Name(id=name) | nodes.Member(name=name):
                words = _CAMEL.sub("_", name)
            case nodes.FunctionDef(name=name):
                words = _CAMEL.sub("_", name)
            case _:
                continue
        if PING.search(words.replace("_", " ")):
            return True
    return False


def pings(scene: Scene, socket: Socket) -> Evidence:
    """Whether the code sends pings on a socket at intervals.

    Something sent at intervals that nothing calls a ping leaves it unknown, and so does
    a ping of which it cannot be told what repeats it.
    """
    sends = {
        scene.program.function_of(use.call)
        for use in scene.uses_of(socket, "send", "ping")
    } - {None}
    if not sends:
        return NOTHING
    other: Evidence | None = None
    for call, functions in _repeated(scene, socket):
        reached = _run(scene, socket, functions)
        if sends & reached:
            at = scene.callee_place(call)
            if any(_is_ping(scene, socket, each, reached) for each in functions):
                return Evidence(Seen.PRESENT, "sends pings at intervals", at)
            if scene.program.function_of(call) in socket.unit:
                other = Evidence(Seen.UNKNOWN, "something is sent at intervals", at)
    return other or _unrepeated(scene, socket)


def _run(
    scene: Scene, socket: Socket, functions: Iterable[nodes.Function]
) -> frozenset[nodes.Function]:
    """What some functions run, but for making the socket anew."""
    return frozenset(
        each for one in functions for each in below(scene, one, socket.creator)
    )


def _repeated(
    scene: Scene, socket: Socket
) -> Iterator[tuple[nodes.Call, tuple[nodes.Function, ...]]]:
    """The calls by which functions run again and again."""
    for timer in _judged(scene):
        if timer.repeats or _rearmed(scene, socket, timer):
            yield timer.call, timer.functions
    for name in _HOOKS:
        for call in scene.program.calls_named(name):
            if call.arguments:
                yield call, scene.functions_of(call.arguments[0].value)


def _judged(scene: Scene) -> Iterator[Timer]:
    """The timers of the application: a test's prove nothing."""
    for timer in timers(scene):
        if first_role(scene, timer.call) is not Role.TEST:
            yield timer


def _rearmed(scene: Scene, socket: Socket, timer: Timer) -> bool:
    """Whether a timeout starts itself again, and not by way of a new socket."""
    around = scene.program.function_of(timer.call)
    return around in _run(scene, socket, timer.functions)


def _is_ping(
    scene: Scene,
    socket: Socket,
    function: nodes.Function,
    reached: frozenset[nodes.Function],
) -> bool:
    for use in scene.uses_of(socket, "ping"):
        if scene.program.function_of(use.call) in reached:
            return True
    if speaks_of_pings(function) or PING.search(
        _CAMEL.sub(" ", scene.program.name_of(function))
    ):
        return True
    return any(
        speaks_of_pings(argument.value)
        for call in scene.calls_in(reached)
        for argument in call.arguments
        if _sent(scene, socket, call)
    )


def _sent(scene: Scene, socket: Socket, call: nodes.Call) -> bool:
    """Whether a call is a send on the socket, or leads to one."""
    uses = list(scene.uses_of(socket, "send"))
    sends = {scene.program.function_of(use.call) for use in uses}
    return any(use.call is call for use in uses) or any(
        sends & below(scene, callee) for callee in scene.program.callees(call)
    )


def _unrepeated(scene: Scene, socket: Socket) -> Evidence:
    for use in scene.uses_of(socket, "send", "ping"):
        if use.op.means == "ping" or any(
            speaks_of_pings(argument.value) for argument in use.call.arguments
        ):
            why = "a ping is sent, but what repeats it was not found"
            return Evidence(Seen.UNKNOWN, why, scene.place(use.call))
    return NOTHING


# -- watching ----------------------------------------------------------------------


def watches(scene: Scene, socket: Socket) -> Evidence:
    """Whether the code does something when nothing has come for a while.

    A timer that every message starts anew, or one that looks from time to time when
    the last message came. What it runs closes the socket, opens another or shows it.
    """
    came = _run_by_messages(scene, socket)
    closing = _run_by_ends(scene, socket)
    for timer in _judged(scene):
        around = scene.program.function_of(timer.call)
        at = scene.callee_place(timer.call)
        if around in closing and around not in came:
            continue
        if _deadline(scene, socket, timer, came):
            return Evidence(Seen.PRESENT, "its deadline is set anew", at)
        if timer.repeats or _rearmed(scene, socket, timer):
            found = _looks(scene, socket, timer, came)
            if found:
                return Evidence(Seen.PRESENT, found, at)
    return _unresolved(socket)


def _deadline(
    scene: Scene,
    socket: Socket,
    timer: Timer,
    came: frozenset[nodes.Function | None],
) -> bool:
    """Whether a timeout is started anew by every message, and acts when it runs out.

    Where it cannot be told what calls the function that starts it anew, it is enough
    that this closes the socket, and has nothing to do with making it.
    """
    around = scene.program.function_of(timer.call)
    if timer.repeats or around is None:
        return False
    anew = _cleared_in(scene, timer, below(scene, around))
    if around in came:
        return (anew or _cleared_in(scene, timer, came)) and (
            not timer.resolved or _acts(scene, socket, timer.functions)
        )
    makes = socket.creator in {around, *_around(scene, timer.call)}
    reached = _run(scene, socket, timer.functions)
    return anew and not makes and bool(_closes(scene, socket, reached))


def _around(scene: Scene, node: Node) -> Iterator[nodes.Function]:
    for around in flow.ancestors(node, scene.program.parents):
        if isinstance(around, nodes.Function):
            yield around


def _unresolved(socket: Socket) -> Evidence:
    for attached in socket.attached:
        if attached.event is Event.MESSAGE and not attached.resolved:
            return Evidence(Seen.UNKNOWN, "its message handler could not be followed")
    return NOTHING


def _run_by_ends(scene: Scene, socket: Socket) -> frozenset[nodes.Function]:
    """What runs when a socket is lost, up to where another one is made."""
    return _run(
        scene,
        socket,
        (
            function
            for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR)
            for function in attached.functions
        ),
    )


def _run_by_messages(scene: Scene, socket: Socket) -> frozenset[nodes.Function | None]:
    """What runs when something comes: a message, a ping or a pong."""
    found: set[nodes.Function | None] = set()
    for attached in socket.attached:
        if attached.event is Event.MESSAGE or attached.name in _CAME:
            for function in attached.functions:
                found |= below(scene, function)
    return frozenset(found)


def _cleared_in(
    scene: Scene, timer: Timer, functions: Iterable[nodes.Function | None]
) -> bool:
    return any(
        scene.program.function_of(call) in functions for call in clears_of(scene, timer)
    )


def _acts(scene: Scene, socket: Socket, functions: Iterable[nodes.Function]) -> bool:
    """Whether some functions close the socket, open another, or write state."""
    reached = _run(scene, socket, functions)
    opens = any(socket.creator in below(scene, function) for function in functions)
    return (
        opens
        or bool(_closes(scene, socket, reached))
        or next(writes_in(scene, reached), None) is not None
    )


def _closes(
    scene: Scene, socket: Socket, reached: frozenset[nodes.Function]
) -> list[nodes.Call]:
    return [
        use.call
        for use in scene.uses_of(socket, "close", "connect")
        if scene.program.function_of(use.call) in reached
    ]


def _looks(
    scene: Scene,
    socket: Socket,
    timer: Timer,
    came: frozenset[nodes.Function | None],
) -> str:
    """How a repeated timer watches the socket, "" when it does not.

    It closes it on some condition, or acts on what a message handler has written.
    """
    reached = _run(scene, socket, timer.functions)
    parents = scene.program.parents
    for call in _closes(scene, socket, reached):
        if next(flow.guards(call, parents), None) is not None:
            return "looks at intervals whether it is alive"
    around = scene.program.function_of(timer.call)
    if around not in socket.unit or not _acts(scene, socket, timer.functions):
        return ""
    names = {name for function in reached for name in _tested(function)}
    for name in sorted(names & _noted(scene, came)):
        return f"looks at intervals at `{name}`"
    return ""


def _tested(function: nodes.Function) -> Iterator[str]:
    """The names in the conditions of a function."""
    for node in tree.own_of(function):
        match node:
            case nodes.If(test=test) | nodes.Conditional(test=test):
                yield from _names(test)
            case nodes.Logical(operands=operands):
                for operand in operands[:-1]:
                    yield from _names(operand)
            case nodes.Bind(value=nodes.Binary() as value):
                yield from _names(value)
            case _:
                continue


def _names(node: Node) -> Iterator[str]:
    """What a condition reads; a ref is known by its own name."""
    for part in tree.walk(node):
        match part:
            case nodes.Member(object=nodes.Name(id=name), name="current"):
                yield name
            case nodes.Name(id=name) | nodes.Member(name=name):
                yield name
            case _:
                continue


def _noted(scene: Scene, came: frozenset[nodes.Function | None]) -> frozenset[str]:
    """The names that are written when something comes."""
    found: set[str] = set()
    for function in came:
        if function is None:
            continue
        for node in tree.own_of(function):
            match node:
                case nodes.Bind(target=target, kind="assign" | "augmented"):
                    found.update(_names(target))
                case nodes.Assign(target=target):
                    found.update(_names(target))
                case _:
                    continue
    return frozenset(found - {"current", "this", "self"})


# -- other signs of life -----------------------------------------------------------


def wakes(scene: Scene, socket: Socket) -> str:
    """The event of the browser on which the socket is looked after, "" for none."""
    touching = {scene.program.function_of(use.call) for use in socket.uses} | {
        socket.creator
    }
    for call in scene.program.calls_named("addEventListener"):
        if len(call.arguments) < 2:
            continue
        for value in scene.program.values(call.arguments[0].value):
            if isinstance(value, values.Const) and value.value in {
                "online", "offline", "visibilitychange", "focus", "pageshow",
            }:  # fmt: skip
                for function in scene.functions_of(call.arguments[1].value):
                    if touching & below(scene, function):
                        return str(value.value)
    return ""
