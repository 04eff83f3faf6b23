"""Timers: what is started to run later, once or again and again, and what ends it.

`timers` are all of them, `timers_in` those that some functions start, `clears_of` the
calls that clear one, `cleared_in` whether some functions do, `dropped` whether nothing
can.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Timer:
    """A call that starts a timer.

    ``functions`` is what it runs (``resolved`` false when some of it is not known),
    ``delay`` the expression in milliseconds, and ``cell`` where its handle is kept,
    for finding what clears it.
    """

    call: nodes.Call
    repeats: bool
    functions: tuple[nodes.Function, ...]
    delay: nodes.Expression | None
    cell: Cell | None

    @property
    def resolved(self) -> bool:
        """Whether what it runs is in sight."""
        return bool(self.functions)


@asked
def timers(scene: Scene) -> tuple[Timer, ...]:
    """Every timer of the program; any callee that ends in a timer's name counts.

    Applications wrap timers (in a worker, say) under the same names.
    """
    starts = scene.dialects.spoken("starts-timer")
    return tuple(
        _timer(scene, call)
        for call in scene.program.calls_of(starts)
        if last_name(call.function) in starts and call.arguments
    )


def _timer(scene: Scene, call: nodes.Call) -> Timer:
    holder = _holder(scene, call)
    return Timer(
        call,
        scene.dialects.speaks("repeats", last_name(call.function)),
        scene.functions_of(call.arguments[0].value),
        call.arguments[1].value if len(call.arguments) > 1 else None,
        scene.program.cell(holder) if holder is not None else None,
    )


def _holder(scene: Scene, call: nodes.Call) -> nodes.Expression | None:
    """The name or member that a timer's handle is assigned to."""
    for around in tree.ancestors(call, scene.program.parents):
        match around:
            case (
                nodes.Bind(target=nodes.Name() | nodes.Member() as target)
                | nodes.Assign(target=nodes.Name() | nodes.Member() as target)
            ):
                return target
            case nodes.Cast() | nodes.Conditional() | nodes.Logical():
                continue
            case _:
                return None
    return None


def timers_in(scene: Scene, functions: Collection[nodes.Function]) -> tuple[Timer, ...]:
    """The timers that some functions start themselves."""
    return tuple(
        timer
        for timer in timers(scene)
        if scene.program.function_of(timer.call) in functions
    )


@asked
def clears_of(scene: Scene, timer: Timer) -> tuple[nodes.Call, ...]:
    """The calls that clear a timer's handle, wherever it is kept, and they stand."""
    held = {timer.cell, *kept_in(scene, timer.call)} - {None}
    return tuple(
        call
        for call in scene.program.calls_of(scene.dialects.spoken("stops-timer"))
        if call.arguments and scene.program.cell(call.arguments[0].value) in held
    )


def cleared_in(
    scene: Scene, timer: Timer, functions: Container[nodes.Function | None]
) -> nodes.Call | None:
    """The first call in some functions that clears a timer."""
    return next(
        (
            call
            for call in clears_of(scene, timer)
            if scene.program.function_of(call) in functions
        ),
        None,
    )


def dropped(scene: Scene, timer: Timer) -> bool:
    """Whether a timer's handle is thrown away, so that nothing can clear it."""
    parents = scene.program.parents
    parent = parents.get(timer.call)
    if isinstance(parent, nodes.Expr):
        return True
    # ``ws.onclose = () => setTimeout(connect, 1000)`` returns it to nobody.
    function = parents.get(parent) if isinstance(parent, nodes.Node) else None
    return (
        isinstance(parent, nodes.Return)
        and isinstance(function, nodes.Function)
        and function.concise
        and any(function in attached.functions for attached in scene.attached)
    )


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The timer that a call starts, and what clears it."""
    for timer in timers(scene):
        if timer.call is node:
            often = "again and again" if timer.repeats else "once"
            yield (f"starts a timer that runs {often}",)
            for call in clears_of(scene, timer):
                yield "cleared at ", scene.place(call)
