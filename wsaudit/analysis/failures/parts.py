"""Parts: what is done with the parts of a message fails where these are others.

A key may be missing, a number may be a string, what was parsed may be no object. What
only hands a frame on as it came fails with its far end, not with a message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.held import Message, messages
from wsaudit.analysis.messages.vetting import vetting
from wsaudit.flow.conditions import deciding
from wsaudit.program import tree
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Word
    from wsaudit.syntax.nodes import Node

KEY_ERROR = "builtins.KeyError"
TYPE_ERROR = "builtins.TypeError"
ATTRIBUTE_ERROR = "builtins.AttributeError"
_NUMERIC = frozenset({"-", "/", "//", "**"})
"""Operators that raise for a string; `+`, `*` and `%` know what to do with one."""
_ALL = ("*",)
"""The path of whatever a message holds: a test of one part does not tell of it."""


def raised_by_part(scene: Scene, node: Node) -> str | None:
    """What a node of Python may raise because of the part of a message that it uses."""
    match node:
        case nodes.Index(object=inner) if _reads(scene, node):
            looked_up = _is_parsed(scene, inner) and not _is_vetted(scene, node)
            return KEY_ERROR if looked_up else None
        case nodes.Binary(op=op, left=left, right=right) if op in _NUMERIC:
            reckoned = any(_is_number_unasked(scene, each) for each in (left, right))
            return TYPE_ERROR if reckoned else None
        case nodes.Call(function=nodes.Member(object=inner)):
            shapeless = (
                _is_parsed(scene, inner)
                and not _is_vetted(scene, inner)
                and not _is_asked_for(scene, inner)
            )
            return ATTRIBUTE_ERROR if shapeless else None
        case _:
            return None


def is_missing_part(scene: Scene, node: nodes.Member) -> bool:
    """Whether JavaScript reads something of a part that a message may lack.

    ``move.from.row`` throws where there is no ``from``, unless something asked for it.
    """
    inner = node.object
    if node.optional or not isinstance(inner, nodes.Member | nodes.Index):
        return False
    if isinstance(inner, nodes.Member) and inner.optional:
        return False
    asked = any(
        isinstance(part, nodes.Member | nodes.Index) and dotted(part) == dotted(inner)
        for test in deciding(scene.program, node)
        for part in tree.walk(test)
    )
    return (
        any(message.parsed and message.path for message in messages(scene, inner))
        and not _is_vetted(scene, inner)
        and not asked
    )


def _is_parsed(scene: Scene, node: nodes.Expression) -> bool:
    return any(message.parsed for message in messages(scene, node))


def _is_vetted(scene: Scene, node: nodes.Expression) -> bool:
    """Whether something has looked at all that a node may be of messages."""
    parts = [message for message in messages(scene, node) if message.parsed]
    return bool(parts) and all(
        vetting(scene, node, _whole(part), frozenset()).evidence is not None
        for part in parts
    )


def _whole(part: Message) -> Message:
    return part if part.path else replace(part, path=_ALL)


def _is_number_unasked(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a name is a part of a message that no test has asked for."""
    if not isinstance(node, nodes.Name):
        return False
    if not any(message.parsed and message.path for message in messages(scene, node)):
        return False
    binding = scene.program.binding(node)
    return not any(
        scene.program.binding(inner) is binding
        for test in deciding(scene.program, node)
        for inner in tree.walk(test)
        if isinstance(inner, nodes.Name)
    )


def _reads(scene: Scene, node: nodes.Index) -> bool:
    """False for an assignment's target and a slice."""
    around = scene.program.parents.get(node)
    if isinstance(around, nodes.Bind) and around.target is node:
        return False
    return not isinstance(node.index, nodes.Opaque)


def has_message(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is given, or made on, something of a message."""
    return any(
        isinstance(node, nodes.Name | nodes.Member | nodes.Index | nodes.Call)
        and bool(messages(scene, node))
        for part in (call.function, *(each.value for each in call.arguments))
        for node in tree.walk(part)
    )


def is_measured(scene: Scene, call: nodes.Call, word: Word) -> bool:
    """Whether bytes are taken apart only after their length was asked for."""
    if word.label != "of the wrong length":
        return False
    taken = {
        scene.program.binding(inner)
        for argument in call.arguments
        for inner in tree.walk(argument)
        if isinstance(inner, nodes.Name)
    }
    return any(
        scene.program.binding(measured) in taken
        for test in deciding(scene.program, call)
        for inner in tree.walk(test)
        if isinstance(inner, nodes.Call) and last_name(inner.function) == "len"
        for argument in inner.arguments
        if isinstance(measured := tree.strip(argument.value), nodes.Name)
    )


def _is_asked_for(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a test that holds here asks what a message is: `isinstance(m, dict)`."""
    held = set(messages(scene, node))
    tests = scene.dialects.spoken("tests-type", "asks-keys")
    return any(
        isinstance(inner, nodes.Call)
        and last_name(inner.function) in tests
        and any(held & set(messages(scene, each.value)) for each in inner.arguments)
        for test in deciding(scene.program, node)
        for inner in tree.walk(test)
    )


def hands_on(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call only passes a frame on as it came."""
    found = [
        message
        for argument in call.arguments
        for message in messages(scene, argument.value)
    ]
    return bool(found) and not any(message.parsed for message in found)
