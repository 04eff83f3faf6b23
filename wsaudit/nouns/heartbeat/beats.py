"""Beats: what runs again and again, and whether it sends pings on a socket."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import catches
from wsaudit.analysis.numbers import Setting, constant
from wsaudit.analysis.runs import Below, spread
from wsaudit.analysis.timers import Timer, timers
from wsaudit.connections.origins import first_role
from wsaudit.flow.conditions import deciding
from wsaudit.model import Evidence, Role, Seen
from wsaudit.model.heartbeat import Rhythm
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

_PING = re.compile(
    r"(?<![a-z])(ping|heart_?beat|hb|keep[-_ ]?alive|are_you_there)(?![a-z])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENDS = ("send", "ping", "broadcast")
TIMED_OUT = "asyncio.TimeoutError"


@dataclass(frozen=True, slots=True, eq=False)
class Beat:
    """Something that runs again and again: what a timer runs, or a loop that sleeps.

    ``at`` is the call that times it, ``every`` what that is given as the time between,
    ``calls`` are those that it makes itself, ``block`` what runs each time of a loop.
    """

    at: nodes.Call
    every: nodes.Expression | None
    code: tuple[Node, ...]
    calls: tuple[nodes.Call, ...]
    block: tree.Block = ()


def judged_timers(scene: Scene) -> tuple[Timer, ...]:
    """The timers of the application: a test's prove nothing."""
    return tuple(
        timer
        for timer in timers(scene)
        if first_role(scene, timer.call) is not Role.TEST
    )


def timers_near(
    scene: Scene, socket: Socket, came: Iterable[nodes.Function]
) -> Iterator[Timer]:
    """The timers that code of a socket starts, or that run some.

    ``came`` is what runs when something has come.
    """
    near = {*came, *socket.unit}
    for use in scene.uses_of(socket, "close", "connect"):
        around = scene.program.function_of(use.call)
        near |= {around} if around is not None else set()
    table = _timers_of(scene)
    places = {place for function in near for place in table.get(function, ())}
    return (judged_timers(scene)[place] for place in sorted(places))


@asked
def _timers_of(scene: Scene) -> dict[nodes.Function, list[int]]:
    """The places in `judged_timers` of those that a function starts, or that run it."""
    found: dict[nodes.Function, list[int]] = defaultdict(list)
    for place, timer in enumerate(judged_timers(scene)):
        around = scene.program.function_of(timer.call)
        for function in {*spread(scene, timer.functions), around} - {None}:
            found[function].append(place)
    return dict(found)


def run_by(
    scene: Scene, socket: Socket, functions: tuple[nodes.Function, ...]
) -> Below:
    """What some functions run, but for making the socket anew."""
    return spread(scene, functions, but=socket.creator)


def rearmed(scene: Scene, socket: Socket, timer: Timer) -> bool:
    """Whether a timeout starts itself again, and not by way of a new socket."""
    around = scene.program.function_of(timer.call)
    return around in run_by(scene, socket, timer.functions)


def beats(scene: Scene, socket: Socket) -> Iterator[Beat]:
    """All that runs again and again while a socket is the same, tests left out."""
    for timer in judged_timers(scene):
        if timer.repeats or rearmed(scene, socket, timer):
            yield _beat(scene, timer.call, timer.delay, timer.functions)
    starts = scene.dialects.spoken("starts-timer")
    for name in sorted(scene.dialects.spoken("repeats") - starts):
        for call in scene.program.calls_named(name):
            if call.arguments:
                given = scene.functions_of(call.arguments[0].value)
                yield _beat(scene, call, _argument(call, 1), given)
    yield from _sleeping(scene)
    yield from _waiting(scene)


def _beat(
    scene: Scene,
    at: nodes.Call,
    every: nodes.Expression | None,
    functions: tuple[nodes.Function, ...],
) -> Beat:
    return Beat(at, every, functions, tuple(scene.calls_in(functions)))


def _argument(call: nodes.Call, position: int) -> nodes.Expression | None:
    plain = [argument.value for argument in call.arguments if not argument.keyword]
    return plain[position] if position < len(plain) else None


@asked
def _sleeping(scene: Scene) -> tuple[Beat, ...]:
    """The loops that sleep, by the first sleep of each."""
    found: dict[nodes.Loop, Beat] = {}
    for name in sorted(scene.dialects.word_ends("sleep")):
        for call in scene.program.calls_named(name):
            if scene.word("sleep", call) is None:
                continue
            if first_role(scene, call) is Role.TEST:
                continue
            for loop in tree.loops(call, scene.program.parents):
                around = scene.program.function_of(loop)
                code = (loop, around) if around is not None else (loop,)
                calls = tuple(tree.block_calls(loop.body))
                every = _argument(call, 0)
                found.setdefault(loop, Beat(call, every, code, calls, loop.body))
    return tuple(found.values())


@asked
def _waiting(scene: Scene) -> tuple[Beat, ...]:
    """The loops that wait for something, and do what a handler says in a while."""
    found = []
    for call in scene.program.calls_of(scene.dialects.word_ends("time-limit")):
        if scene.word("time-limit", call) is None:
            continue
        if not any(tree.loops(call, scene.program.parents)):
            continue
        for region in tree.tries(call, scene.program.parents):
            for handler in region.statement.handlers if region.part == "body" else ():
                if catches(scene, handler, TIMED_OUT):
                    calls = tuple(tree.block_calls(handler.body))
                    every = limited_to(scene, call)
                    found.append(Beat(call, every, (handler,), calls, handler.body))
    return tuple(found)


