"""Waking: which effects run again because a function writes the state that they see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.edges import (
    TIMED,
    Edge,
    How,
    handed,
)
from wsaudit.analysis.outcomes import comes_out
from wsaudit.analysis.states import effects_on, handed_on, write_of, written_cells
from wsaudit.flow.conditions import known
from wsaudit.program import folding, tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.analysis.states import StateWrite
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node


@asked
def woken(scene: Scene, function: nodes.Function) -> tuple[Edge, ...]:
    """The effects that run again because of the state that a function writes.

    An effect that does nothing with what is written is left out.
    """
    found: list[Edge] = []
    for call in scene.calls_in((function,)):
        write = write_of(scene, call)
        if write is not None:
            found += _waking(scene, write, "state")
        for given in handed_on(scene, call):
            timed = handed(scene, call)
            found += _waking(scene, given, timed if timed in TIMED else "state")
    return tuple(found)


def _waking(scene: Scene, write: StateWrite, way: How) -> Iterator[Edge]:
    for cell, value in written_cells(scene, write):
        for effect in effects_on(scene).get(cell, ()):
            idle = _refused(scene, effect, cell, value) or _unchanged(
                scene, effect, write.call, cell, value
            )
            if not idle:
                yield Edge(way, write.call, effect.callback)


def _refused(
    scene: Scene, effect: Effect, cell: Cell, value: nodes.Expression | None
) -> bool:
    """Whether an effect does nothing once the state in a cell has a value."""
    if isinstance(value, nodes.Conditional):
        return all(
            _refused(scene, effect, cell, each) for each in (value.then, value.other)
        )
    if value is None or folding.fold(scene.program, value) is None:
        return False
    calls = scene.calls_in((effect.callback,))
    acting = [call for call in calls if scene.program.callees(call) or call.new]
    return bool(acting) and all(
        any(
            comes_out(scene, one, cell, value) is False
            for one in known(scene.program, call)
        )
        for call in acting
    )


def _unchanged(
    scene: Scene,
    effect: Effect,
    write: nodes.Call,
    cell: Cell,
    value: nodes.Expression | None,
) -> bool:
    """Whether a state is set to what it was when the effect made what sets it.

    And to nothing else, by anybody.
    """
    constant = folding.fold(scene.program, value) if value is not None else None
    made: Node | None = None
    for around in tree.ancestors(write, scene.program.parents):
        if around is effect.callback:
            break
        if isinstance(around, nodes.Function):
            made = around
    else:
        return False
    if constant is None or made is None:
        return False
    plain = constant.value is None or isinstance(constant.value, bool)
    return any(
        comes_out(scene, one, cell, value) is True
        and all(
            comes_out(scene, one, cell, other.value) is True
            for other in writes(scene, cell)
            if not other.first
        )
        for one in known(scene.program, made)
        if plain or isinstance(one.test, nodes.Binary)
    )
