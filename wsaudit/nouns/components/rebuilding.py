"""Rebuilding: writes of a state whose new value is made from a captured old one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import parameter_of
from wsaudit.analysis.states import StateWrite, write_of
from wsaudit.connections.scene import written
from wsaudit.model.races import SnapshotWrite
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.nouns.components.closures import Read


def snapshot_writes(scene: Scene, reads: list[Read]) -> tuple[SnapshotWrite, ...]:
    """The writes of a state that are built from its captured value."""
    found: dict[nodes.Call, SnapshotWrite] = {}
    for read in reads:
        write = _write_around(scene, read)
        if write is not None:
            found.setdefault(
                write.call,
                SnapshotWrite(
                    scene.callee_place(write.call),
                    written(write.call.function),
                    read.name.id,
                    scene.place(read.reactive.binding.writes[0].at),
                ),
            )
    return tuple(found.values())


def _write_around(scene: Scene, read: Read) -> StateWrite | None:
    """The write of the same state whose value is made of a read, by a name or not."""
    for around in tree.ancestors(read.name, scene.program.parents):
        if isinstance(around, nodes.Call):
            write = write_of(scene, around) or _acted(scene, around)
            if write is not None and write.value is not None:
                return write if _same_state(scene, write, read) else None
        elif isinstance(around, nodes.Bind) and isinstance(around.target, nodes.Name):
            return _write_of_name(scene, around.target, read)
        elif isinstance(around, nodes.Statement | nodes.Function):
            return None
    return None


def _write_of_name(scene: Scene, name: nodes.Name, read: Read) -> StateWrite | None:
    """``const next = [...items, item]; setItems(next)``: the write of that name."""
    function = scene.program.function_of(name)
    binding = scene.program.binding(name)
    for call in scene.calls_in((function,) if function else ()):
        write = write_of(scene, call) or _acted(scene, call)
        if (
            write is not None
            and isinstance(write.value, nodes.Name)
            and scene.program.binding(write.value) is binding
            and _same_state(scene, write, read)
        ):
            return write
    return None


def _acted(scene: Scene, call: nodes.Call) -> StateWrite | None:
    """The write that an action of a store makes of its argument.

    The action's own ``set({ items })`` stands for the call: ``value`` is the argument,
    and ``key`` the name of the slot that it goes to.
    """
    for function in scene.program.callees(call):
        for inner in scene.calls_in((function,)):
            write = write_of(scene, inner)
            if write is None or write.kind != "store":
                continue
            for entry in _entries(scene, write):
                slot = _passed(scene, entry, function, call)
                if slot is not None:
                    return StateWrite(call, "store", slot, tree.key_of(entry))
    return None


def _entries(scene: Scene, write: StateWrite) -> Iterator[nodes.Entry]:
    if write.value is None:
        return
    for value in scene.program.values(write.value):
        given: tuple[values.Value, ...] = (value,)
        if isinstance(value, values.Func):
            given = scene.program.results(value.function)
        for one in given:
            if isinstance(one, values.Rec):
                yield from one.node.entries


def _passed(
    scene: Scene, entry: nodes.Entry, function: nodes.Function, call: nodes.Call
) -> nodes.Expression | None:
    """The argument of a call that a slot is filled with as it is."""
    parameter = parameter_of(scene.program, entry.value)
    if parameter is None:
        return None
    given = scene.program.argument_for(call, function, parameter)
    return given if isinstance(given, nodes.Node) else None


def _same_state(scene: Scene, write: StateWrite, read: Read) -> bool:
    if write.kind == "state":
        return write.key == read.reactive.hook
    if isinstance(write.key, str):
        return read.reactive.kind == "store" and write.key == read.name.id
    if write.kind != "store" or read.reactive.kind != "store":
        return False
    value = write.value
    return isinstance(value, nodes.Record) and any(
        tree.key_of(entry) == read.name.id for entry in value.entries
    )