def limited_to(scene: Scene, call: nodes.Call) -> nodes.Expression | None:
    """The seconds that a call which sets a time limit is given."""
    word = scene.word("time-limit", call)
    named = [one.value for one in call.arguments if one.keyword in {"timeout", "delay"}]
    return named[0] if named else _argument(call, (word.takes or 0) if word else 0)


# -- pings ---------------------------------------------------------------------------


def pings(scene: Scene, socket: Socket) -> Evidence:
    """Whether the code sends pings on a socket at intervals.

    In Python messages of any kind will do, since a send to a peer that is gone fails in
    the end. What may be no ping, and a ping of which it cannot be told what repeats it,
    leave it unknown.
    """
    if not any(scene.uses_of(socket, *_SENDS)):
        return Evidence(Seen.ABSENT)
    python = scene.program.module_of(socket.site).language == "python"
    other: Evidence | None = None
    for beat, sends in _sending(scene, socket):
        at = scene.callee_place(beat.at)
        if sends:
            return Evidence(Seen.PRESENT, "sends pings at intervals", at)
        if python or scene.program.function_of(beat.at) in socket.unit:
            other = Evidence(Seen.UNKNOWN, "something is sent at intervals", at)
    return other or _unrepeated(scene, socket)


def rhythms(scene: Scene, socket: Socket) -> Iterator[Rhythm]:
    """How often the code sends pings on a socket, for all that does."""
    if not any(scene.uses_of(socket, *_SENDS)):
        return
    for beat, sends in _sending(scene, socket):
        if sends:
            python = scene.program.module_of(beat.at).language == "python"
            every = beat.every
            number = constant(Setting(scene), every) if every is not None else None
            yield Rhythm(
                scene.place(every if every is not None else beat.at.function),
                f"`{scene.text(beat.at)}`",
                number if number is None or python else number / 1000,
            )


def asks(scene: Scene, socket: Socket) -> Place | None:
    """Where pings are sent at intervals that want an answer, None where none are."""
    for beat, sends in _sending(scene, socket):
        if sends == "pings":
            return scene.callee_place(beat.at)
    return None


@asked
def _sending(scene: Scene, socket: Socket) -> tuple[tuple[Beat, str], ...]:
    """The beats that send on a socket: "pings", "messages" each time, "" for some."""
    python = scene.program.module_of(socket.site).language == "python"
    found = []
    for beat in beats(scene, socket):
        sending = [call for call in beat.calls if _sends(scene, socket, call)]
        if sending:
            always = python and any(_always(scene, call, beat) for call in sending)
            named = _is_ping(scene, socket, beat, sending)
            found.append((beat, "pings" if named else "messages" if always else ""))
    return tuple(found)


def _sends(scene: Scene, socket: Socket, call: nodes.Call) -> bool:
    """Whether a call is a send on the socket, or leads to one."""
    uses = tuple(scene.uses_of(socket, *_SENDS))
    if any(use.call is call for use in uses):
        return True
    homes = {scene.program.function_of(use.call) for use in uses}
    starts = [
        function
        for function in scene.program.callees(call)
        if function is not socket.creator
    ]
    starts += [
        argument.value
        for argument in call.arguments
        if isinstance(argument.value, nodes.Function)
    ]
    return bool(homes & run_by(scene, socket, tuple(starts)))


def _always(scene: Scene, call: nodes.Call, beat: Beat) -> bool:
    """Whether a beat makes a call each time, whatever holds then."""
    first = beat.block[0].start if beat.block else 0
    return not any(test.start >= first for test in deciding(scene.program, call))


def _is_ping(
    scene: Scene, socket: Socket, beat: Beat, sending: list[nodes.Call]
) -> bool:
    """Whether what a beat sends is a ping, by what it or its code is called."""
    run = run_by(
        scene,
        socket,
        tuple(f for call in sending for f in scene.program.callees(call)),
    )
    functions = {scene.program.function_of(call) for call in sending} | run
    return (
        any(
            scene.program.function_of(use.call) in functions
            for use in scene.uses_of(socket, "ping")
        )
        or any(map(speaks_of_pings, beat.code))
        or any(
            isinstance(each, nodes.Function)
            and _PING.search(_CAMEL.sub(" ", scene.program.name_of(each)))
            for each in beat.code
        )
        or any(
            speaks_of_pings(argument.value)
            for call in (*sending, *scene.calls_in(run))
            for argument in call.arguments
            if _sends(scene, socket, call)
        )
    )


def speaks_of_pings(node: Node) -> bool:
    """Whether a string or a name in some code is about a ping."""
    for part in tree.walk(node):
        match part:
            case nodes.Literal(value=str() as text):
                words = text
            case (
                nodes.Name(id=name) | nodes.Member(name=name)
                | nodes.FunctionDef(name=name)
            ):  # fmt: skip
                words = _CAMEL.sub("_", name)
            case _:
                continue
        if _PING.search(words.replace("_", " ")):
            return True
    return False


def _unrepeated(scene: Scene, socket: Socket) -> Evidence:
    for use in scene.uses_of(socket, "send", "ping"):
        if use.op.means == "ping" or any(
            speaks_of_pings(argument.value) for argument in use.call.arguments
        ):
            why = "a ping is sent, but what repeats it was not found"
            return Evidence(Seen.UNKNOWN, why, scene.place(use.call))
    return Evidence(Seen.ABSENT)
