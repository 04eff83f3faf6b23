"""Sources: the state that a value is made of, as React sees it change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import given, returned
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.cells import Cell, variable
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.recognise.components.effects import effects
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.names import Write
    from wsaudit.recognise.components.effects import Effect
    from wsaudit.recognise.components.state import StateWrite
    from wsaudit.recognise.scene import Scene

_DEPTH = 8
_MEMOS = frozenset({"useCallback", "useMemo"})


@asked
def sources_of_effect(scene: Scene, effect: Effect) -> frozenset[Cell]:
    """The cells whose change makes an effect run again.

    What its dependencies are made of, and the ``key`` of the component it is in.
    """
    watched = [*(effect.dependencies or ()), *_keys(scene, effect)]
    return frozenset(cell for node in watched for cell in sources(scene, node))


@asked
def effects_on(scene: Scene) -> dict[Cell, list[Effect]]:
    """The effects that run again when the state in each cell changes."""
    found: dict[Cell, list[Effect]] = {}
    for effect in effects(scene):
        for cell in sources_of_effect(scene, effect):
            found.setdefault(cell, []).append(effect)
    return found


def _keys(scene: Scene, effect: Effect) -> Iterator[nodes.Expression]:
    """What is given as ``key`` where the component is used: another one remounts it."""
    if effect.component is None:
        return
    for site in scene.program.callers(effect.component):
        if isinstance(site, nodes.Markup):
            for entry in site.attributes:
                if tree.key_of(entry) == "key":
                    yield entry.value


def sources(scene: Scene, node: nodes.Expression, depth: int = 0) -> Iterator[Cell]:
    """The cells that an expression is made of, through the names in it."""
    if depth > _DEPTH:
        return
    for part in _reads(node):
        cell = scene.program.cell(part)
        if cell is not None:
            yield cell
        if isinstance(part, nodes.Name):
            binding = scene.program.binding(part)
            for write in binding.writes if binding else ():
                yield from _of_write(scene, write, depth + 1)


def _reads(node: nodes.Expression) -> Iterator[nodes.Name | nodes.Member]:
    """The names and members read in an expression; not inside its functions."""
    if isinstance(node, nodes.Name | nodes.Member):
        yield node
    for part in tree.own(node):
        if isinstance(part, nodes.Name | nodes.Member):
            yield part


def _of_write(scene: Scene, write: Write, depth: int) -> Iterator[Cell]:
    value = write.value
    if write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
        yield from _of_parameter(scene, write, write.source, depth)
    elif isinstance(value, nodes.Call):
        yield from _of_call(scene, value, write.path, depth)
    elif value is not None and write.kind == "assign":
        yield from sources(scene, value, depth)


def _of_parameter(
    scene: Scene, write: Write, parameter: nodes.Parameter, depth: int
) -> Iterator[Cell]:
    for one in given(scene.program, parameter):
        if one.value is not None:
            yield from _part(scene, one.value, write.path, depth)


def _of_call(
    scene: Scene, call: nodes.Call, path: tuple[str | int, ...], depth: int
) -> Iterator[Cell]:
    if last_name(call.function) in _MEMOS and len(call.arguments) > 1:
        yield from sources(scene, call.arguments[1].value, depth)
        return
    if _is_store(scene, call) and call.arguments:
        for function in scene.functions_of(call.arguments[0].value):
            yield from _returned(scene, function, (), depth)
        return
    for function in scene.program.callees(call):
        yield from _returned(scene, function, path, depth)


def _is_store(scene: Scene, call: nodes.Call) -> bool:
    return any(stores.is_store(value) for value in scene.program.values(call.function))


def _returned(
    scene: Scene, function: nodes.Function, path: tuple[str | int, ...], depth: int
) -> Iterator[Cell]:
    """What a hook (or selector) returns, the part of it that is taken."""
    for result in returned(function):
        yield from _part(scene, tree.strip(result), path, depth)


def _part(
    scene: Scene, node: nodes.Expression, path: tuple[str | int, ...], depth: int
) -> Iterator[Cell]:
    """What a part of a record is made of, or all of what is not written out."""
    if path and isinstance(node, nodes.Record):
        for entry in node.entries:
            if tree.key_of(entry) == path[0]:
                yield from sources(scene, entry.value, depth)
    else:
        yield from sources(scene, node, depth)


def written_cells(
    scene: Scene, write: StateWrite
) -> tuple[tuple[Cell, nodes.Expression | None], ...]:
    """The cells that a write of state changes, each with the value it gives."""
    if not isinstance(write.key, values.Instance):
        return ()
    if write.kind in {"state", "reducer"}:
        binding = _state_binding(scene, write.key)
        value = write.value if write.kind == "state" else None
        return ((variable(binding), value),) if binding is not None else ()
    if write.kind != "store" or write.value is None:
        return ()
    site = write.key.site
    return tuple(
        (Cell("slot", site, key), entry.value)
        for record in _records(scene, write.value)
        for entry in record.entries
        if (key := tree.key_of(entry)) is not None
    )


def _records(scene: Scene, value: nodes.Expression) -> Iterator[nodes.Record]:
    """The records that a store is given, also by an updater function."""
    for found in scene.program.values(value):
        if isinstance(found, values.Rec):
            yield found.node
        elif isinstance(found, values.Func):
            for result in values.results(scene.program, found.function):
                if isinstance(result, values.Rec):
                    yield result.node


def _state_binding(scene: Scene, hook: values.Instance) -> Binding | None:
    """The variable that holds the state of a ``useState`` or ``useReducer`` call."""
    bind = scene.program.parents.get(hook.site)
    if (
        isinstance(bind, nodes.Bind)
        and isinstance(bind.target, nodes.Sequence)
        and bind.target.items
        and isinstance(bind.target.items[0], nodes.Name)
    ):
        return scene.program.binding(bind.target.items[0])
    return None
