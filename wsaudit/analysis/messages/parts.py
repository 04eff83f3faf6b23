"""Parts: which parts of which messages an expression is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import Message, messages
from wsaudit.analysis.runs import below
from wsaudit.program.tree import strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene


def is_of(scene: Scene, node: nodes.Expression, message: Message) -> bool:
    """Whether an expression holds (a part of) the message that is asked about."""
    return any(True for _ in parts(scene, node, message))


def parts(scene: Scene, node: nodes.Expression, message: Message) -> Iterator[Message]:
    """The parts of one message, however it is parsed, that an expression may be."""
    if not carriers(scene).carries(node):
        return
    for part in messages(scene, node):
        if part.socket is message.socket and part.source is message.source:
            yield part


def parts_of(scene: Scene, node: nodes.Expression) -> Iterator[Message]:
    """The parts of parsed messages that an expression is, whole ones included."""
    node = strip(node)
    if not isinstance(
        node, nodes.Name | nodes.Member | nodes.Index | nodes.Call | nodes.Logical
    ):
        return
    if not carriers(scene).carries(node):
        return
    for message in messages(scene, node):
        if (
            message.parsed
            and not any(step.endswith("()") for step in message.path)
            and _own(scene, node, message)
        ):
            yield message


def _own(scene: Scene, node: nodes.Expression, message: Message) -> bool:
    """Whether a part is that of this very expression.

    What a function gives back may be made of what another caller gave it, and a field
    may hold something else by now.
    """
    root = node
    while isinstance(root, nodes.Member | nodes.Index):
        root = strip(root.object)
    if isinstance(root, nodes.Name):
        return root.id not in {"self", "this", "cls"}
    if not isinstance(root, nodes.Call) or root is message.source:
        return True
    if isinstance(root.function, nodes.Member) and carriers(scene).carries(
        root.function
    ):
        return True
    if any(carriers(scene).carries(argument.value) for argument in root.arguments):
        return True
    home = scene.program.function_of(message.source)
    return any(home in below(scene, each) for each in scene.program.callees(root))


def parts_below(scene: Scene, node: nodes.Expression) -> Iterator[Message]:
    """The parts that an expression is, whole messages left out."""
    return (message for message in parts_of(scene, node) if message.path)


def judged_part(scene: Scene, node: nodes.Expression) -> Message | None:
    """The first part of a message of a judged connection that an expression is."""
    found = (m for m in parts_below(scene, node) if m.socket.fact.judged)
    return next(found, None)
