"""Kinds: what a message says it is, and the constants that are compared with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import Message, messages
from wsaudit.analysis.messages.validation import validated
from wsaudit.limits import STEPS
from wsaudit.program import typings, values
from wsaudit.program.tree import last_name, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

DISCRIMINATORS = (
    "type", "op", "kind", "event", "event_type", "action", "cmd", "command", "topic",
)  # fmt: skip
"""The keys that say what kind a message is of, the likeliest first."""


def preference(key: str) -> int:
    """Where a key stands among those that tell messages apart, the first is best."""
    known = key in DISCRIMINATORS
    return DISCRIMINATORS.index(key) if known else len(DISCRIMINATORS)


def subjects(
    scene: Scene, node: nodes.Expression, depth: int = 0
) -> tuple[Message, ...]:
    """The parts of messages, validated or not, that an expression stands for.

    Conversions that keep the kind (an enum of it, ``.value``, ``.lower()``) are seen
    through. A frame's envelope is no message, so an unparsed one counts only whole.
    """
    node = strip(node)
    if depth == 0 and not carriers(scene).carries(node):
        return ()
    found = [m for m in messages(scene, node) if m.parsed or not m.path]
    found.extend(v.message for v in validated(scene, node))
    if found or depth > STEPS:
        return _first_paths(_plain(scene, each) for each in found)
    match node:
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if scene.says(
            "same-text", name
        ):
            return subjects(scene, inner, depth + 1)
        case nodes.Call(function=function, arguments=(argument,)) if _converts(
            scene, function
        ):
            return subjects(scene, argument.value, depth + 1)
        case nodes.Member(object=inner, name="value"):
            return subjects(scene, inner, depth + 1)
        case nodes.Logical(op="or" | "??", operands=operands):
            return _first_paths(
                m for operand in operands for m in subjects(scene, operand, depth + 1)
            )
        case nodes.Name():
            value = bound_value(scene, node)
            return subjects(scene, value, depth + 1) if value is not None else ()
        case _:
            return ()


def _first_paths(found: Iterable[Message]) -> tuple[Message, ...]:
    """One part of each message: of ``m.action or m.type`` the first.

    A variable that holds a message and then a part of it may stand for both: its
    ``kind`` is that of the message.
    """
    table: dict[object, Message] = {}
    for message in found:
        first = table.setdefault((message.socket, message.source), message)
        below = len(first.path) - len(message.path)
        if below > 0 and first.path[below:] == message.path:
            table[message.socket, message.source] = message
    return tuple(table.values())


def _plain(scene: Scene, message: Message) -> Message:
    """A message without the calls on strings that end its path."""
    path = message.path
    while path and path[-1].removesuffix("()") in scene.dialects.spoken("same-text"):
        path = path[:-1]
    if path[-1:] == ("value",) and path[-2:-1] and path[-2] in DISCRIMINATORS:
        path = path[:-1]
    return replace(message, path=path)


def bound_value(scene: Scene, node: nodes.Name) -> nodes.Expression | None:
    """The one value that a name is bound to, None when there are several or none."""
    binding = scene.program.binding(node)
    if binding is None or not binding.constant:
        return None
    write = binding.writes[0]
    return write.value if write.kind == "assign" and not write.path else None


def _converts(scene: Scene, function: nodes.Expression) -> bool:
    if isinstance(function, nodes.Name) and function.id in scene.dialects.spoken(
        "to-text"
    ):
        return True
    return any(
        isinstance(value, values.ClassRef)
        and typings.is_enum(scene.program, value.node)
        for value in scene.program.values(function)
    )


def constants(
    scene: Scene, node: nodes.Expression, *, numbers: bool = False
) -> tuple[tuple[str, ...], bool]:
    """The strings an expression may be, and whether there are no others."""
    found: dict[str, None] = {}
    complete = True
    for value in scene.program.values(strip(node)):
        text = _constant(scene, node, value, numbers=numbers)
        if text is None:
            complete = False
        else:
            found[text] = None
    return tuple(found), complete and bool(found)


def _constant(
    scene: Scene, node: nodes.Expression, value: values.Value, *, numbers: bool
) -> str | None:
    match value:
        case values.Const(value=str() as text):
            return text
        case values.Const(value=bool()):
            return None
        case values.Const(value=int() as number) if numbers:
            return str(number)
        case values.Instance(of="enum.auto"):
            inner = strip(node)
            if isinstance(inner, nodes.Member) and inner.name == "value":
                inner = strip(inner.object)
            return last_name(inner).lower() or None
        case _:
            return None


def members(
    scene: Scene, node: nodes.Expression, depth: int = 0
) -> tuple[tuple[str, ...], bool]:
    """The strings in a list, tuple or set of constants, and whether that is all."""
    node = strip(node)
    if isinstance(node, nodes.Sequence):
        return _together(constants(scene, item) for item in node.items)
    for value in scene.program.values(node):
        if isinstance(value, values.Seq):
            return _together(constants(scene, item) for item in value.node.items)
        match value:
            case values.Instance(of=of, site=nodes.Call(arguments=(first, *_))) if (
                of in values.LIST_LIKE and depth < STEPS
            ):
                return members(scene, first.value, depth + 1)
            case _:
                continue
    return (), False


def _together(
    parts: Iterable[tuple[tuple[str, ...], bool]],
) -> tuple[tuple[str, ...], bool]:
    found: dict[str, None] = {}
    complete = True
    for texts, whole in parts:
        found.update(dict.fromkeys(texts))
        complete = complete and whole
    return tuple(found), complete and bool(found)
