"""Latches: flags that an effect's cleanup sets, and that keep it from connecting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, name_of, outlives, writes
from wsaudit.analysis.components import effects
from wsaudit.analysis.edges import AT_ONCE, RUN
from wsaudit.analysis.paths import paths
from wsaudit.analysis.runs import spread
from wsaudit.deployment import requirements
from wsaudit.flow.conditions import known
from wsaudit.model import Evidence, Seen
from wsaudit.model.lifecycle import Latch
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (Latch,)

_NAMED = nodes.Name | nodes.Member
_REMOUNTS = frozenset({"next"})
"""Packages whose projects mount each component twice while they are developed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """A flag that a cleanup sets to a truth value."""

    cell: Cell
    value: bool
    at: Node
    text: str


def find(scene: Scene) -> Iterator[Latch]:
    """One fact for each flag that a cleanup sets and the way to a socket asks for."""
    clients = scene.clients()
    for effect in effects(scene) if clients else ():
        for flag in _flags(scene, effect):
            for socket in clients:
                test = _barring(scene, effect, socket, flag)
                if test is not None:
                    yield _latch(scene, effect, socket, flag, test)
                    break


def _flags(scene: Scene, effect: Effect) -> Iterator[_Set]:
    """The flags that outlive an effect's run and are set when that is over."""
    for function in spread(scene, effect.cleanups, hows=AT_ONCE, deep=2):
        for node in tree.own_of(function):
            match node:
                case (
                    nodes.Bind(target=target, value=value, op="=")
                    | nodes.Assign(target=target, value=value, op="=")
                ) if isinstance(target, _NAMED) and value is not None:
                    cell = scene.program.cell(target)
                    constant = folding.fold(scene.program, value)
                    if cell is None or constant is None:
                        continue
                    if isinstance(constant.value, bool) and _stays(scene, cell, effect):
                        text = scene.text(target)
                        yield _Set(cell, constant.value, node, text)
                case _:
                    continue


def _stays(scene: Scene, cell: Cell, effect: Effect) -> bool:
    """Whether a cell has its value still when the effect runs again."""
    if cell.kind == "ref":
        return True
    return cell.kind in {"variable", "entry"} and outlives(scene, cell, effect.callback)


def _barring(scene: Scene, effect: Effect, socket: Socket, flag: _Set) -> Node | None:
    """The test that keeps an effect from opening a socket once a flag is set."""
    creation = socket.creation
    if creation is None or socket.creator not in spread(
        scene, (effect.callback,), hows=RUN
    ):
        return None
    ways = paths(scene, effect.callback, creation)
    barred = [_barred(scene, way.nodes, flag) for way in ways]
    return barred[0] if barred and all(barred) else None


def _barred(scene: Scene, way: tuple[Node, ...], flag: _Set) -> Node | None:
    for node in way:
        for one in known(scene.program, node):
            test = one.test
            if (
                isinstance(test, _NAMED)
                and scene.program.cell(test) == flag.cell
                and one.holds is not flag.value
            ):
                return test
    return None


def _latch(
    scene: Scene, effect: Effect, socket: Socket, flag: _Set, test: Node
) -> Latch:
    function = scene.program.function_of(test)
    name = scene.program.name_of(function) if function is not None else ""
    return Latch(
        at=scene.place(flag.at),
        connections=(socket.fact,),
        flag=flag.text or name_of(scene, flag.cell, "the flag"),
        bars=name or "the effect",
        tested_at=scene.place(test),
        restored=_restored(scene, effect, flag),
        once=effect.dependencies == (),
        remounted=_is_remounted(scene),
    )


def _restored(scene: Scene, effect: Effect, flag: _Set) -> Evidence:
    """Whether the effect, or one that runs whenever it does, sets the flag back."""
    starting = [effect.callback]
    starting += [
        other.callback
        for other in effects(scene)
        if other.component is effect.component
        and other.call.start < effect.call.start
        and _runs_as_often(scene, other, effect)
    ]
    run = spread(scene, starting, hows=AT_ONCE)
    for write in writes(scene, flag.cell):
        if write.first or write.function not in run or write.value is None:
            continue
        value = folding.fold(scene.program, write.value)
        if value is None or value.value is not flag.value:
            why = "it is set back when the effect runs again"
            return Evidence(Seen.PRESENT, why, scene.place(write.node))
    return Evidence(Seen.ABSENT)


def _runs_as_often(scene: Scene, other: Effect, effect: Effect) -> bool:
    if other.dependencies is None or effect.dependencies == ():
        return True
    if effect.dependencies is None:
        return False
    wanted = {scene.text(each) for each in effect.dependencies}
    return wanted <= {scene.text(each) for each in other.dependencies}


def _is_remounted(scene: Scene) -> bool:
    """Whether components are mounted twice in development, as far as that is seen."""
    wanted = {name for name, _ in requirements.in_packages(scene.program.files)}
    return bool(wanted & _REMOUNTS) or any(
        element.tag is not None and tree.last_name(element.tag) == "StrictMode"
        for element in scene.program.every(nodes.Markup)
    )
