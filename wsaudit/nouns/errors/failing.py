"""Failing: what may raise while a message is processed, and which exception.

What receives and what only hands the frame on as it came is no processing: a relay
fails with its far end, not with a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    EXCEPTION,
    OS_ERROR,
    Thrown,
    ancestry,
    thrown_by,
)
from wsaudit.analysis.exceptions import ends
from wsaudit.analysis.messages.held import Message, messages
from wsaudit.analysis.messages.vetting import vetting
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import deciding
from wsaudit.limits import NEAR, SOME
from wsaudit.model import Side
from wsaudit.program import tree, values
from wsaudit.program.asked import asked_in_circles
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.dialects import Word
    from wsaudit.syntax.nodes import Node

PARSE_ERROR = "json.JSONDecodeError"
KEY_ERROR = "builtins.KeyError"
TYPE_ERROR = "builtins.TypeError"
ATTRIBUTE_ERROR = "builtins.AttributeError"
_NUMERIC = frozenset({"-", "/", "//", "**"})
"""Operators that raise for a string; `+`, `*` and `%` know what to do with one."""
_ALL = ("*",)
"""The path of whatever a message holds: a test of one part does not tell of it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A node that may raise while a message is processed.

    ``sure`` is false for what may guard itself, or has nothing of the message.
    ``likely`` ranks it among others. ``odd`` when only a message of quite another type
    makes it fail, ``relay`` when it fails with the far end that frames are handed on
    to. ``to`` are the sockets that it sends to, if it is a send.
    """

    node: Node
    thrown: Thrown
    sure: bool = True
    likely: int = 1
    odd: bool = False
    relay: bool = False
    to: tuple[Socket, ...] = ()

    @property
    def text(self) -> str:
        """A short name for what is done."""
        match self.node:
            case nodes.Call(function=function):
                return f"{written(function)}()"
            case nodes.Index(object=inner, index=nodes.Literal(value=str() as key)):
                return f'{written(inner)}["{key}"]'
            case nodes.Index(object=inner):
                return f"{written(inner)}[…]"
            case nodes.Binary(op=op, left=left, right=right):
                return f"{_operand(left)} {op} {_operand(right)}"
            case _:
                return "the processing"


def _operand(node: nodes.Expression) -> str:
    if isinstance(node, nodes.Literal) and node.kind == "number":
        return str(node.value)
    return written(node)


def failures(
    scene: Scene, block: tuple[nodes.Statement, ...], own: tuple[Socket, ...]
) -> Iterator[Failure]:
    """What may raise in a block, other than receiving from and sending to ``own``.

    Handlers and ``finally`` blocks are left out: they run when something failed.
    """
    for node in tree.own_in(block):
        for each in _of_node(scene, node):
            if not set(each.to) & set(own) and not _cleans_up(scene, node):
                yield each


@asked_in_circles
def escaping(
    scene: Scene, function: nodes.Function, deep: int = NEAR
) -> tuple[Failure, ...]:
    """What a call of a project function may raise, one for each exception."""
    found: dict[tuple[Thrown, tuple[Socket, ...]], Failure] = {}
    for node in tree.own_of(function):
        for each in (*_of_node(scene, node, deep - 1), *_on_purpose(scene, node)):
            key = (each.thrown, each.to)
            known = found.get(key)
            if (known is None or (each.sure and not known.sure)) and not (
                _cleans_up(scene, node) or ends(scene, (node,), each.thrown).caught
            ):
                found[key] = each
            if len(found) >= SOME:
                return tuple(found.values())
    return tuple(found.values())


def _on_purpose(scene: Scene, node: Node) -> Iterator[Failure]:
    """An exception that a function raises, but for one that ends the connection."""
    if not isinstance(node, nodes.Raise) or node.value is None:
        return
    thrown = thrown_by(scene, node)
    kinds = ("disconnect", "cancelled", "on-purpose")
    if not any(
        scene.dialects.match_word(kind, name) is not None
        for name in ancestry(scene, thrown)
        for kind in kinds
    ):
        yield Failure(node, thrown)


def _cleans_up(scene: Scene, node: Node) -> bool:
    return any(
        region.part in {"handler", "final"}
        for region in tree.tries(node, scene.program.parents)
    )


def _of_node(scene: Scene, node: Node, deep: int = NEAR) -> tuple[Failure, ...]:
    python = scene.program.module_of(node).language == "python"
    match node:
        case nodes.Index(object=inner) if python and _reads(scene, node):
            looked_up = _is_parsed(scene, inner) and not _is_vetted(scene, node)
            return (Failure(node, KEY_ERROR, likely=3),) if looked_up else ()
        case nodes.Binary(op=op, left=left, right=right) if python and op in _NUMERIC:
            reckoned = any(_is_number_unasked(scene, each) for each in (left, right))
            return (Failure(node, TYPE_ERROR, likely=3),) if reckoned else ()
        case nodes.Call():
            return tuple(_of_call(scene, node, deep))
        case _:
            return ()


# -- parts of a message --------------------------------------------------------------


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


def _has_message(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is given, or made on, something of a message."""
    return any(
        isinstance(node, nodes.Name | nodes.Member | nodes.Index | nodes.Call)
        and bool(messages(scene, node))
        for part in (call.function, *(each.value for each in call.arguments))
        for node in tree.walk(part)
    )


