"""Selections: which parts of states components select, and show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import stores, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """A call that takes a part of a store's state and shows it: ``useDocs(select)``.

    ``function`` is None where the whole state is taken, or what selects is not known;
    ``given`` is the argument that it is given by.
    """

    call: nodes.Call
    state: Node
    function: nodes.Function | None = None
    given: nodes.Argument | None = None


@asked
def selections(scene: Scene) -> tuple[Selection, ...]:
    """The places at which components take something from a store."""
    return tuple(
        found
        for name in sorted(_hooks(scene))
        for call in scene.program.calls_named(name)
        if (found := selection_of(scene, call)) is not None
    )


def _hooks(scene: Scene) -> frozenset[str]:
    """The names under which stores are called, and what selects from them."""
    found = set(scene.dialects.flow_ends("select"))
    for name in sorted(scene.dialects.flow_ends("store")):
        for call in scene.program.calls_named(name):
            node: Node | nodes.Module | None = call
            while isinstance(node, nodes.Call | nodes.Cast | nodes.Argument):
                node = scene.program.parents.get(node)
            if isinstance(node, nodes.Bind) and isinstance(node.target, nodes.Name):
                # Much is called `create` that makes no store.
                made = scene.program.values(node.value) if node.value else ()
                if not any(stores.is_store(value) for value in made):
                    continue
                binding = scene.program.binding(node.target)
                if binding is not None:
                    found |= scene.program.handed.names_of(scene.program, binding)
                    found.add(node.target.id)
    return frozenset(found)


def selection_of(scene: Scene, call: nodes.Call) -> Selection | None:
    """The selection that a call makes, if it selects a part of a state."""
    for callee in scene.program.values(call.function):
        if not stores.selects(scene.program, callee):
            continue
        for argument in call.arguments:
            for function in scene.functions_of(argument.value):
                return Selection(call, _state_of(callee, call), function, argument)
        return Selection(call, _state_of(callee, call))
    return None


def _state_of(callee: values.Value, call: nodes.Call) -> Node:
    return callee.site if isinstance(callee, values.Instance) else call
