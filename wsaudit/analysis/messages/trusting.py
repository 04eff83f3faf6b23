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
from wsaudit.analysis.messages.held import COMPUTED, Message
from wsaudit.analysis.messages.keeping import is_opened, kept, left_at
from wsaudit.analysis.messages.parts import parts_below, parts_of
from wsaudit.analysis.states import write_of
from wsaudit.analysis.traces import leaves_trace
from wsaudit.model.messages import Trust
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import key_of, last_name, own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


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


# -- Python ------------------------------------------------------------------------


def _in_python(scene: Scene, node: Node) -> Iterator[Taking]:
    match node:
        case nodes.Index(object=inner) if not _is_read(scene, node):
            # A place in nothing, in a text or a number cannot be written.
            after = isinstance(strip(inner), nodes.Index)
            for message in parts_below(scene, inner):
                how = Trust.OPENED
                yield Taking(node, inner, message, how, typed=True, after=after)
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
            for message in parts_below(scene, source):
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
            for message in parts_below(scene, inner):
                yield Taking(node, inner, message, Trust.OPENED, typed=typed)
        case nodes.Loop(kind="in", source=source) if source is not None:
            for message in parts_below(scene, source):
                yield Taking(source, source, message, Trust.OPENED, typed=True)
        case nodes.Bind(target=nodes.Record() | nodes.Sequence(), value=value) if (
            value is not None
        ):
            for message in parts_below(scene, value):
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
    if scene.says("shown-as-markup", target.name):
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
        for part in kept(scene, write.value):
            for message in parts_of(scene, part):
                if not message.path and not is_opened(scene, write):
                    continue
                node = left_at(scene, part, message)
                yield Taking(node, part, message, Trust.KEPT)
    elif call.arguments and scene.word("navigates", call) is not None:
        value = call.arguments[0].value
        for message in parts_of(scene, value):
            yield Taking(value, value, message, Trust.VISITED)


# -- what a use costs --------------------------------------------------------------


def is_told(scene: Scene, node: Node) -> bool:
    """Whether an expression is only part of an error that is raised."""
    return any(
        isinstance(around, nodes.Raise)
        for around in tree.within(node, scene.program.parents)
    )


def goes_on(scene: Scene, node: Node) -> bool:
    """Whether the value of an expression goes on into other code or a variable."""
    at = node
    for around in tree.within(node, scene.program.parents):
        match around:
            case nodes.Await() | nodes.Entry() | nodes.Record() | nodes.Argument():
                at = around
            case nodes.Call(function=function):
                name = last_name(function)
                return at is not function and not (
                    leaves_trace(name) or scene.dialects.speaks("quiet", name)
                )
            case nodes.Bind() | nodes.Assign() | nodes.Index():
                return True
            case _:
                return False
    return False
