"""Metrics: whether something measures the connections of servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.effects import Does, effects
from wsaudit.model import Evidence, Role, Seen
from wsaudit.model.observability import Metrics
from wsaudit.program.tree import dotted, last_name
from wsaudit.source import is_test
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

MAKES = (Metrics,)

_WORD = re.compile(r"[A-Z]?[a-z]+")


def find(scene: Scene) -> Iterator[Metrics]:
    """One fact for a project with endpoints."""
    served = [
        (socket.endpoint, socket)
        for socket in scene.sockets
        if socket.endpoint is not None
        and socket.fact.judged
        and socket.fact.role is not Role.LIBRARY
    ]
    if served:
        first = min((endpoint for endpoint, _ in served), key=lambda one: one.known_by)
        yield Metrics(
            at=first.at,
            connections=tuple(socket.fact for _, socket in served),
            text=first.shown,
            counted=_counted(scene, [socket for _, socket in served]),
            elsewhere=_elsewhere(scene),
        )


def _counted(scene: Scene, served: Iterable[Socket]) -> Evidence:
    """Where a measure is taken as connections run, or beside the code that runs."""
    functions = [each for socket in served for each in scene.in_order(socket.unit)]
    for function in functions:
        for effect in effects(scene, function):
            if effect.does is Does.MEASURES:
                return Evidence(
                    Seen.PRESENT, _says(scene, effect.node), scene.place(effect.node)
                )
    homes = {scene.program.module_of(function).path for function in functions}
    for call in _measures(scene):
        if scene.place(call).path in homes:
            return Evidence(Seen.PRESENT, _says(scene, call), scene.place(call))
    for call in scene.calls_in(functions):
        if _may_measure(scene, call):
            why = f"`{scene.text(call)}` is not in sight and may measure"
            return Evidence(Seen.UNKNOWN, why, scene.place(call))
    return Evidence(Seen.ABSENT)


def _may_measure(scene: Scene, call: nodes.Call) -> bool:
    """Whether something is named as measures are, whatever it does."""
    says = scene.dialects.speaks
    return says("measures", last_name(call.function)) or any(
        says("about-metrics", word.lower())
        for word in _WORD.findall(dotted(call.function))
    )


def _elsewhere(scene: Scene) -> str:
    """What the first measure of the project's own code is called."""
    return next(
        (
            scene.text(call.function)
            for call in _measures(scene)
            if not is_test(scene.place(call).path)
        ),
        "",
    )


def _measures(scene: Scene) -> Iterator[nodes.Call]:
    for call in scene.program.calls_of(scene.dialects.word_ends("metric")):
        if scene.word("metric", call) is not None:
            yield call


def _says(scene: Scene, node: nodes.Node) -> str:
    shown = scene.text(node.function) if isinstance(node, nodes.Call) else "a call"
    return f"`{shown}()` measures"