# -- calls ---------------------------------------------------------------------------


def _of_call(scene: Scene, call: nodes.Call, deep: int) -> Iterator[Failure]:
    use = scene.use(call)
    if use is not None:
        if (
            use.op.means == "send"
            and use.op.not_open.startswith("raise")
            and all(socket.fact.side is Side.SERVER for socket in use.sockets)
        ):
            yield Failure(call, EXCEPTION, relay=_hands_on(scene, call), to=use.sockets)
        return
    if scene.word("parse", call) is not None:
        yield Failure(call, PARSE_ERROR, likely=5)
        return
    found = scene.program.values(call.function)
    functions = [v.function for v in found if isinstance(v, values.Func)]
    if not functions and any(isinstance(v, values.ClassRef) for v in found):
        functions = list(scene.program.callees(call))
        if not functions:
            return
    if functions:
        yield from _of_project(scene, call, functions, deep)
    elif _is_shapeless(scene, call):
        yield Failure(call, ATTRIBUTE_ERROR, likely=2, odd=True)
    elif scene.word("relays", call) is not None:
        yield Failure(call, OS_ERROR, relay=True)
    elif not is_harmless(scene, call, found):
        yield from _of_library(scene, call, found)


def _of_project(
    scene: Scene, call: nodes.Call, functions: list[nodes.Function], deep: int
) -> Iterator[Failure]:
    if not deep:
        yield Failure(call, EXCEPTION, sure=False)
        return
    for function in functions:
        for inner in escaping(scene, function, deep):
            likely = inner.likely if inner.odd else 4
            yield replace(inner, node=call, likely=likely)


def _of_library(
    scene: Scene, call: nodes.Call, found: values.Values
) -> Iterator[Failure]:
    word = scene.word("raises", call)
    if word is not None:
        thrown = scene.program.canonical(word.group)
        if thrown == OS_ERROR or (
            _has_message(scene, call) and not _is_measured(scene, call, word)
        ):
            yield Failure(call, thrown)
        return
    known = any(_is_known(value) for value in found)
    yield Failure(call, EXCEPTION, sure=known and _has_message(scene, call))


def _is_known(value: values.Value) -> bool:
    """Whether a callee is a library's; what a class inherits may be anything."""
    return isinstance(value, values.External) and not (
        value.receiver is not None and isinstance(value.receiver.site, nodes.ClassDef)
    )


def _is_measured(scene: Scene, call: nodes.Call, word: Word) -> bool:
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


def _is_shapeless(scene: Scene, call: nodes.Call) -> bool:
    """A method of what JSON may not be: ``.get()`` on a list, on a number."""
    if scene.program.module_of(call).language != "python":
        return False
    match call.function:
        case nodes.Member(object=inner):
            return (
                _is_parsed(scene, inner)
                and not _is_vetted(scene, inner)
                and not _is_asked_for(scene, inner)
            )
        case _:
            return False


def _is_asked_for(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a test that holds here asks what a message is: `isinstance(m, dict)`."""
    held = set(messages(scene, node))
    return any(
        isinstance(inner, nodes.Call)
        and last_name(inner.function) in {"isinstance", "type", "hasattr"}
        and any(held & set(messages(scene, each.value)) for each in inner.arguments)
        for test in deciding(scene.program, node)
        for inner in tree.walk(test)
    )


def _hands_on(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call only passes a frame on as it came."""
    found = [
        message
        for argument in call.arguments
        for message in messages(scene, argument.value)
    ]
    return bool(found) and not any(message.parsed for message in found)


def is_harmless(
    scene: Scene, call: nodes.Call, found: values.Values | None = None
) -> bool:
    """Whether a call practically never fails, as far as its name and callees tell."""
    if found is None:
        found = scene.program.values(call.function)
    if any(isinstance(value, values.Func) for value in found):
        return False
    if last_name(call.function) in scene.dialects.spoken("harmless", "logs"):
        return True
    names = [v.name for v in found if isinstance(v, values.External)]
    return scene.word("task", call) is not None or (
        bool(names)
        and all(scene.dialects.match_word("harmless", name) for name in names)
    )
