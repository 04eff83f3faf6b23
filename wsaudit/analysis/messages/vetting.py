"""Vetting: what has looked at a part of a message before the program relies on it.

A test of the part, a key asked for, a type guard, a validator, a default, an exception
that is expected: each of these shows that somebody thought of a message without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import catches, handlers, is_broad, raised_again
from wsaudit.analysis.emitters import telling
from wsaudit.analysis.messages.asking import Path, asked, checked, looks, present
from wsaudit.analysis.messages.held import Message
from wsaudit.analysis.messages.parts import is_of, parts
from wsaudit.analysis.messages.validation import validations
from wsaudit.analysis.origins import given
from wsaudit.flow.conditions import deciding
from wsaudit.flow.ways import always_before
from wsaudit.limits import STEPS
from wsaudit.model import Evidence
from wsaudit.program import subjects, tree
from wsaudit.program.asked import asked as once
from wsaudit.program.tree import own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_EXPECTED = ("builtins.KeyError", "builtins.TypeError", "builtins.AttributeError")
"""What Python raises for a message that lacks something."""


@dataclass(frozen=True, slots=True)
class Vetting:
    """What is known of a part before its use.

    ``evidence`` is None when nothing has looked at it. ``contained`` when an exception
    for want of it is caught with the message.
    """

    evidence: Evidence | None = None
    contained: bool = False


def vetting(
    scene: Scene,
    node: nodes.Expression,
    message: Message,
    kinds: frozenset[Path],
    depth: int = 0,
    *,
    typed: bool = False,
) -> Vetting:
    """What has looked at a part of a message, ``node``, where it is used.

    ``kinds`` are the paths by which messages are told apart: a comparison of those
    tells nothing of the rest. ``typed`` when only a look at its type counts.
    """
    found = None if typed else defaulted(scene, node, message)
    found = found or _before(scene, node, message, kinds, typed=typed)
    if found is not None:
        return Vetting(found)
    caught = _caught(scene, node, message)
    if caught.evidence is not None:
        return caught
    outer = [
        vetting(scene, site, message, kinds, depth + 1, typed=typed)
        for site in (outside(scene, node, message) if depth < STEPS else ())
    ]
    for each in outer:
        if each.evidence is not None:
            return each
    around = bool(outer) and all(each.contained for each in outer)
    return Vetting(contained=caught.contained or around)


def outside(scene: Scene, node: Node, message: Message) -> Iterator[nodes.Expression]:
    """Where the function around a node got the message from: calls, closures."""
    function = scene.program.function_of(node)
    if function is None or function is scene.program.function_of(message.source):
        return
    if function.kind in {"arrow", "lambda", "expression"}:
        yield function
    yield from subjects.read_in(scene.program, function)
    for site in (*scene.program.callers(function), *telling(scene, function)):
        if isinstance(site, nodes.Call) and any(
            is_of(scene, argument.value, message) for argument in site.arguments
        ):
            yield site


def traced(scene: Scene, node: Node, message: Message, depth: int = 0) -> bool:
    """Whether a use is reached from where the message came in by calls in sight.

    What lay in a field or a collection in between may be another value.
    """
    function = scene.program.function_of(node)
    if function is scene.program.function_of(message.source):
        return True
    return depth < STEPS and any(
        traced(scene, site, message, depth + 1)
        for site in outside(scene, node, message)
    )


# -- in the expression itself ------------------------------------------------------


def defaulted(
    scene: Scene, node: nodes.Expression, message: Message, depth: int = 0
) -> Evidence | None:
    """A default or ``?.`` on the way from the message to a part of it."""
    at: nodes.Expression = node
    while True:
        match at:
            case nodes.Cast(value=inner) | nodes.Await(value=inner):
                at = inner
            case nodes.Logical(op="or" | "??") | nodes.Conditional():
                return present(scene, at, "a default stands in for what is missing")
            case nodes.Call(function=nodes.Member(name="get" | "pop"), arguments=given):
                if len(given) > 1:
                    return present(scene, at, "a default stands in for what is missing")
                at = at.function
            case (
                nodes.Member(object=inner, optional=optional)
                | nodes.Index(object=inner, optional=optional)
            ):
                if optional and any(part.path for part in parts(scene, inner, message)):
                    return present(scene, at, "`?.` allows for what is missing")
                at = inner
            case nodes.Call(function=inner):
                at = inner
            case nodes.Name() if depth < STEPS:
                return _bound(scene, at, message, depth)
            case _:
                return None


def _bound(
    scene: Scene, name: nodes.Name, message: Message, depth: int
) -> Evidence | None:
    """A default in what a name is bound to, or in the pattern that binds it."""
    binding = scene.program.binding(name)
    if binding is None:
        return None
    for write in binding.writes:
        pattern = scene.program.parents.get(write.at)
        if isinstance(pattern, nodes.Assign) and pattern.target is write.at:
            return present(scene, pattern, "a default stands in for what is missing")
    if not binding.constant:
        return None
    write = binding.writes[0]
    if write.kind == "assign" and write.value is not None:
        return defaulted(scene, write.value, message, depth + 1)
    function = write.source
    if write.kind == "parameter" and isinstance(function, nodes.Parameter):
        return _given(scene, function, message, depth)
    return None


def _given(
    scene: Scene, parameter: nodes.Parameter, message: Message, depth: int
) -> Evidence | None:
    """A default in what every caller gives."""
    found: Evidence | None = None
    for one in given(scene.program, parameter):
        if one.value is not None and is_of(scene, one.value, message):
            found = defaulted(scene, one.value, message, depth + 1)
            if found is None:
                return None
    return found


# -- tests before it ---------------------------------------------------------------


def _before(
    scene: Scene,
    node: Node,
    message: Message,
    kinds: frozenset[Path],
    *,
    typed: bool,
) -> Evidence | None:
    """What has certainly run before a node and has looked at the part."""
    unsure: Evidence | None = None
    validator = _validators(scene).get((message.socket, message.source))
    if validator is not None:
        return present(scene, validator, "a validator looks at it first")
    for test in deciding(scene.program, node):
        found = asked(scene, test, message, kinds, typed=typed)
        if found is not None and found.present:
            return found
        unsure = unsure or found
    for earlier in _mended(scene, node):
        found = asked(scene, earlier.test, message, kinds, typed=typed)
        if found is not None and found.present:
            return found
    return _by_statement(scene, node, message, unsure, typed=typed)


@once
def _validators(scene: Scene) -> dict[tuple[Socket, Node], nodes.Call]:
    """The first call that validates each message, by its socket and source."""
    return {
        (each.message.socket, each.message.source): each.call
        for each in reversed(validations(scene))
    }


def _mended(scene: Scene, node: Node) -> Iterator[nodes.If]:
    """The tests before a node that put something else in the place of what is bad."""
    function = scene.program.function_of(node)
    for each in _repairs(scene, function) if function is not None else ():
        if each.end <= node.start and always_before(scene.program, [each], node):
            yield each


@once
def _repairs(scene: Scene, function: nodes.Function) -> tuple[nodes.If, ...]:
    """The tests of a function that put something in the place of something."""
    return tuple(
        each
        for each in own_of(function)
        if isinstance(each, nodes.If)
        and any(isinstance(s, nodes.Bind) for s in each.then)
    )


def _by_statement(
    scene: Scene, node: Node, message: Message, unsure: Evidence | None, *, typed: bool
) -> Evidence | None:
    """What a call has asked of a part that is a statement and has run before a node."""
    function = scene.program.function_of(node)
    for each in _looking(scene, function) if function is not None else ():
        if each.end > node.start:
            break
        found = checked(scene, each, message, typed=typed)
        # The first that is not in sight is as good as all of them.
        if found is None or (unsure is not None and not found.present):
            continue
        if always_before(scene.program, [each], node):
            if found.present:
                return found
            unsure = found
    return unsure


@once
def _looking(scene: Scene, function: nodes.Function) -> tuple[nodes.Call, ...]:
    """The calls of a function that are statements and may look at what they get."""
    return tuple(
        call
        for each in own_of(function)
        if isinstance(each, nodes.Expr)
        and isinstance(call := strip(each.value), nodes.Call)
        and looks(scene, call)
    )


# -- exceptions that are expected --------------------------------------------------


def _caught(scene: Scene, node: Node, message: Message) -> Vetting:
    """What catches the exception for want of a part, and costs no other message."""
    python = scene.program.module_of(node).language == "python"
    for catcher in handlers(scene, node):
        if raised_again(scene, catcher, _EXPECTED[0]) is not None:
            continue
        if not python:
            return Vetting(contained=True)
        if not any(catches(scene, catcher, each) for each in _EXPECTED):
            continue
        if not is_broad(scene, catcher):
            why = "what Python raises for want of it is caught"
            return Vetting(present(scene, catcher.at, why))
        if not _around_receive(scene, catcher.scope, message):
            return Vetting(contained=True)
    return Vetting()


def _around_receive(scene: Scene, scope: Node, message: Message) -> bool:
    """Whether what is caught has ended the loop that takes the messages in."""
    source = message.source
    if scene.program.module_of(source) is not scene.program.module_of(scope):
        return False
    inside = scope.start <= source.start and source.end <= scope.end
    return inside and not any(
        loop.start <= scope.start and scope.end <= loop.end
        for loop in tree.loops(source, scene.program.parents)
    )
