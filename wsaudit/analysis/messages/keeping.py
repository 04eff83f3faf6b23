"""Keeping: what of messages becomes the state of a page, and whether that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import named, reads
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.parts import parts_of
from wsaudit.analysis.origins import given, parameter_of
from wsaudit.analysis.states import written_cells
from wsaudit.limits import STEPS
from wsaudit.program.tree import key_of, last_name, own_in, strip, within
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.analysis.states import StateWrite
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_ASKS = nodes.Binary | nodes.Not | nodes.If | nodes.Logical | nodes.Conditional


def kept(
    scene: Scene, value: nodes.Expression, depth: int = 0
) -> Iterator[nodes.Expression]:
    """The expressions that a state write keeps as they are; what is spread is not."""
    value = strip(value)
    if isinstance(value, nodes.Name | nodes.Member | nodes.Index) or (
        isinstance(value, nodes.Call) and any(True for _ in parts_of(scene, value))
    ):
        yield value
    elif depth < STEPS:
        for inner in _made_of(scene, value):
            yield from kept(scene, inner, depth + 1)


def _made_of(scene: Scene, value: nodes.Expression) -> Iterator[nodes.Expression]:
    """What a value is put together from, or a function of the state before returns."""
    match value:
        case nodes.Record(entries=entries):
            for entry in entries:
                if entry.kind in {"pair", "shorthand"}:
                    yield entry.value
        case nodes.Sequence(items=items):
            yield from items
        case nodes.Conditional(then=then, other=other):
            yield from (then, other)
        case nodes.Function(body=body):
            for node in own_in(body):
                if isinstance(node, nodes.Return) and node.value is not None:
                    yield node.value
                yield from _put(scene, value, node)
        case nodes.Call(function=nodes.Member(name="concat" | "slice") as function):
            yield function.object
            yield from (argument.value for argument in value.arguments)
        case _:
            return


def _put(
    scene: Scene, updater: nodes.Function, node: Node
) -> Iterator[nodes.Expression]:
    """What an updater puts into a copy of the state, or into its draft."""
    match node:
        case (
            nodes.Bind(target=nodes.Index(object=into) | nodes.Member(object=into))
            | nodes.Assign(target=nodes.Index(object=into) | nodes.Member(object=into))
        ):
            put = [node.value] if node.value is not None else []
        case nodes.Call(function=nodes.Member(object=into, name=name)) if (
            scene.dialects.speaks("adds", name)
        ):
            put = [argument.value for argument in node.arguments]
        case _:
            return
    root = strip(into)
    while isinstance(root, nodes.Member | nodes.Index):
        root = strip(root.object)
    binding = scene.program.binding(root) if isinstance(root, nodes.Name) else None
    if binding is not None and all(
        scene.program.function_of(write.at) is updater for write in binding.writes
    ):
        yield from put


def left_at(
    scene: Scene, part: nodes.Expression, message: Message, depth: int = 0
) -> nodes.Expression:
    """Where a part left the message: what a store's action was called with."""
    part = root = strip(part)
    while isinstance(root, nodes.Member | nodes.Index):
        root = strip(root.object)
    if not isinstance(root, nodes.Name) or not message.path or depth > STEPS:
        return part
    parameter = parameter_of(scene.program, root)
    if parameter is None or parameter is message.source:
        return part
    for one in given(scene.program, parameter):
        if one.value is None or not carriers(scene).carries(one.value):
            continue
        found = list(parts_of(scene, one.value))
        if root is part and message not in found:
            continue
        if root is not part and found:
            return part  # The part left the message here, below what was given.
        entry = _entry(scene, one.value, part, message) if root is not part else None
        if entry is not None:
            return entry
        return left_at(scene, one.value, message, depth + 1)
    return part


def _entry(
    scene: Scene, given: nodes.Expression, part: nodes.Expression, message: Message
) -> nodes.Expression | None:
    """Where a record that is handed over was given what lies at ``part`` in it."""
    record = strip(given)
    if isinstance(record, nodes.Name):
        binding = scene.program.binding(record)
        value = binding.writes[0].value if binding and binding.constant else None
        record = strip(value) if value is not None else record
    if not isinstance(record, nodes.Record):
        return None
    for entry in record.entries:
        if key_of(entry) == last_name(part) and message in parts_of(scene, entry.value):
            return entry.value
    return None


# -- who opens what is kept ----------------------------------------------------------


def is_opened(scene: Scene, write: StateWrite) -> bool:
    """Whether some code may open what a write keeps: all of it, or one that is unseen.

    To compare it, to ask whether it is there and to show it does not.
    """
    cells = [cell for cell, _ in written_cells(scene, write)]
    return not cells or any(
        _opens(scene, read) for cell in cells for read in reads(scene, cell)
    )


def is_read(scene: Scene, write: StateWrite) -> bool:
    """Whether anything in sight may read what a write keeps."""
    cells = [cell for cell, _ in written_cells(scene, write)]
    return not cells or any(
        _is_looked_at(scene, read) for cell in cells for read in reads(scene, cell)
    )


def _is_looked_at(scene: Scene, read: nodes.Expression) -> bool:
    match scene.program.parents.get(read):
        case nodes.Entry() as entry if _is_returned(scene, entry):
            return _is_taken(scene, key_of(entry) or "", read)
        case nodes.Sequence() as sequence:
            return not _is_dependency(scene, sequence)
        case _:
            return True


def _opens(scene: Scene, read: nodes.Expression) -> bool:
    around = scene.program.parents.get(read)
    match around:
        case nodes.Markup() | nodes.Binary() | nodes.Not() | nodes.If():
            return False
        case nodes.Conditional(test=test):
            return test is not read
        case nodes.Logical(operands=operands):
            return operands[-1] is read
        case nodes.Entry() if _is_returned(scene, around):
            return _is_taken(scene, key_of(around) or "", read)
        case nodes.Sequence():
            return not _is_dependency(scene, around)
        case _:
            return True


def _is_returned(scene: Scene, entry: nodes.Entry) -> bool:
    record = scene.program.parents.get(entry)
    return isinstance(record, nodes.Node) and isinstance(
        scene.program.parents.get(record), nodes.Return
    )


def _is_taken(scene: Scene, key: str, read: Node) -> bool:
    """Whether other code asks for something of this name."""
    home = scene.program.function_of(read)
    for node in named(scene, key):
        if isinstance(node, nodes.Member):
            return True
        binding = scene.program.binding(node)
        writes = binding.writes if binding is not None else ()
        if scene.program.function_of(node) is not home and any(
            key in write.path for write in writes
        ):
            return True
    return False


def _is_dependency(scene: Scene, sequence: nodes.Sequence) -> bool:
    """Whether a list is what an effect or a memo depends on."""
    return any(
        isinstance(around, nodes.Call)
        and any(isinstance(each.value, nodes.Function) for each in around.arguments)
        for around in within(sequence, scene.program.parents)
    )
