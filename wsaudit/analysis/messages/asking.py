"""Asking: the tests of what a message is made of, in conditions and in calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.held import COMPUTED, Message
from wsaudit.analysis.messages.parts import is_of, parts
from wsaudit.analysis.messages.validation import validator_of
from wsaudit.analysis.traces import leaves_trace
from wsaudit.model import Evidence, Seen
from wsaudit.program import values
from wsaudit.program.asked import asked as once
from wsaudit.program.tree import children, last_name, own_of, strip, walk
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

Path = tuple[str, ...]
WHOLE: Path = ("{}",)
"""The path of a use for which the whole message must be a record."""


def asked(
    scene: Scene,
    test: nodes.Expression,
    message: Message,
    kinds: frozenset[Path],
    *,
    typed: bool = False,
) -> Evidence | None:
    """What a condition asks of a part of a message, of its keys or of the whole.

    ``typed`` when only what it asks of the part's type counts, not that it is there.
    Unknown when it asks code that is not in sight; None when it asks nothing.
    """
    unsure: Evidence | None = None
    for node in _asking(test):
        of = _type_asked(scene, node)
        if of is not None and _is_on_the_way(scene, of, message, kinds):
            return present(scene, test, "its type is tested first")
        match node:
            case nodes.Binary(op="in" | "not in", left=left, right=right) if not typed:
                if _asks_for_key(scene, left, right, message):
                    return present(scene, test, "its keys are asked for first")
            case nodes.Call():
                found = checked(scene, node, message, typed=typed)
                if found is not None and found.present:
                    return found
                unsure = unsure or found
                if not typed and _looks_at(scene, node, message, kinds):
                    return present(scene, test, "it is tested first")
            case nodes.Name() | nodes.Member() | nodes.Index() if not typed:
                if _looks_at(scene, node, message, kinds):
                    return present(scene, test, "it is tested first")
            case _:
                continue
    return unsure


def _asking(test: nodes.Expression) -> Iterator[Node]:
    """What a test is made of; what is only opened for a part of it is not asked for."""
    stack: list[Node] = [test]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case nodes.Member(object=inner, optional=False):
                opened = [inner]
            case nodes.Index(object=inner, index=index, optional=False):
                opened = [inner, index]
            case _:
                stack.extend(children(node))
                continue
        stack.extend(
            each
            for each in opened
            if not isinstance(strip(each), nodes.Name | nodes.Member | nodes.Index)
        )


def _type_asked(scene: Scene, node: Node) -> nodes.Expression | None:
    """What a test asks the type of, or compares with a constant."""
    match node:
        case nodes.Call(function=function, arguments=(first, *_)):
            return (
                first.value if scene.says("tests-type", last_name(function)) else None
            )
        case nodes.Unary(op="typeof", value=value):
            return value
        case nodes.Binary(op="instanceof", left=left):
            return left
        case nodes.Binary(
            op="==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=",
            left=left,
            right=nodes.Literal(kind="string" | "number"),
        ):
            return left
        case nodes.Binary(op="in" | "not in", left=left, right=nodes.Sequence()):
            return left
        case _:
            return None


def _is_on_the_way(
    scene: Scene, node: nodes.Expression, message: Message, kinds: frozenset[Path]
) -> bool:
    """Whether a part is the one that is used, or the whole where that is used."""
    if message.path == WHOLE:
        return any(not part.path for part in parts(scene, node, message))
    return any(
        part.path == message.path and part.path not in kinds
        for part in parts(scene, node, message)
    )


def _looks_at(
    scene: Scene, node: nodes.Expression, message: Message, kinds: frozenset[Path]
) -> bool:
    """Whether a part on the way to (or below) the one that is used is tested."""
    for part in parts(scene, node, message):
        path = part.path
        shorter = min(len(path), len(message.path))
        if path and path not in kinds and path[:shorter] == message.path[:shorter]:
            return True
    return False


def _asks_for_key(
    scene: Scene, key: nodes.Expression, inside: nodes.Expression, message: Message
) -> bool:
    for part in parts(scene, inside, message):
        step = len(part.path)
        if part.path and part.path[-1].endswith("()"):
            step -= 1  # ``"id" in message.keys()``
        if len(message.path) <= step:
            continue
        texts = [
            value.value
            for value in scene.program.values(key)
            if isinstance(value, values.Const)
        ]
        if not texts or message.path[step] in {*texts, COMPUTED}:
            return True
    return False


def checked(
    scene: Scene, call: nodes.Call, message: Message, *, typed: bool = False
) -> Evidence | None:
    """A call that is given the whole message, or asked what keys it has.

    ``typed`` when the latter does not count.
    """
    looking = looks(scene, call)
    if looking is None:
        return None
    given = any(
        len(part.path) < len(message.path) or not part.path
        for argument in call.arguments
        for part in parts(scene, argument.value, message)
    )
    name = last_name(call.function)
    if scene.says("asks-keys", name) and (
        given or is_of(scene, call.function, message)
    ):
        return None if typed else looking
    return looking if given and not scene.says("tests-type", name) else None


@once
def looks(scene: Scene, call: nodes.Call) -> Evidence | None:
    """How a call looks at what it is given, or may; None when it does not."""
    name = last_name(call.function)
    if scene.says("asks-keys", name):
        return present(scene, call, "its keys are asked for first")
    if scene.says("tests-type", name):
        return None
    if validator_of(scene, call) is not None:
        return present(scene, call, "a validator looks at it first")
    functions = scene.functions_of(call.function)
    if any(asks_what_it_is_given(scene, function) for function in functions):
        return present(scene, call, f"`{name}` looks at it first")
    if (
        functions
        or leaves_trace(name)
        or scene.dialects.speaks("quiet", name)
        or scene.use(call) is not None
    ):
        return None
    if any(each in name.lower() for each in scene.dialects.spoken("part-of-checking")):
        return Evidence(Seen.UNKNOWN, f"`{scene.text(call.function)}` is not in sight")
    return None


def asks_what_it_is_given(
    scene: Scene, function: nodes.Function, depth: int = 0
) -> bool:
    """Whether a function asks what a value is made of: ``typeof``, ``in``, a validator.

    A type guard that says ``return true`` does not.
    """
    tests = scene.dialects.spoken("tests-type", "asks-keys")
    for node in own_of(function):
        match node:
            case nodes.Unary(op="typeof"):
                return True
            case nodes.Binary(op="in" | "not in" | "instanceof"):
                return True
            case nodes.Call():
                if last_name(node.function) in tests:
                    return True
                if validator_of(scene, node) is not None:
                    return True
                if depth < 2 and any(
                    asks_what_it_is_given(scene, inner, depth + 1)
                    for inner in scene.functions_of(node.function)
                    if inner is not function
                ):
                    return True
            case nodes.Not(value=inner) | nodes.Return(value=nodes.Binary() as inner):
                if _asks_parameter(scene, inner, function):
                    return True
            case _:
                continue
    return False


def _asks_parameter(
    scene: Scene, node: nodes.Expression, function: nodes.Function
) -> bool:
    """Whether a member of a parameter is what an expression is about."""
    for inner in walk(node):
        if not isinstance(inner, nodes.Member | nodes.Index):
            continue
        root = strip(inner.object)
        if isinstance(root, nodes.Name):
            binding = scene.program.binding(root)
            if binding is not None and any(
                write.source in function.parameters for write in binding.writes
            ):
                return True
    return False


def present(scene: Scene, at: Node, why: str) -> Evidence:
    """Something at a node that has looked at the message."""
    return Evidence(Seen.PRESENT, why, scene.place(at))
