"""Updaters: what the functions do to connections that only work out a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.cells import reads
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.feeds import message_runs
from wsaudit.analysis.feeds.parts import reducers
from wsaudit.analysis.feeds.writes import hooks
from wsaudit.analysis.runs import Below, spread
from wsaudit.analysis.states import write_of
from wsaudit.analysis.timers import timers_in
from wsaudit.connections.scene import written
from wsaudit.limits import NEAR
from wsaudit.model.states import SideEffect, Updater
from wsaudit.program import stores, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.model import Connection
    from wsaudit.syntax.nodes import Node

_HOWS: dict[str, Only["sends", "closes"]] = {"send": "sends", "close": "closes"}


def updaters(scene: Scene) -> Iterator[Updater]:
    """The updaters and reducers that touch connections, or that messages run."""
    fed = {
        function: socket.fact
        for socket, runs in reversed(message_runs(scene))
        for function in runs
    }
    for call, function in _given(scene):
        found = _first_by_place(_effects(scene, function))
        connections = dict.fromkeys(each for each in found.values() if each)
        if not found and function in fed:
            connections = {fed[function]: None}
        if found or connections:
            yield Updater(
                at=scene.callee_place(call),
                connections=tuple(connections),
                text=written(call.function),
                effects=tuple(found),
            )


def _first_by_place(
    found: Iterable[tuple[SideEffect, Connection | None]],
) -> dict[SideEffect, Connection | None]:
    """One side effect for each place, rather what it is for than that it connects."""
    ranked = sorted(found, key=lambda each: each[0].how == "opens")
    places = {effect.at: (effect, connection) for effect, connection in ranked[::-1]}
    return dict(sorted(places.values(), key=lambda each: each[0].at))


def _given(scene: Scene) -> Iterator[tuple[nodes.Call, nodes.Function]]:
    """The functions that state setters and ``useReducer`` are given."""
    for function, call in reducers(scene).items():
        yield call, function
    for hook in hooks(scene):
        yield from _updating(scene, hook)


def _updating(
    scene: Scene, hook: values.Instance
) -> Iterator[tuple[nodes.Call, nodes.Function]]:
    for call in stores.setter_calls(scene.program, hook):
        write = write_of(scene, call)
        if write is not None and write.value is not None:
            for function in scene.functions_of(write.value):
                yield call, function


def _effects(
    scene: Scene, function: nodes.Function
) -> Iterator[tuple[SideEffect, Connection | None]]:
    run = spread(scene, (function,), hows=AT_ONCE, deep=NEAR)

    def told(
        call: nodes.Call,
        how: Only["sends", "opens", "closes", "schedules", "queues"],
    ) -> SideEffect:
        leading = _leading(scene, run, function, call)
        return SideEffect(scene.callee_place(leading), how, written(leading.function))

    for call, how, connection in _operations(scene, run):
        yield told(call, how), connection
    for call in scene.calls_in(run):
        waiting = _queues(scene, call)
        if waiting is not None:
            yield told(call, "queues"), waiting
    for timer in timers_in(scene, run):
        later = spread(scene, timer.functions, hows=AT_ONCE, deep=NEAR)
        for _, _, connection in _operations(scene, later):
            yield told(timer.call, "schedules"), connection
            break


def _leading(
    scene: Scene, run: Below, function: nodes.Function, call: nodes.Call
) -> nodes.Call:
    """The call in a function itself that comes to one further down."""
    at: Node | None = call
    for _ in range(NEAR + 1):
        home = scene.program.function_of(at) if at is not None else None
        if home is function:
            return at if isinstance(at, nodes.Call) else call
        edge = run.edges.get(home) if home is not None else None
        at = edge.site if edge is not None else None
    return call


def _queues(scene: Scene, call: nodes.Call) -> Connection | None:
    """The connection on which what a ref is given here is sent later."""
    function = call.function
    if not isinstance(function, nodes.Member):
        return None
    cell = scene.program.cell(function.object)
    if (
        cell is None
        or cell.kind != "ref"
        or not scene.dialects.speaks("adds", function.name)
    ):
        return None
    reading = {scene.program.function_of(node) for node in reads(scene, cell)}
    for use in scene.uses:
        if use.op.means == "send" and scene.program.function_of(use.call) in reading:
            return use.sockets[0].fact
    return None


def _operations(
    scene: Scene, functions: Below
) -> Iterator[tuple[nodes.Call, Only["sends", "opens", "closes"], Connection | None]]:
    """The operations on sockets in some functions, and the sockets made there."""
    for call in scene.calls_in(functions):
        use = scene.use(call)
        how = _HOWS.get(use.op.means) if use is not None else None
        if use is not None and how is not None:
            yield call, how, use.sockets[0].fact
        for socket in scene.sockets:
            if socket.creation is call:
                yield call, "opens", socket.fact
