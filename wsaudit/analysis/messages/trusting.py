"""Trusting: where a program relies on what a message holds, looked at or not.

Comparing what kind a message is, logging it and showing it as text rely on nothing.
Reaching below a part, keeping it in state and going to the address that it names do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.asking import WHOLE
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import COMPUTED, Message, messages
from wsaudit.analysis.messages.remainders import is_quiet, logs
from wsaudit.analysis.origins import given, parameter_of
from wsaudit.analysis.runs import below
from wsaudit.analysis.states import write_of
from wsaudit.model.messages import Trust
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import key_of, last_name, own_in, own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_HTML = frozenset({"innerHTML", "outerHTML"})
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Taking:
    """A use that takes a part of a message as it came.

    ``part`` is the expression that must have been looked at and ``message`` what it
    is; ``node`` is what the finding points at. ``typed`` when it must be of a certain
    type, ``after`` when something before it fails unless the part is there.
    """

    node: nodes.Expression
    part: nodes.Expression
    message: Message
    how: Trust
    typed: bool = False
    after: bool = False
    key: str = ""
    """The key that is asked for, where the whole message must be a record."""


@asked
def takings(scene: Scene) -> tuple[Taking, ...]:
    """Every such use in the code of connections."""
    return tuple(_all(scene))


def _all(scene: Scene) -> Iterator[Taking]:
    for function in carriers(scene).functions:
        python = scene.program.module_of(function).language == "python"
        for node in own_of(function):
            yield from (_in_python if python else _in_script)(scene, node)


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


def _below(scene: Scene, node: nodes.Expression) -> Iterator[Message]:
    return (message for message in parts_of(scene, node) if message.path)


# -- Python ------------------------------------------------------------------------


def _in_python(scene: Scene, node: Node) -> Iterator[Taking]:
    match node:
        case nodes.Index(object=inner, index=index) if _is_read(scene, node):
            if isinstance(index, nodes.Opaque):
                return
            key = _key(scene, index)
            for message in parts_of(scene, inner):
                whole = Message(
                    message.socket,
                    message.source,
                    parsed=True,
                    parse=message.parse,
                    path=(*message.path, key),
                )
                yield Taking(node, node, whole, Trust.OPENED)
        case nodes.Call(function=nodes.Member(object=inner) as function):
            # A subscript raises first where there is nothing.
            after = isinstance(strip(inner), nodes.Index)
            for message in parts_of(scene, inner):
                if message.path:
                    how = Trust.OPENED
                    yield Taking(function, inner, message, how, typed=True, after=after)
                elif function.name == "get":
                    yield _get(scene, node, inner, message)
        case nodes.Loop(source=source) if source is not None:
            after = isinstance(strip(source), nodes.Index)
            for message in _below(scene, source):
                how = Trust.OPENED
                yield Taking(source, source, message, how, typed=True, after=after)
        case _:
            return


def _get(
    scene: Scene, call: nodes.Call, inner: nodes.Expression, message: Message
) -> Taking:
    """``message.get("key")``: what JSON gives may be a list, or a number."""
    key = _key(scene, call.arguments[0].value) if call.arguments else COMPUTED
    whole = replace(message, path=WHOLE)
    return Taking(call.function, inner, whole, Trust.OPENED, typed=True, key=key)


def _key(scene: Scene, index: nodes.Expression) -> str:
    for value in scene.program.values(index):
        text = getattr(value, "value", None)
        if isinstance(text, str | int):
            return str(text)
    return COMPUTED


def _is_read(scene: Scene, node: nodes.Index) -> bool:
    """Whether a subscript is asked for its value, not written or deleted."""
    around = scene.program.parents.get(node)
    match around:
        case nodes.Bind(target=target, op="=") | nodes.Assign(target=target, op="="):
            return target is not node
        case nodes.Unary(op="delete"):
            return False
        case _:
            return True


# -- TypeScript --------------------------------------------------------------------


def _in_script(scene: Scene, node: Node) -> Iterator[Taking]:
    match node:
        case (
            nodes.Member(object=inner, optional=False)
            | nodes.Index(object=inner, optional=False)
        ):
            typed = _is_called(scene, node)
            for message in _below(scene, inner):
                yield Taking(node, inner, message, Trust.OPENED, typed=typed)
        case nodes.Loop(kind="in", source=source) if source is not None:
            for message in _below(scene, source):
                yield Taking(source, source, message, Trust.OPENED, typed=True)
        case nodes.Bind(target=nodes.Record() | nodes.Sequence(), value=value) if (
            value is not None
        ):
            for message in _below(scene, value):
                yield Taking(value, value, message, Trust.OPENED)
        case nodes.Bind(target=nodes.Member() as target, value=value) if (
            value is not None
        ):
            yield from _assigned(scene, target, value)
        case nodes.Assign(target=nodes.Member() as target, value=value):
            yield from _assigned(scene, target, value)
        case nodes.Markup(attributes=attributes):
            yield from _rendered(scene, attributes)
        case nodes.Call():
            yield from _called(scene, node)
        case _:
            return


def _is_called(scene: Scene, node: Node) -> bool:
    """Whether a member is a method that is called, which only some types have."""
    around = scene.program.parents.get(node)
    return isinstance(around, nodes.Call) and around.function is node


def _assigned(
    scene: Scene, target: nodes.Member, value: nodes.Expression
) -> Iterator[Taking]:
    """``element.innerHTML = m.html`` and ``location.href = m.url``."""
    if target.name in _HTML:
        how = Trust.MARKUP
    elif target.name == "href" and last_name(target.object) == "location":
        how = Trust.VISITED
    else:
        return
    for message in parts_of(scene, value):
        yield Taking(value, value, message, how)


def _rendered(scene: Scene, attributes: tuple[nodes.Entry, ...]) -> Iterator[Taking]:
    for entry in attributes:
        if key_of(entry) == "dangerouslySetInnerHTML" and isinstance(
            entry.value, nodes.Record
        ):
            for inner in entry.value.entries:
                for message in parts_of(scene, inner.value):
                    yield Taking(inner.value, inner.value, message, Trust.MARKUP)


def _called(scene: Scene, call: nodes.Call) -> Iterator[Taking]:
    write = write_of(scene, call)
    if write is not None and write.kind != "query" and write.value is not None:
        for part in _kept(write.value, 0):
            for message in parts_of(scene, part):
                node = _origin(scene, part, message, 0)
                yield Taking(node, part, message, Trust.KEPT)
    elif call.arguments and scene.word("navigates", call) is not None:
        value = call.arguments[0].value
        for message in parts_of(scene, value):
            yield Taking(value, value, message, Trust.VISITED)


def _kept(value: nodes.Expression, depth: int) -> Iterator[nodes.Expression]:
    """The expressions that a state write keeps as they are; what is spread is not."""
    value = strip(value)
    if isinstance(value, nodes.Name | nodes.Member | nodes.Index):
        yield value
    elif depth < _DEPTH:
        for inner in _made_of(value):
            yield from _kept(inner, depth + 1)


def _made_of(value: nodes.Expression) -> Iterator[nodes.Expression]:
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
        case nodes.Call(function=nodes.Member(name="concat" | "slice") as function):
            yield function.object
            yield from (argument.value for argument in value.arguments)
        case _:
            return


def _origin(
    scene: Scene, part: nodes.Expression, message: Message, depth: int
) -> nodes.Expression:
    """Where a part left the message: what a store's action was called with."""
    part = root = strip(part)
    while isinstance(root, nodes.Member | nodes.Index):
        root = strip(root.object)
    if not isinstance(root, nodes.Name) or not message.path or depth > _DEPTH:
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
        return _origin(scene, one.value, message, depth + 1)
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


# -- what a use costs --------------------------------------------------------------


def is_told(scene: Scene, node: Node) -> bool:
    """Whether an expression is only part of what people are told: a log, an error."""
    for around in tree.within(node, scene.program.parents):
        if isinstance(around, nodes.Raise):
            return True
        if isinstance(around, nodes.Call) and logs(last_name(around.function)):
            return True
    return False


def goes_on(scene: Scene, node: Node) -> bool:
    """Whether the value of an expression goes on into other code or a variable."""
    at = node
    for around in tree.within(node, scene.program.parents):
        match around:
            case nodes.Await() | nodes.Entry() | nodes.Record() | nodes.Argument():
                at = around
            case nodes.Call(function=function):
                name = last_name(function)
                return at is not function and not (logs(name) or is_quiet(name))
            case nodes.Bind() | nodes.Assign() | nodes.Index():
                return True
            case _:
                return False
    return False
