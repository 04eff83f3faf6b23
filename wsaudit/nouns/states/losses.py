"""Losses: records written over records that hold more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.feeds.parts import StatePart
from wsaudit.analysis.feeds.writes import made_with, write_values, written_to
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.states import StateWrite
from wsaudit.limits import STEPS
from wsaudit.model.states import Loss
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

_EMPTY = (None, False, 0, "")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the record at a part of a state."""

    first: tuple[nodes.Record, ...]
    """The records it starts as."""
    types: tuple[nodes.Record, ...]


def losses(scene: Scene, write: StateWrite) -> Iterator[Loss]:
    """The records that a write puts over others that hold more."""
    if not isinstance(write.key, values.Instance):
        return
    root = StatePart(write.key.site)
    known = _Known(*made_with(scene, root.state))
    whole = write.kind != "store"
    if write.kind == "store" and _replaces(scene, write):
        yield from _erased(scene, write, known)
        return
    for value in write_values(scene, write):
        if isinstance(value, values.Rec) and not value.shape:
            yield from _compared(scene, value.node, known, root, whole=whole)


def _replaces(scene: Scene, write: StateWrite) -> bool:
    """Whether a store is told to take the new state instead of merging it."""
    flags = write.call.arguments[1:2]
    return any(
        isinstance(value, values.Const) and value.value is True
        for flag in flags
        for value in scene.program.values(flag.value)
    )


def _erased(scene: Scene, write: StateWrite, known: _Known) -> Iterator[Loss]:
    functions = [
        entry
        for record in known.first
        for entry in record.entries
        if tree.key_of(entry) is not None
        and any(isinstance(v, values.Func) for v in scene.program.values(entry.value))
    ]
    written = [v for v in write_values(scene, write) if isinstance(v, values.Rec)]
    if write.value is None or not functions:
        return
    if not written and not messages(scene, write.value):
        return
    kept = {tree.key_of(entry) for value in written for entry in value.node.entries}
    if any(entry.kind == "spread" for v in written for entry in v.node.entries):
        return
    lost = [entry for entry in functions if tree.key_of(entry) not in kept]
    if lost:
        names = tuple(tree.key_of(entry) or "" for entry in lost)
        yield Loss(
            scene.place(write.value), "", names, scene.place(lost[0]), functions=True
        )


def _compared(
    scene: Scene,
    record: nodes.Record,
    known: _Known,
    at: StatePart,
    *,
    whole: bool = True,
) -> Iterator[Loss]:
    """The losses in a record, itself or below; ``whole`` when nothing else merges."""
    if len(at.path) > STEPS:
        return
    if whole and not _is_open(record):
        lost = list(_missing(scene, record, known, at))
        if lost:
            names = tuple(tree.key_of(entry) or "" for entry in lost)
            name = ".".join(at.path)
            yield Loss(scene.place(record), name, names, scene.place(lost[0]))
            return
    for entry in record.entries:
        key = tree.key_of(entry)
        if key is None:
            continue
        for value in scene.program.values(entry.value):
            if isinstance(value, values.Rec) and not value.shape:
                below = _below(scene, known, key)
                yield from _compared(scene, value.node, below, at.then(key))


def _is_open(record: nodes.Record) -> bool:
    """Whether a record has more than is written out: a spread, a computed key."""
    return any(tree.key_of(entry) is None for entry in record.entries)


def _missing(
    scene: Scene, record: nodes.Record, known: _Known, at: StatePart
) -> Iterator[nodes.Entry]:
    """What is known to be in a part and not in the record that replaces it."""
    has = {tree.key_of(entry) for entry in record.entries}
    asked = [
        {tree.key_of(entry) for entry in shape.entries if not entry.optional}
        for shape in known.types
    ]
    if any(needed <= has for needed in asked):
        return
    if has in [
        {tree.key_of(entry) for entry in first.entries} for first in known.first
    ]:
        return
    for first in known.first[:1]:
        for entry in first.entries:
            key = tree.key_of(entry)
            if key is None or key in has:
                continue
            if asked and not any(key in needed for needed in asked):
                continue
            if _matters(scene, entry, at.then(key)):
                yield entry


def _matters(scene: Scene, entry: nodes.Entry, at: StatePart) -> bool:
    """Whether what is lost was ever something: from the start, or by another write."""
    return _is_full(scene, entry.value) or any(
        at.path[: len(path)] == path[: len(at.path)] and _is_full(scene, value)
        for path, value in written_to(scene, at.state)
    )


def _is_full(scene: Scene, value: nodes.Expression) -> bool:
    """Whether there may be something in a value; what is not known may be."""
    match tree.strip(value):
        case nodes.Record(entries=()) | nodes.Sequence(items=()):
            return False
        case nodes.Call(new=True, arguments=()):
            return False
    found = scene.program.values(value)
    return not found or any(
        not (isinstance(each, values.Const) and each.value in _EMPTY) for each in found
    )


def _below(scene: Scene, known: _Known, key: str) -> _Known:
    """What is known of a part of what is known."""
    first: list[nodes.Record] = []
    for record in known.first:
        first += [
            value.node
            for value in scene.program.entry(record, key)
            if isinstance(value, values.Rec) and not value.shape
        ]
    types: list[nodes.Record] = []
    for record in known.types:
        types += [
            value.node
            for value in scene.program.entry(record, key, shape=True)
            if isinstance(value, values.Rec)
        ]
    return _Known(tuple(first), tuple(types))
