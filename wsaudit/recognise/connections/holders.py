"""Holders: the variables, fields and slots that keep a socket once it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import flow, tree
from wsaudit.program.cells import Cell
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket


def holders(scene: Scene, socket: Socket) -> tuple[Cell, ...]:
    """The cells that a socket is put into where it is made."""
    if socket.creation is None:
        return ()
    found: dict[Cell, None] = {}
    targets = list(_targets(scene, socket.creation))
    names = {
        scene.program.binding(target)
        for target in targets
        if isinstance(target, nodes.Name)
    }
    if socket.creator is not None:
        for node in tree.own_of(socket.creator):
            match node:
                case (
                    nodes.Bind(target=target, value=nodes.Name() as value)
                    | nodes.Assign(target=target, value=nodes.Name() as value)
                ) if scene.program.binding(value) in names - {None}:
                    targets.append(target)
                case _:
                    continue
    for target in targets:
        cell = scene.program.cell(target)
        if cell is not None:
            found[cell] = None
    return tuple(found)


def _targets(scene: Scene, creation: nodes.Call) -> Iterator[nodes.Expression]:
    for around in flow.ancestors(creation, scene.program.parents):
        match around:
            case nodes.Bind(target=target) | nodes.Assign(target=target):
                yield target
            case nodes.Cast() | nodes.Await() | nodes.Logical() | nodes.Conditional():
                continue
            case _:
                return


def on_the_page(scene: Scene, cell: Cell) -> bool:
    """Whether a cell lives as long as the page.

    A variable of a module does, a slot of a store, and a field of objects that are made
    at import alone.
    """
    match cell:
        case Cell(owner=Binding() as binding):
            return binding.scope.kind == "module"
        case Cell(kind="slot", owner=nodes.Node() as site):
            return scene.program.function_of(site) is None
        case Cell(kind="field", owner=nodes.ClassDef() as cls):
            made = [call for call in scene.program.calls_named(cls.name) if call.new]
            return bool(made) and all(
                scene.program.function_of(call) is None
                and scene.program.class_around(call) is None
                for call in made
            )
        case _:
            return False


def guarded(scene: Scene, node: nodes.Node, cells: frozenset[Cell]) -> bool:
    """Whether a node only runs after a test of one of the cells: made once."""
    return any(
        scene.program.cell(part) in cells
        for guard in flow.guards(node, scene.program.parents)
        for part in tree.walk(guard.test)
        if isinstance(part, nodes.Name | nodes.Member)
    )
