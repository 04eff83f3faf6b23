"""Libraries: how the delay of a library that reconnects by itself is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Seen
from wsaudit.model.reconnection import Delay, Growth, Limit
from wsaudit.program import tree
from wsaudit.recognise.connections.capabilities import Capability, capability
from wsaudit.recognise.reconnection.courses import course
from wsaudit.recognise.reconnection.delays import Setting, amount, combined
from wsaudit.recognise.reconnection.figures import figure
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.reconnection.delays import Amount
    from wsaudit.recognise.scene import Scene, Socket

_COUNTED = Evidence(Seen.PRESENT, "the library counts")


def delay_by_library(scene: Scene, socket: Socket) -> tuple[Delay, bool] | None:
    """The delay of a library, and whether it is as the library has it by default.

    None where nothing is known of the library's delays.
    """
    growth = capability(scene, socket, "backoff_growth")
    first = capability(scene, socket, "backoff_delay")
    if growth is None and first is None:
        return None
    function = _given_function(scene, growth) or _given_function(scene, first)
    if function is not None and growth is not None and growth.option is not None:
        return _computed(scene, growth.option, function), False
    return _set_up(scene, socket, growth, first)


def _given_function(scene: Scene, cap: Capability | None) -> nodes.Function | None:
    if cap is None or cap.option is None:
        return None
    return next(iter(scene.functions_of(cap.option)), None)


def _computed(
    scene: Scene, option: nodes.Expression, function: nodes.Function
) -> Delay:
    """``reconnectInterval: (attempt) => …``."""
    counts = function.parameters[:1]
    setting = Setting(scene, counts=frozenset(counts))
    returned = [
        node.value
        for node in tree.own_of(function)
        if isinstance(node, nodes.Return) and node.value is not None
    ]
    what = combined(amount(setting, value) for value in returned)
    at = scene.place(option)
    waited = course(setting, (returned[0],), what.counters) if returned else None
    seconds = None if waited is None or waited.first is None else waited.first / 1000
    if not what.varies:
        growth = Growth.UNKNOWN if what.unknown or not returned else Growth.CONSTANT
        return Delay(at, growth, seconds, jitter=_chance(what), why=what.unknown)
    longest = waited.longest() if waited else None
    late = waited.beyond(3_600_000) if waited else None
    capped = what.capped or longest is not None
    return Delay(
        at,
        Growth.GROWING,
        seconds,
        None if longest is None else longest / 1000,
        None if capped or late is None else (late[0], late[1] / 1000),
        waited.factor if waited else None,
        _chance(what),
        Evidence(Seen.PRESENT if capped else Seen.ABSENT),
        reset=_COUNTED,
    )


def _chance(what: Amount) -> Evidence:
    if what.random:
        return Evidence(Seen.PRESENT)
    return Evidence(Seen.UNKNOWN if what.veiled else Seen.ABSENT, what.unknown)


def _set_up(
    scene: Scene,
    socket: Socket,
    growth: Capability | None,
    first: Capability | None,
) -> tuple[Delay, bool]:
    """A delay by options that are numbers, or by the library's defaults."""
    jitter = capability(scene, socket, "backoff_jitter")
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
        jitter=_as_evidence(jitter),
        cap=_as_evidence(cap),
        reset=_COUNTED,
        why="the options that set the delay" if grows is Growth.UNKNOWN else "",
    )
    return delay, not chosen


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
        value = figure(Setting(scene), cap.option, {})
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if cap.cap.unit == "ms" else float(value)


def limit_by_library(scene: Scene, socket: Socket) -> Limit | None:
    """After how many attempts a library gives up, None when it never does."""
    cap = capability(scene, socket, "max_attempts")
    if cap is None or cap.seen is Seen.ABSENT:
        return None
    at = scene.place(cap.option) if cap.option is not None else socket.fact.at
    value = cap.value
    if cap.option is not None:
        value = figure(Setting(scene), cap.option, {})
        if value is None:
            return Limit(at, reset=_COUNTED)
    if not isinstance(value, int | float) or value in {float("inf"), -1}:
        return None
    return Limit(at, int(value), reset=_COUNTED)
