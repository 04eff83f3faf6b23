"""Waits: what a client waits for on its way back to a new connection."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import AT_ONCE, DIRECT
from wsaudit.analysis.numbers import Setting, entered
from wsaudit.analysis.rounds import rounds
from wsaudit.flow.conditions import deciding
from wsaudit.flow.ways import always_before
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.sleeps import Wait, promised, slept, timed
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.paths import Path
    from wsaudit.analysis.rounds import Path as Calls
    from wsaudit.analysis.rounds import Round
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.routes import Route
    from wsaudit.syntax.nodes import Node

Waits = tuple[Wait, ...]


def waits_on(
    scene: Scene, socket: Socket, route: Route
) -> tuple[tuple[Waits, bool], ...]:
    """What is waited for before the next attempt, on each way along a route.

    And whether the way is that of an attempt that came to nothing.
    """
    if route.path is not None:
        return ((tuple(_along(scene, route, route.path)), False),)
    within = _within(scene, route)
    found = rounds(scene, socket, route.sites, partial(_sleeping, scene, route))
    if not found:
        return ((within, False),)
    return tuple(((*_slept(scene, route, one), *within), one.failed) for one in found)


def _setting(scene: Scene, route: Route) -> Setting:
    """Where a route begins, with the conditions under which it is taken."""
    tests = (test for site in route.sites for test in deciding(scene.program, site))
    return Setting(scene, tests=frozenset(tests))


# -- after an end ----------------------------------------------------------------------


def _along(scene: Scene, route: Route, path: Path) -> Iterator[Wait]:
    """What is waited for from the handler of an end to the creation, in order."""
    setting = _setting(scene, route)
    for step in path.edges:
        yield from awaited_before(setting, step.site)
        site = step.site
        if not isinstance(site, nodes.Call):
            continue
        if step.how in {"timer", "interval"}:
            yield timed(setting, site)
        elif step.how == "later":
            why = f"when `{scene.text(site.function)}()` runs it"
            yield Wait(site, None, setting, why=why)
        elif step.how in DIRECT | AT_ONCE:
            yield from _promised_before(setting, site)
            setting = entered(setting, site, step.function)
    yield from awaited_before(setting, path.goal)


def _promised_before(setting: Setting, call: nodes.Call) -> Iterator[Wait]:
    """What the promises come to that a ``then`` is called on: ``sleep().then(f)``."""
    at: nodes.Expression = call
    while isinstance(at, nodes.Call) and isinstance(at.function, nodes.Member):
        if last_name(at.function) not in {"then", "catch", "finally"}:
            return
        at = tree.strip(at.function.object)
        if isinstance(at, nodes.Call):
            yield from promised(setting, at)


def awaited_before(setting: Setting, site: Node) -> Iterator[Wait]:
    """What has been slept for where a function gets to a call."""
    scene = setting.scene
    function = scene.program.function_of(site)
    if function is None:
        return
    for call in scene.calls_in((function,)):
        if always_before(scene.program, [call], site):
            yield from slept(setting, call)


# -- round a loop ----------------------------------------------------------------------


def _inside(scene: Scene, route: Route, path: Calls) -> Setting:
    """Where the last node of a path is looked at: inside the calls before it."""
    setting = _setting(scene, route)
    for site, inner in pairwise(path):
        function = scene.program.function_of(inner)
        if function is not None and isinstance(site, nodes.Call):
            setting = entered(setting, site, function)
    return setting


def _sleeping(scene: Scene, route: Route, path: Calls, level: int) -> list[nodes.Call]:
    """The calls beside a node of a path that let time pass, but for the session's."""
    parents = scene.program.parents
    function = scene.program.function_of(path[level])
    setting = _inside(scene, route, path[: level + 1])
    reading = {one.loop for one in receive_loops(scene)}
    beside = reading - set(tree.loops(path[level], parents)) - {path[level]}
    return [
        call
        for call in (scene.calls_in((function,)) if function is not None else ())
        if beside.isdisjoint(tree.loops(call, parents))
        and next(slept(setting, call), None) is not None
    ]


def _slept(scene: Scene, route: Route, one: Round) -> Iterator[Wait]:
    for path, at in one.passed:
        if isinstance(at, nodes.Call):
            yield from slept(_inside(scene, route, path), at)


def _within(scene: Scene, route: Route) -> Waits:
    """What an attempt itself waits for, before the creation."""
    sites = route.sites
    return tuple(
        wait
        for level in range(1, len(sites))
        for wait in awaited_before(
            _inside(scene, route, sites[: level + 1]), sites[level]
        )
    )
