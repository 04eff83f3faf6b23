"""Libraries: how the delay of a library that reconnects by itself is set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.numbers import Setting, cell_of, constant, series
from wsaudit.connections.capabilities import Capability, capability
from wsaudit.model import Evidence, Seen
from wsaudit.model.reconnection import Delay, Growth, Limit
from wsaudit.nouns.reconnection.backoff import delay_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

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
    counts = (cell_of(scene, parameter) for parameter in function.parameters[:1])
    counters = frozenset(cell for cell in counts if cell is not None)
    what = series(Setting(scene, counts=counters), (function,))
    return replace(delay_of(scene.place(option), what, 1000.0), reset=_COUNTED)


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
        value = constant(Setting(scene), cap.option)
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
        value = constant(Setting(scene), cap.option)
        if value is None:
            return Limit(at, reset=_COUNTED)
    if not isinstance(value, int | float) or value in {float("inf"), -1}:
        return None
    return Limit(at, int(value), reset=_COUNTED)
