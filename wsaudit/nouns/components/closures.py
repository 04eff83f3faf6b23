"""Closures: which values of a render a long-lived callback holds on to.

React runs a component anew for each render, and every run has variables of its own. A
callback that an effect leaves with a socket keeps those of the run that made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import given
from wsaudit.limits import STEPS
from wsaudit.program import stores, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.connections.scene import Scene
    from wsaudit.program.names import Binding, Write


@dataclass(frozen=True, slots=True, eq=False)
class Reactive:
    """A variable of a component that has another value in another render."""

    binding: Binding
    kind: str
    hook: values.Instance | None = None
    """The ``useState`` call of a state."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A captured variable as it is read, and the functions it is reached through.

    ``path`` are the component's own functions between the effect and the read, each
    under the name it is called by; the last holds the read.
    """

    name: nodes.Name
    reactive: Reactive
    path: tuple[tuple[str, nodes.Function], ...]


def reads(
    scene: Scene, callback: nodes.Function, component: nodes.Function
) -> Iterator[Read]:
    """The component's reactive variables that a callback reads, itself or by calls."""
    yield from _reads(scene, callback, component, (), 0)


def _reads(
    scene: Scene,
    function: nodes.Function,
    component: nodes.Function,
    path: tuple[tuple[str, nodes.Function], ...],
    depth: int,
) -> Iterator[Read]:
    for name in _names(function):
        binding = scene.program.binding(name)
        if binding is None or not _belongs(scene, binding, component):
            continue
        reactive = reactive_of(scene, binding)
        if reactive is not None:
            # What is selected from a store to be called is one of its actions.
            if reactive.kind != "store" or not _is_called(scene, name):
                yield Read(name, reactive, path)
        elif depth < STEPS and _is_called(scene, name):
            for inner in _own_functions(scene, binding, component):
                if _reads_latest(scene, inner):
                    continue
                if inner is not function and all(inner is not seen for _, seen in path):
                    longer = (*path, (name.id, inner))
                    yield from _reads(scene, inner, component, longer, depth + 1)


def _reads_latest(scene: Scene, function: nodes.Function) -> bool:
    """Whether React always runs the latest render's function: ``useEffectEvent``."""
    argument = scene.program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return False
    call = scene.program.parents.get(argument)
    word = scene.word("stable", call) if isinstance(call, nodes.Call) else None
    return word is not None and word.group == "effect-event"


def _names(function: nodes.Function) -> Iterator[nodes.Name]:
    for statement in function.body:
        for node in tree.walk(statement):
            if isinstance(node, nodes.Name):
                yield node


def _belongs(scene: Scene, binding: Binding, component: nodes.Function) -> bool:
    """Whether a variable is the component's own, one for each render."""
    scope = binding.scope.function_scope()
    return scope.node is component


def _is_called(scene: Scene, name: nodes.Name) -> bool:
    parent = scene.program.parents.get(name)
    return isinstance(parent, nodes.Call) and parent.function is name


def _own_functions(
    scene: Scene, binding: Binding, component: nodes.Function
) -> Iterator[nodes.Function]:
    for value in scene.program.bound(binding):
        if isinstance(value, values.Func) and any(
            around is component
            for around in tree.ancestors(value.function, scene.program.parents)
        ):
            yield value.function


# -- what changes from render to render -------------------------------------------


def reactive_of(scene: Scene, binding: Binding) -> Reactive | None:
    """What makes a variable another value in another render, if something does."""
    if len(binding.writes) != 1:
        return None
    write = binding.writes[0]
    if write.kind == "parameter":
        return _prop(scene, binding, write)
    if write.kind != "assign" or write.value is None:
        return None
    return _hooked(scene, binding, tree.strip(write.value), write)


def _hooked(
    scene: Scene, binding: Binding, value: nodes.Expression, write: Write
) -> Reactive | None:
    if not isinstance(value, nodes.Call):
        return None
    for found in scene.program.values(value):
        if isinstance(found, values.Instance) and found.of in stores.STATE_HOOKS:
            if write.path[:1] != (0,) or not stores.setter_name(scene.program, found):
                return None
            return Reactive(binding, "state", found)
    if _selects(scene, value):
        given = scene.program.bound(binding)
        if given and all(isinstance(one, values.Func) for one in given):
            return None
        return Reactive(binding, "store")
    return None


def _selects(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call selects from a store, and renders again when that changes."""
    return any(
        stores.selects(scene.program, callee)
        for callee in scene.program.values(call.function)
    )


def _prop(scene: Scene, binding: Binding, write: Write) -> Reactive | None:
    """A prop or a hook's argument that some caller of the project gives anew.

    A prop that is called may be a setter or a stable callback, and a caller that is not
    seen may pass a constant: neither is held against the code.
    """
    if isinstance(write.source, nodes.Parameter):
        for one in given(scene.program, write.source):
            if one.value is not None and _varies(scene, one.value, write.path):
                return Reactive(binding, "prop")
    return None


def _varies(
    scene: Scene, argument: nodes.Expression, path: tuple[str | int, ...]
) -> bool:
    """Whether what a caller passes is itself a variable that changes."""
    inner = tree.strip(argument)
    for step in path:
        if not isinstance(inner, nodes.Record):
            return False
        found = [entry for entry in inner.entries if tree.key_of(entry) == step]
        if not found:
            return False
        inner = tree.strip(found[-1].value)
    if not isinstance(inner, nodes.Name):
        return False
    binding = scene.program.binding(inner)
    if binding is None or binding.scope.function_scope().kind != "function":
        return False
    if len(binding.writes) != 1 or binding.writes[0].kind != "assign":
        return False
    return reactive_of(scene, binding) is not None


# -- whether an effect keeps up -----------------------------------------------------


def listed(effect: Effect) -> frozenset[str] | None:
    """The names in an effect's dependency array; None when there is none to read."""
    if effect.dependencies is None or len(effect.call.arguments) < 2:
        return None
    array = effect.call.arguments[1].value
    return _listed(array) if isinstance(array, nodes.Sequence) else None


def _listed(array: nodes.Sequence) -> frozenset[str]:
    found = set()
    for item in array.items:
        inner = tree.strip(item)
        while isinstance(inner, nodes.Member):
            inner = tree.strip(inner.object)
        if isinstance(inner, nodes.Name):
            found.add(inner.id)
    return frozenset(found)


def renewed(scene: Scene, function: nodes.Function) -> frozenset[str] | None:
    """The dependencies at which ``useCallback`` makes a function anew.

    None for a function that every render makes anew.
    """
    argument = scene.program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return None
    call = scene.program.parents.get(argument)
    if not isinstance(call, nodes.Call) or len(call.arguments) < 2:
        return None
    if scene.program.transparent("".join(scene.names(call)[:1])) != 0:
        return None
    array = call.arguments[1].value
    return _listed(array) if isinstance(array, nodes.Sequence) else None


def keeps_up(scene: Scene, effect: Effect, read: Read) -> bool:
    """Whether an effect runs again, with the new value, when a variable changes."""
    dependencies = listed(effect)
    if dependencies is None:
        return True
    wanted = read.name.id
    for name, function in reversed(read.path):
        made_at = renewed(scene, function)
        if made_at is not None and wanted not in made_at:
            return False
        if name in dependencies:
            return True
        wanted = name if made_at is not None else wanted
    return wanted in dependencies or read.name.id in dependencies
