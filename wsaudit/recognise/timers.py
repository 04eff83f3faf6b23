"""Timers: ``setTimeout`` and ``setInterval``, whosever, and what clears them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.cells import Cell
    from wsaudit.recognise.scene import Scene

STARTS = ("setTimeout", "setInterval")
CLEARS = ("clearTimeout", "clearInterval")


@dataclass(frozen=True, slots=True, eq=False)
class TimerStart:
    """A call that starts a timer.

    ``functions`` is what it runs (``resolved`` false when some of it is not known),
    ``delay`` the expression in milliseconds, ``holder`` what keeps the handle (None
    when it is dropped) and ``cell`` where that lives, for finding what clears it.
    """

    call: nodes.Call
    repeats: bool
    functions: tuple[nodes.Function, ...]
    resolved: bool
    delay: nodes.Expression | None
    holder: nodes.Expression | None
    cell: Cell | None


@asked
def timers(scene: Scene) -> tuple[TimerStart, ...]:
    """Every timer of the program; any callee that ends in a timer's name counts.

    Applications wrap timers (in a worker, say) under the same names.
    """
    return tuple(
        _timer(scene, call)
        for call in scene.program.calls_of(STARTS)
        if last_name(call.function) in STARTS and call.arguments
    )


def _timer(scene: Scene, call: nodes.Call) -> TimerStart:
    functions = scene.functions_of(call.arguments[0].value)
    holder = _holder(scene, call)
    return TimerStart(
        call,
        last_name(call.function) == "setInterval",
        functions,
        bool(functions),
        call.arguments[1].value if len(call.arguments) > 1 else None,
        holder,
        scene.program.cell(holder) if holder is not None else None,
    )


def _holder(scene: Scene, call: nodes.Call) -> nodes.Expression | None:
    """The name or member that a timer's handle is assigned to."""
    for around in flow.ancestors(call, scene.program.parents):
        match around:
            case nodes.Bind(target=nodes.Name() | nodes.Member() as target):
                return target
            case nodes.Assign(target=nodes.Name() | nodes.Member() as target):
                return target
            case nodes.Cast() | nodes.Conditional() | nodes.Logical():
                continue
            case _:
                return None
    return None


def timers_in(
    scene: Scene, functions: frozenset[nodes.Function]
) -> Iterator[TimerStart]:
    """The timers that some functions start themselves."""
    for timer in timers(scene):
        if scene.program.function_of(timer.call) in functions:
            yield timer


def clears_of(scene: Scene, timer: TimerStart) -> Iterator[nodes.Call]:
    """The calls that clear a timer's handle, wherever they stand."""
    if timer.cell is None:
        return
    for call in scene.program.calls_of(CLEARS):
        if call.arguments and scene.program.cell(call.arguments[0].value) == (
            timer.cell
        ):
            yield call
