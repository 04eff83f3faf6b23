"""Backoff: the delay before a new attempt, put together from what is waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import returned
from wsaudit.model import Evidence, Seen
from wsaudit.model.reconnection import Delay, Growth, Limit
from wsaudit.nouns.reconnection.attempts import bound_of
from wsaudit.nouns.reconnection.resets import called, reset, spoiled
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsaudit.analysis.cells import Cell
    from wsaudit.analysis.numbers import Series
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.routes import Route
    from wsaudit.nouns.reconnection.sleeps import Wait
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

INSTANT = 0.1
"""Seconds below which a wait is none."""
HOUR = 3600.0


def delay_and_limit(
    scene: Scene, socket: Socket, waits: Sequence[Wait], route: Route, at: Node
) -> tuple[Delay, Limit | None]:
    """The delay that some waits make up, and the limit of the attempts.

    ``at`` is where the delay would be if there is none. Several waits are taken as one
    after the other, or as what one or another handler does: the one that grows counts,
    else the one that is not followed, else the least.
    """
    limit = _limit(scene, socket, route)
    told = [(wait, wait.series) for wait in waits]
    if not told:
        return Delay(scene.place(at), Growth.IMMEDIATE), limit
    wait, what = _telling(told)
    delay = delay_of(scene.place(wait.at), what, _unit(wait))
    delay = replace(
        delay,
        jitter=_chance([series for _, series in told]),
        computed=_computed(scene, wait),
    )
    if delay.growth is Growth.GROWING:
        delay = _with_counters(scene, socket, delay, what, route)
    return delay, limit


def _unit(wait: Wait) -> float:
    return 1000.0 if wait.milliseconds else 1.0


def _telling(told: list[tuple[Wait, Series]]) -> tuple[Wait, Series]:
    for one in told:
        if one[1].varies:
            return one
    for one in told:
        if one[1].unknown:
            return one
    return min(told, key=lambda one: one[1].first or HOUR)


def delay_of(at: Place, what: Series, unit: float) -> Delay:
    """What a series of waits says of a delay; ``unit`` are its parts of a second."""
    first = None if what.first is None else what.first / unit
    chance = _chance([what])
    if what.varies:
        return Delay(
            at,
            Growth.GROWING,
            first,
            None if what.longest is None else what.longest / unit,
            tuple(wait / unit for wait in what.waits) if what.exact else (),
            chance,
            Evidence(Seen.PRESENT, "capped") if what.capped else Evidence(Seen.ABSENT),
        )
    if what.unknown:
        return Delay(at, Growth.UNKNOWN, jitter=chance, why=what.unknown)
    if first is not None and first < INSTANT and not what.random:
        return Delay(at, Growth.IMMEDIATE, first)
    return Delay(at, Growth.CONSTANT, first, jitter=chance)


def _chance(found: Sequence[Series]) -> Evidence:
    if any(what.random for what in found):
        return Evidence(Seen.PRESENT, "chance is in the delay")
    for what in found:
        if what.veiled:
            return Evidence(Seen.UNKNOWN, what.unknown)
    return Evidence(Seen.ABSENT)


def _with_counters(
    scene: Scene, socket: Socket, delay: Delay, what: Series, route: Route
) -> Delay:
    """A growing delay with what makes it grow, and what sets that back."""
    counters = sorted(what.counters, key=lambda cell: called(scene, cell))
    early = [at for cell in counters if (at := spoiled(scene, cell, route))]
    return replace(
        delay,
        counter=called(scene, counters[0]) if counters else "",
        reset=_worst([reset(scene, socket, cell, route) for cell in counters]),
        spoiled=early[0] if early else None,
    )


def _computed(scene: Scene, wait: Wait) -> Place | None:
    """What a function gives that computes the delays of several places."""
    call = tree.strip(wait.for_) if wait.for_ is not None else None
    if not isinstance(call, nodes.Call):
        return None
    functions = scene.program.callees(call)
    if len(functions) != 1 or len(scene.program.callers(functions[0])) < 2:
        return None
    given = tuple(returned(functions[0]))
    return scene.place(given[0]) if len(given) == 1 else None


def _worst(found: list[Evidence]) -> Evidence:
    """Absent if one is, else unknown if one is."""
    for seen in (Seen.ABSENT, Seen.UNKNOWN, Seen.PRESENT):
        for evidence in found:
            if evidence.seen is seen:
                return evidence
    return Evidence(Seen.UNKNOWN, "what changes the delay")


def _limit(scene: Scene, socket: Socket, route: Route) -> Limit | None:
    """After how many attempts a way back is given up, None when it never is."""
    bound = bound_of(scene, route.sites)
    if bound is None:
        return None
    at = scene.place(bound.at)
    if bound.counter is None:
        return Limit(at, bound.attempts, reset=Evidence(Seen.PRESENT, "counts anew"))
    cell: Cell = bound.counter
    back = reset(scene, socket, cell, route)
    return Limit(at, bound.attempts, called(scene, cell), back)
