"""Libraries: how the delay of a library that reconnects by itself is set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.numbers import Setting, cell_of, constant, lasting, series
from wsaudit.connections.capabilities import Capability, capability
from wsaudit.flow.conditions import deciding
from wsaudit.model import Evidence, Seen
from wsaudit.model.reconnection import Delay, Growth, Limit
from wsaudit.nouns.reconnection.backoff import delay_of
from wsaudit.nouns.reconnection.sleeps import slept
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_GROWTH = "backoff_growth"
_COUNTED = Evidence(Seen.PRESENT, "the library counts")


def delay_by_library(scene: Scene, socket: Socket) -> tuple[Delay, bool] | None:
    """The delay of a library, and whether it is as the library has it by default.

    None where nothing is known of the library's delays.
    """
    growth = capability(scene, socket, _GROWTH)
    first = capability(scene, socket, "backoff_delay")
    if growth is None and first is None:
        return None
    listed = _listed(scene, first)
    if listed is not None:
        return listed, False
    function = _given_function(scene, growth) or _given_function(scene, first)
    if function is not None and growth is not None and growth.option is not None:
        return _computed(scene, growth.option, function), False
    return _set_up(scene, socket, growth, first)


def _listed(scene: Scene, cap: Capability | None) -> Delay | None:
    """``withAutomaticReconnect([0, 1000, 5000])``: each delay written out."""
    if cap is None or cap.option is None:
        return None
    waits = _waits(scene, cap)
    if not waits:
        return None
    grows = Growth.GROWING if waits[0] < waits[-1] else Growth.CONSTANT
    first = next((wait for wait in waits if wait), 0.0)
    at = scene.place(cap.option)
    there = Evidence(Seen.PRESENT, "the delays are written out", at)
    never = Evidence(Seen.ABSENT)
    return Delay(at, grows, first, max(waits), jitter=never, cap=there, reset=_COUNTED)


def _waits(scene: Scene, cap: Capability) -> tuple[float, ...]:
    """The seconds in a list of delays; nothing where one of them does not fold."""
    scale = 1000 if cap.cap.unit == "ms" else 1
    found = scene.program.values(cap.option) if cap.option is not None else ()
    if len(found) != 1 or not isinstance(found[0], values.Seq):
        return ()
    numbers = [constant(Setting(scene), item) for item in found[0].node.items]
    if not all(isinstance(number, int | float) for number in numbers):
        return ()
    return tuple(number / scale for number in numbers if number is not None)


def _given_function(scene: Scene, cap: Capability | None) -> nodes.Function | None:
    if cap is None or cap.option is None:
        return None
    return next(iter(scene.functions_of(cap.option)), None)


def _computed(
    scene: Scene, option: nodes.Expression, function: nodes.Function
) -> Delay:
    """``reconnectInterval: (attempt) => …``, or ``retryWait``, which waits itself."""
    counts = (cell_of(scene, parameter) for parameter in function.parameters[-1:])
    counters = frozenset(cell for cell in counts if cell is not None)
    setting = Setting(scene, counts=counters)
    slept_for = [
        wait.for_
        for call in scene.calls_in((function,))
        for wait in slept(setting, call)
        if wait.for_ is not None
    ]
    what = series(setting, slept_for or (function,))
    return replace(delay_of(scene.place(option), what, 1000.0), reset=_COUNTED)


def _set_up(
    scene: Scene,
    socket: Socket,
    growth: Capability | None,
    first: Capability | None,
) -> tuple[Delay, bool]:
    """A delay by options that are numbers, or by the library's defaults."""
    jitter = capability(scene, socket, "backoff_jitter")
    chance = _chance(scene, first)
    cap = capability(scene, socket, "backoff_cap")
    chosen = [
        each.option
        for each in (growth, first, jitter, cap)
        if each is not None and each.option is not None
    ]
    at = scene.place(chosen[0]) if chosen else socket.fact.at
    seconds, longest = _seconds(scene, first), _seconds(scene, cap)
    grows = Growth.CONSTANT
    if growth is not None and growth.seen is Seen.UNKNOWN:
        grows = Growth.UNKNOWN
    elif growth is not None and growth.seen is Seen.PRESENT:
        fixed = longest is not None and seconds is not None and seconds >= longest
        grows = Growth.CONSTANT if fixed else Growth.GROWING
    delay = Delay(
        at,
        grows,
        seconds,
        longest if cap is not None and cap.seen is Seen.PRESENT else None,
        jitter=chance or _as_evidence(jitter),
        cap=_as_evidence(cap),
        reset=_COUNTED,
        why="the options that set the delay" if grows is Growth.UNKNOWN else "",
    )
    return delay, not chosen


def _chance(scene: Scene, cap: Capability | None) -> Evidence | None:
    """``1000 + Math.random() * 4000``, which differs from client to client."""
    if cap is None or cap.option is None:
        return None
    if not series(Setting(scene), (cap.option,)).random:
        return None
    return Evidence(Seen.PRESENT, "the delay is random", scene.place(cap.option))


def _as_evidence(cap: Capability | None) -> Evidence:
    if cap is None:
        return Evidence(Seen.ABSENT)
    return Evidence(cap.seen, cap.cap.source)


def _seconds(scene: Scene, cap: Capability | None) -> float | None:
    """The number of seconds that a capability stands for."""
    if cap is None:
        return None
    value = cap.value
    if cap.option is not None:
        value = constant(Setting(scene), cap.option)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if cap.cap.unit == "ms" else float(value)


def limit_by_library(scene: Scene, socket: Socket) -> Limit | None:
    """After how many attempts a library gives up, None when it never does."""
    return _by_options(scene, socket) or _by_closing(scene, socket)


def _by_closing(scene: Scene, socket: Socket) -> Limit | None:
    """``if (failures > 20) socket.disconnect()``: a close that a count decides on."""
    setting = Setting(scene)
    for use in scene.uses_of(socket, "close"):
        for test in deciding(scene.program, use.call):
            found = lasting(setting, test, so=False)
            if found is not None:
                at, counter = scene.place(test), found.counter.name
                return Limit(at, found.attempts, counter=counter, reset=_COUNTED)
    return None


def _may_give_nothing(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function that gives delays may give none, which ends the attempts."""
    return values.Const(None) in scene.program.results(function) or any(
        isinstance(node, nodes.Return) and node.value is None
        for node in tree.own_of(function)
    )


def _by_options(scene: Scene, socket: Socket) -> Limit | None:
    cap = capability(scene, socket, "max_attempts")
    if cap is None or cap.seen is Seen.ABSENT:
        return None
    at = scene.place(cap.option) if cap.option is not None else socket.fact.at
    value = cap.value
    if cap.option is not None:
        told = not scene.functions_of(cap.option)
        value = len(_waits(scene, cap)) or (
            constant(Setting(scene), cap.option) if told else None
        )
        if value is None:
            function = _given_function(scene, capability(scene, socket, _GROWTH))
            ends = function is None or _may_give_nothing(scene, function)
            return Limit(at, reset=_COUNTED) if ends else None
    if not isinstance(value, int | float) or value in {float("inf"), -1}:
        return None
    return Limit(at, int(value), reset=_COUNTED)
