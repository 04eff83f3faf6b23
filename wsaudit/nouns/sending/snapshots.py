"""Snapshots: whether a loop over connections goes over what can change meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, Change, changes, sets_up
from wsaudit.connections.origins import first_role
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import NEAR
from wsaudit.model import Evidence, Role, Seen
from wsaudit.model.registry import Container
from wsaudit.nouns.sending.visits import Visited, snapshot
from wsaudit.nouns.server.registries import container_of
from wsaudit.program import tree
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_BY_METHOD = {
    "add": Container.SET,
    "discard": Container.SET,
    "append": Container.LIST,
    "push": Container.LIST,
    "splice": Container.LIST,
}


def may_change(scene: Scene, visited: Visited) -> Evidence:
    """Whether the collection can change between two rounds of a visit.

    Present when something else changes it in place while the visit waits, or when the
    visit takes elements out itself; ``at`` is that change.
    """
    source = behind_views(scene, visited.source)
    if snapshot(scene, source):
        return Evidence(Seen.ABSENT, "goes over a copy")
    cell = scene.program.cell(source)
    waits = _waits(visited)
    if cell is None:
        if not waits:
            return Evidence(Seen.ABSENT, "waits for nothing between two rounds")
        return Evidence(Seen.UNKNOWN, "what it goes over cannot be followed")
    found = list(changes(scene, cell))
    own = [change for change in found if _in_body(scene, visited, change)]
    if own:
        return Evidence(Seen.PRESENT, "changes it itself", scene.place(own[0].node))
    if not waits:
        return Evidence(Seen.ABSENT, "waits for nothing between two rounds")
    return _others(scene, visited, cell, found)


def _others(
    scene: Scene, visited: Visited, cell: Cell, found: list[Change]
) -> Evidence:
    """Whether other code changes the collection in the meantime."""
    local = _local(cell)
    if local is not None:
        if any(write.kind == "parameter" for write in local.writes):
            return Evidence(Seen.UNKNOWN, "what it is given cannot be followed")
        return Evidence(Seen.ABSENT, "goes over a collection of its own")
    others = [change for change in found if _at_any_time(scene, change)]
    if not others:
        return Evidence(Seen.ABSENT, "nothing changes the collection")
    if (
        not _python(scene, visited)
        and container_at(scene, visited.source) is not Container.LIST
    ):
        return Evidence(Seen.ABSENT, "a Set or Map may change under its loop")
    mine = _held(scene, visited.loop)
    free = [change for change in others if not mine & _held(scene, change.node)]
    if not free:
        return Evidence(Seen.ABSENT, "a lock keeps others out")
    return Evidence(Seen.PRESENT, "other code changes it", scene.place(free[0].node))


def behind_views(scene: Scene, source: nodes.Expression) -> nodes.Expression:
    """The collection behind ``x.items()`` and ``enumerate(x)``."""
    while isinstance(source, nodes.Call):
        name = last_name(source.function)
        if scene.says("gives-all", name) and isinstance(source.function, nodes.Member):
            source = source.function.object
        elif scene.says("goes-over", name) and source.arguments:
            source = source.arguments[0].value
        else:
            break
    return source


def container_at(scene: Scene, source: nodes.Expression) -> Container:
    """The kind of collection that is gone over, by its type or by how it is changed."""
    found = container_of(scene, source)
    if found is not Container.OTHER:
        return found
    cell = scene.program.cell(behind_views(scene, source))
    kinds = set()
    for change in changes(scene, cell) if cell is not None else ():
        match change.node:
            case nodes.Index():
                kinds.add(Container.DICT)
            case nodes.Call(function=function):
                kinds.add(_BY_METHOD.get(last_name(function), Container.OTHER))
            case _:
                continue
    kinds.discard(Container.OTHER)
    return kinds.pop() if len(kinds) == 1 else Container.OTHER


def _waits(visited: Visited) -> bool:
    """Whether another coroutine can run between two rounds."""
    match visited.loop:
        case nodes.Loop(body=body):
            return any(
                isinstance(node, nodes.Await)
                or (isinstance(node, nodes.Loop | nodes.With) and node.is_async)
                for node in tree.own_in(body)
            )
        case nodes.Comprehension() as made:
            return any(isinstance(node, nodes.Await) for node in tree.walk(made))
        case _:
            return False


def _in_body(scene: Scene, visited: Visited, change: Change) -> bool:
    """Whether the visit itself takes something out, and goes on."""
    loop = visited.loop
    if change.kind != "take" or not isinstance(loop, nodes.Loop | nodes.Call):
        return False
    parents = scene.program.parents
    if loop not in set(tree.ancestors(change.node, parents)):
        return False
    if (
        not _python(scene, visited)
        and container_at(scene, visited.source) is not Container.LIST
    ):
        return False
    block, index = tree.block_of(tree.statement_of(change.node, parents), parents)
    return not breaks_off(scene.program, block[index:], loop=True)


def _local(cell: Cell) -> Binding | None:
    match cell:
        case Cell(owner=Binding() as binding):
            scope = binding.scope.function_scope()
            return binding if scope.kind == "function" else None
        case _:
            return None


def _at_any_time(scene: Scene, change: Change) -> bool:
    """Whether a change happens while the program runs, in its own code."""
    if change.function is None or first_role(scene, change.node) is Role.TEST:
        return False
    return not sets_up(scene.program, change.node)


def _python(scene: Scene, visited: Visited) -> bool:
    return scene.program.module_of(visited.source).language == "python"


# -- locks -------------------------------------------------------------------------


def _held(scene: Scene, node: Node) -> frozenset[Cell]:
    """The locks that are held wherever a node runs, by their cells."""
    return frozenset(_locks(scene, node, 0))


def _locks(scene: Scene, node: Node, depth: int) -> Iterator[Cell]:
    for around in tree.within(node, scene.program.parents):
        if isinstance(around, nodes.With):
            for item in around.items:
                cell = scene.program.cell(item.value)
                if cell is not None:
                    yield cell
    function = scene.program.function_of(node)
    if function is None or depth >= NEAR:
        return
    sites = [
        site
        for site in scene.program.callers(function)
        if not scene.program.tests_only(site, function)
    ]
    if sites:
        held = [frozenset(_locks(scene, site, depth + 1)) for site in sites]
        yield from frozenset.intersection(*held)
