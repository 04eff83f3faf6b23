"""Backoff: the delay before a new attempt, put together from what is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Seen
from wsaudit.model.reconnection import Delay, Growth, Limit
from wsaudit.recognise.reconnection.attempts import bound_of
from wsaudit.recognise.reconnection.counters import name_of
from wsaudit.recognise.reconnection.courses import course
from wsaudit.recognise.reconnection.delays import combined
from wsaudit.recognise.reconnection.resets import Way, reset, spoiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsaudit.recognise.reconnection.counters import Place
    from wsaudit.recognise.reconnection.courses import Course
    from wsaudit.recognise.reconnection.delays import Amount
    from wsaudit.recognise.reconnection.waits import Wait
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

INSTANT = 0.1
"""Seconds below which a wait is none."""
HOUR = 3600.0


def delay_and_limit(
    scene: Scene, socket: Socket, waits: Sequence[Wait], way: Way, at: Node
) -> tuple[Delay, Limit | None]:
    """The delay that some waits make up, and the limit of the attempts.

    ``at`` is where the delay would be if there is none. Several waits are taken as one
    after the other, or as what one or another handler does: the one that grows counts,
    else the one that is not followed, else the least.
    """
    limit = _limit(scene, socket, way)
    attempts = limit.attempts if limit is not None else None
    return _delay(scene, socket, waits, way, at, attempts), limit


def _delay(
    scene: Scene,
    socket: Socket,
    waits: Sequence[Wait],
    way: Way,
    at: Node,
    attempts: int | None,
) -> Delay:
    wait = _telling(waits)
    if wait is None:
        return Delay(scene.place(at), Growth.IMMEDIATE)
    what = wait.amount
    unit = 1000.0 if wait.milliseconds else 1.0
    chance = _chance(combined(each.amount for each in waits))
    if what.varies:
        return _growing(scene, socket, wait, what, way, chance, attempts)
    if what.unknown:
        return Delay(scene.place(wait.at), Growth.UNKNOWN, why=what.unknown)
    seconds = _first(wait, unit)
    if seconds is not None and seconds < INSTANT and not what.random:
        return Delay(scene.place(wait.at), Growth.IMMEDIATE, seconds)
    return Delay(scene.place(wait.at), Growth.CONSTANT, seconds, jitter=chance)


def _telling(waits: Sequence[Wait]) -> Wait | None:
    for wait in waits:
        if wait.amount.varies:
            return wait
    for wait in waits:
        if wait.amount.unknown:
            return wait
    if not waits:
        return None
    return min(waits, key=lambda wait: _first(wait, 1.0) or HOUR)


def _first(wait: Wait, unit: float) -> float | None:
    first = _course(wait, frozenset()).first
    return None if first is None else first / unit


def _course(wait: Wait, counters: frozenset[Place]) -> Course:
    given = () if wait.for_ is None else (wait.for_,)
    return course(wait.setting, given, counters)


def _chance(what: Amount) -> Evidence:
    if what.random:
        return Evidence(Seen.PRESENT, "chance is in the delay")
    if what.veiled:
        return Evidence(Seen.UNKNOWN, what.unknown)
    return Evidence(Seen.ABSENT)


def _growing(
    scene: Scene,
    socket: Socket,
    wait: Wait,
    what: Amount,
    way: Way,
    chance: Evidence,
    attempts: int | None,
) -> Delay:
    unit = 1000.0 if wait.milliseconds else 1.0
    waited = _course(wait, what.counters)
    longest, late = waited.longest(), waited.beyond(HOUR * unit)
    capped = what.capped or longest is not None
    counters = sorted(what.counters, key=lambda place: name_of(scene, place))
    early = [at for place in counters if (at := spoiled(scene, place, way))]
    return Delay(
        scene.place(wait.at),
        Growth.GROWING,
        None if waited.first is None else waited.first / unit,
        None if longest is None else longest / unit,
        None if capped or late is None else (late[0], late[1] / unit),
        waited.factor,
        chance,
        Evidence(Seen.PRESENT, "capped") if capped else Evidence(Seen.ABSENT),
        name_of(scene, counters[0]) if counters else "",
        _worst([reset(scene, socket, place, way) for place in counters]),
        early[0] if early else None,
        _at_most(waited, attempts, unit),
    )


def _at_most(waited: Course, attempts: int | None, unit: float) -> float | None:
    """The longest wait of a number of attempts."""
    if attempts is None or not 0 < attempts <= len(waited.waits):
        return None
    return max(waited.waits[:attempts]) / unit


def _worst(found: list[Evidence]) -> Evidence:
    """Absent if one is, else unknown if one is."""
    for seen in (Seen.ABSENT, Seen.UNKNOWN, Seen.PRESENT):
        for evidence in found:
            if evidence.seen is seen:
                return evidence
    return Evidence(Seen.UNKNOWN, "what changes the delay")


def _limit(scene: Scene, socket: Socket, way: Way) -> Limit | None:
    """After how many attempts a way back is given up, None when it never is."""
    bound = bound_of(scene, way.sites)
    if bound is None:
        return None
    at = scene.place(bound.at)
    if bound.counter is None:
        return Limit(at, bound.attempts, reset=Evidence(Seen.PRESENT, "counts anew"))
    return Limit(
        at,
        bound.attempts,
        name_of(scene, bound.counter),
        reset(scene, socket, bound.counter, way),
    )
