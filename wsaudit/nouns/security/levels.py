"""Levels: what an expression says of who a client is, followed into functions."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import returned
from wsaudit.flow.conditions import EQUALITY
from wsaudit.nouns.security.credentials import (
    SECRET,
    asks,
    only_reads,
    proves,
    shows,
)
from wsaudit.program import tree, values
from wsaudit.program.asked import asked_in_circles
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.names import Binding, Write
    from wsaudit.syntax.nodes import Node


class Level(IntEnum):
    """What an expression says of who a client is."""

    NOTHING = 0
    SHOWN = 1
    """It is what the client shows, as it came or taken apart."""
    FOUND = 2
    """It is what somebody found out by that: a user, or whether it is right."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A function as it is called: the parameters that tell something of a client."""

    function: nodes.Function
    given: tuple[tuple[nodes.Parameter, Level], ...] = ()


def level(scene: Scene, frame: Frame, node: Node) -> Level:
    """What an expression says of who a client is, by its most telling part."""
    return max(_levels(scene, frame, node), default=Level.NOTHING)


def gives(scene: Scene, frame: Frame) -> Level:
    """What the result of a function says of who a client is."""
    found = [level(scene, frame, value) for value in returned(frame.function)]
    return max(found, default=Level.NOTHING)


def entered(
    scene: Scene, frame: Frame, call: nodes.Call, callee: nodes.Function
) -> Frame:
    """A function as it is called somewhere in another."""
    found: list[tuple[nodes.Parameter, Level]] = []
    for parameter in callee.parameters:
        value = scene.program.argument_for(call, callee, parameter)
        if isinstance(value, nodes.Node) and (told := level(scene, frame, value)):
            found.append((parameter, told))
    return Frame(callee, tuple(found))


def checks(scene: Scene, frame: Frame, test: nodes.Expression) -> bool:
    """Whether a test asks more than that something is shown at all."""
    told = level(scene, frame, test)
    if told is not Level.SHOWN:
        return told is Level.FOUND
    match test:
        case nodes.Binary(op="in" | "not in", left=left):
            return level(scene, frame, left) is Level.SHOWN
        case nodes.Binary(op=op, left=left, right=right) if op in EQUALITY:
            return not any(map(_is_nothing, (left, right)))
        case _:
            return isinstance(scene.program.parents.get(test), nodes.Switch)


def _is_nothing(node: nodes.Expression) -> bool:
    """Whether an operand only tells that something is there, or of which type."""
    match node:
        case nodes.Literal(kind="string", value=value):
            return not value
        case nodes.Literal() | nodes.Unary(op="typeof"):
            return True
        case nodes.Name(id="undefined"):
            return True
        case _:
            return False


@asked_in_circles
def _levels(scene: Scene, frame: Frame, node: Node) -> tuple[Level, ...]:
    if proves(scene, node):
        return (Level.FOUND,)
    if isinstance(node, nodes.Function):
        return ()
    if isinstance(node, nodes.Call):
        return (_answer(scene, frame, node),)
    found = [level(scene, frame, part) for part in tree.children(node)]
    match node:
        case nodes.Name():
            binding = scene.program.binding(node)
            found += _of_variable(scene, frame, binding) if binding is not None else ()
        case nodes.Member():
            found += _of_field(scene, frame, node)
        case nodes.Index(index=index) if found and found[-1]:
            return (found[-1] if isinstance(index, nodes.Opaque) else Level.FOUND,)
        case _:
            pass
    if shows(scene, node):
        found.append(Level.SHOWN)
    return (max(found, default=Level.NOTHING),)


@asked_in_circles
def _of_variable(scene: Scene, frame: Frame, binding: Binding) -> tuple[Level, ...]:
    """What a variable says, by all that it is given; asked once for all its names."""
    given = dict(frame.given)
    found = [Level.NOTHING]
    for write in binding.writes:
        if isinstance(write.source, nodes.Parameter):
            found.append(given.get(write.source, Level.NOTHING))
        elif write.kind in {"assign", "augmented"} and write.value is not None:
            found.append(level(scene, frame, write.value) or _told(scene, write))
    return (max(found),)


def _told(scene: Scene, write: Write) -> Level:
    """Whether a message is received as a credential: ``token = await receive()``."""
    named = isinstance(write.at, nodes.Name) and SECRET.fullmatch(write.at.id)
    received = named and any(
        isinstance(part, nodes.Call)
        and (use := scene.use(part)) is not None
        and use.op.means == "receive"
        for part in (tree.walk(write.value) if write.value is not None else ())
    )
    return Level.SHOWN if received else Level.NOTHING


def _of_field(scene: Scene, frame: Frame, member: nodes.Member) -> Iterator[Level]:
    """What a field says, by what the function itself writes there."""
    text = dotted(member)
    for target, value in scene.program.attribute_writes(member.name):
        home = scene.program.function_of(target)
        if home is frame.function and dotted(target) == text:
            yield level(scene, frame, value)


def _answer(scene: Scene, frame: Frame, call: nodes.Call) -> Level:
    """What the result of a call says: an answer about a client, or one it shows."""
    if asks(scene, call):
        return Level.FOUND
    if shows(scene, call):
        return Level.SHOWN
    given = max((level(scene, frame, a.value) for a in call.arguments), default=0)
    found = [level(scene, frame, call.function)]
    if given is Level.FOUND:
        found.append(given)
    callees = scene.program.callees(call)
    found += [gives(scene, entered(scene, frame, call, each)) for each in callees]
    if callees or not given or call.new or scene.use(call) is not None:
        return max(found)
    if scene.dialects.speaks("looks-up", last_name(call.function)):
        return Level.FOUND
    return max(*found, Level.SHOWN if is_plain(scene, call) else Level.FOUND)


def is_plain(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call finds nothing out: of a word, of Python's own, or a record."""
    if only_reads(call) or scene.dialects.speaks(
        "finds-nothing-out", last_name(call.function)
    ):
        return True
    known = scene.program.values(call.function)
    return (bool(known) and all(map(_is_standard, known))) or any(
        isinstance(value, values.ClassRef) for value in known
    )


def _is_standard(value: values.Value) -> bool:
    """Whether something is of Python's own library, which knows nobody."""
    if not isinstance(value, values.External):
        return False
    module, _, name = value.name.partition(".")
    if module == "builtins":
        return hasattr(builtins, name.partition(".")[0])
    return module in sys.stdlib_module_names
