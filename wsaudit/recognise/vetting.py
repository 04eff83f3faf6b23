"""Vetting: what has looked at a part of a message before the program relies on it.

A test of the part, a key asked for, a type guard, a validator, a default, an exception
that is expected: each of these shows that somebody thought of a message without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Seen
from wsaudit.program import flow, values
from wsaudit.program.tree import last_name, own_in, strip, walk
from wsaudit.recognise.carriers import carriers
from wsaudit.recognise.catching import catches, is_broad
from wsaudit.recognise.fates import catchers, raised_again
from wsaudit.recognise.messages import COMPUTED, Message, messages
from wsaudit.recognise.remainders import is_quiet, logs
from wsaudit.recognise.scene import written
from wsaudit.recognise.validation import validations, validator_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

Path = tuple[str, ...]

_DEPTH = 4
_FAR = 6
_EXPECTED = ("builtins.KeyError", "builtins.TypeError", "builtins.AttributeError")
"""What Python raises for a message that lacks something."""
_ASKS = frozenset({"hasOwn", "hasOwnProperty", "has", "all", "any", "issubset", "keys"})
_TESTS = frozenset({"isinstance", "isArray", "hasattr", "callable"}) | _ASKS
_CHECKING = ("valid", "check", "guard", "assert", "schema", "verify", "require")


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
) -> Vetting:
    """What has looked at a part of a message, ``node``, where it is used.

    ``kinds`` are the paths by which messages are told apart: a comparison of those
    tells nothing of the rest.
    """
    found = defaulted(scene, node, message) or _before(scene, node, message, kinds)
    if found is not None:
        return Vetting(found)
    caught = _caught(scene, node, message)
    if caught.evidence is not None:
        return caught
    outer = [
        vetting(scene, site, message, kinds, depth + 1)
        for site in (_outside(scene, node, message) if depth < _DEPTH else ())
    ]
    for each in outer:
        if each.evidence is not None:
            return each
    around = bool(outer) and all(each.contained for each in outer)
    return Vetting(contained=caught.contained or around)


def _outside(scene: Scene, node: Node, message: Message) -> Iterator[nodes.Expression]:
    """Where the function around a node got the message from: calls, closures."""
    function = scene.program.function_of(node)
    if function is None or function is scene.program.function_of(message.source):
        return
    if function.kind in {"arrow", "lambda", "expression"}:
        yield function
    for site in scene.program.callers(function):
        if isinstance(site, nodes.Call) and any(
            _same(scene, argument.value, message) for argument in site.arguments
        ):
            yield site


def traced(scene: Scene, node: Node, message: Message, depth: int = 0) -> bool:
    """Whether a use is reached from where the message came in by calls in sight.

    What lay in a field or a collection in between may be another value.
    """
    function = scene.program.function_of(node)
    if function is scene.program.function_of(message.source):
        return True
    return depth < _FAR and any(
        traced(scene, site, message, depth + 1)
        for site in _outside(scene, node, message)
    )


def _same(scene: Scene, node: nodes.Expression, message: Message) -> bool:
    """Whether an expression holds (a part of) the message that is asked about."""
    return any(True for _ in _parts(scene, node, message))


def _parts(scene: Scene, node: nodes.Expression, message: Message) -> Iterator[Message]:
    if not carriers(scene).carries(node):
        return
    for part in messages(scene, node):
        if part.socket is message.socket and part.source is message.source:
            yield part


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
                return _present(scene, at, "a default stands in for what is missing")
            case nodes.Call(function=nodes.Member(name="get" | "pop"), arguments=given):
                if len(given) > 1:
                    return _present(
                        scene, at, "a default stands in for what is missing"
                    )
                at = at.function
            case (
                nodes.Member(object=inner, optional=optional)
                | nodes.Index(object=inner, optional=optional)
            ):
                if optional and any(
                    part.path for part in _parts(scene, inner, message)
                ):
                    return _present(scene, at, "`?.` allows for what is missing")
                at = inner
            case nodes.Call(function=inner):
                at = inner
            case nodes.Name() if depth < _DEPTH:
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
            return _present(scene, pattern, "a default stands in for what is missing")
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
    function = scene.program.function_of(parameter)
    found: Evidence | None = None
    for site in scene.program.callers(function) if function else ():
        assert function is not None  # noqa: S101 - there are no callers without it
        given = scene.program.argument_for(site, function, parameter)
        if given is None or given is ...:
            continue
        if _same(scene, given, message):
            found = defaulted(scene, given, message, depth + 1)
            if found is None:
                return None
    return found


def _present(scene: Scene, at: Node, why: str) -> Evidence:
    return Evidence(Seen.PRESENT, why, scene.place(at))


# -- tests before it ---------------------------------------------------------------


def _before(
    scene: Scene, node: Node, message: Message, kinds: frozenset[Path]
) -> Evidence | None:
    """What has certainly run before a node and has looked at the part."""
    unsure: Evidence | None = None
    for validation in validations(scene):
        checked = validation.message
        if checked.socket is message.socket and checked.source is message.source:
            return _present(scene, validation.call, "a validator looks at it first")
    for guard in flow.guards(node, scene.program.parents):
        found = _tested(scene, guard.test, message, kinds)
        if found is not None and found.present:
            return found
        unsure = unsure or found
    for earlier in _mended(scene, node):
        found = _tested(scene, earlier.test, message, kinds)
        if found is not None and found.present:
            return found
    for call in _statements(scene, node):
        found = _checked(scene, call, message)
        if found is not None and found.present:
            return found
        unsure = unsure or found
    return unsure


def _mended(scene: Scene, node: Node) -> Iterator[nodes.If]:
    """The tests before a node that put something else in the place of what is bad."""
    function = scene.program.function_of(node)
    for each in own_in(function.body) if function is not None else ():
        if (
            isinstance(each, nodes.If)
            and each.end <= node.start
            and any(isinstance(s, nodes.Bind) for s in each.then)
            and flow.dominates(each, node, scene.program.parents)
        ):
            yield each


def _statements(scene: Scene, node: Node) -> Iterator[nodes.Call]:
    """The calls that are statements of their own and have run before a node."""
    function = scene.program.function_of(node)
    for each in own_in(function.body) if function is not None else ():
        if isinstance(each, nodes.Expr) and each.end <= node.start:
            call = strip(each.value)
            if isinstance(call, nodes.Call) and flow.dominates(
                each, node, scene.program.parents
            ):
                yield call


def _tested(
    scene: Scene, test: nodes.Expression, message: Message, kinds: frozenset[Path]
) -> Evidence | None:
    unsure: Evidence | None = None
    for node in walk(test):
        match node:
            case nodes.Binary(op="in" | "not in", left=left, right=right):
                if _asks_for_key(scene, left, right, message):
                    return _present(scene, test, "its keys are asked for first")
            case nodes.Call():
                found = _checked(scene, node, message)
                if found is not None and found.present:
                    return found
                unsure = unsure or found
                if _looks_at(scene, node, message, kinds):
                    return _present(scene, test, "it is tested first")
            case nodes.Name() | nodes.Member() | nodes.Index():
                if _looks_at(scene, node, message, kinds):
                    return _present(scene, test, "it is tested first")
            case _:
                continue
    return unsure


def _looks_at(
    scene: Scene, node: nodes.Expression, message: Message, kinds: frozenset[Path]
) -> bool:
    """Whether a part on the way to (or below) the one that is used is tested."""
    for part in _parts(scene, node, message):
        path = part.path
        shorter = min(len(path), len(message.path))
        if path and path not in kinds and path[:shorter] == message.path[:shorter]:
            return True
    return False


def _asks_for_key(
    scene: Scene, key: nodes.Expression, inside: nodes.Expression, message: Message
) -> bool:
    for part in _parts(scene, inside, message):
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


def _checked(scene: Scene, call: nodes.Call, message: Message) -> Evidence | None:
    """A call that is given the whole message, or asked what keys it has."""
    name = last_name(call.function)
    given = [
        argument
        for argument in call.arguments
        if any(
            len(p.path) < len(message.path) or not p.path
            for p in _parts(scene, argument.value, message)
        )
    ]
    if name in _ASKS and (given or _same(scene, call.function, message)):
        return _present(scene, call, "its keys are asked for first")
    if not given or name in _TESTS:
        return None
    if validator_of(scene, call) is not None:
        return _present(scene, call, "a validator looks at it first")
    functions = scene.functions_of(call.function)
    if any(asks_what_it_is_given(scene, function) for function in functions):
        return _present(scene, call, f"`{name}` looks at it first")
    if functions or logs(name) or is_quiet(name) or scene.use(call) is not None:
        return None
    if any(word in name.lower() for word in _CHECKING):
        return Evidence(Seen.UNKNOWN, f"`{written(call.function)}` is not in sight")
    return None


def asks_what_it_is_given(
    scene: Scene, function: nodes.Function, depth: int = 0
) -> bool:
    """Whether a function asks what a value is made of: ``typeof``, ``in``, a validator.

    A type guard that says ``return true`` does not.
    """
    for node in own_in(function.body):
        match node:
            case nodes.Unary(op="typeof"):
                return True
            case nodes.Binary(op="in" | "not in" | "instanceof"):
                return True
            case nodes.Call():
                if last_name(node.function) in _TESTS:
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


# -- exceptions that are expected --------------------------------------------------


def _caught(scene: Scene, node: Node, message: Message) -> Vetting:
    """What catches the exception for want of a part, and costs no other message."""
    python = scene.program.module_of(node).language == "python"
    for catcher in catchers(scene, node):
        if raised_again(scene, catcher, _EXPECTED[0]) is not None:
            continue
        if not python:
            return Vetting(contained=True)
        if not any(catches(scene, catcher, each) for each in _EXPECTED):
            continue
        if not is_broad(scene, catcher):
            why = "what Python raises for want of it is caught"
            return Vetting(_present(scene, catcher.at, why))
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
        for loop in flow.loops(source, scene.program.parents)
    )
