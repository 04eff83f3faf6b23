"""Reasons: whether a client asks why its connection was closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Seen
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.syntax.nodes import Node

MEMBERS = frozenset({"code", "reason", "wasClean", "rcvd", "sent", "rcvd_then_sent"})
"""What tells why, of a browser's event and of an exception of Python's websockets."""
SEEN_FIRST = (Seen.PRESENT, Seen.UNKNOWN, Seen.ABSENT)
_LOGS = frozenset(
    {"log", "debug", "info", "warn", "warning", "error", "trace", "print"}
)
_DEPTH = 4
_IGNORED = Evidence(Seen.ABSENT)


def asked(scene: Scene, socket: Socket, attached: Iterable[Attached]) -> Evidence:
    """Whether one of some handlers looks at the code or the reason."""
    best = _IGNORED
    for one in attached:
        whole, positions = _given(scene, socket, one)
        if not one.resolved:
            best = _better(best, Evidence(Seen.UNKNOWN, f"what `{one.name}` runs"))
        for function in one.functions:
            for position in positions:
                best = _better(best, reads(scene, function, position, whole=whole))
    return best


def _given(
    scene: Scene, socket: Socket, attached: Attached
) -> tuple[bool, tuple[int, ...]]:
    """Where a handler is given the code: in an event, or as arguments of their own."""
    event = scene.dialects.event(socket.dialect, attached.name)
    if event is not None and event.code and "." not in event.code:
        return False, (int(event.code), int(event.code) + 1)
    code = event.code if event is not None else ""
    return True, (int(code.partition(".")[0] or 0),)


def _better(one: Evidence, other: Evidence) -> Evidence:
    return min(one, other, key=lambda evidence: SEEN_FIRST.index(evidence.seen))


def reads(
    scene: Scene,
    function: nodes.Function,
    position: int,
    *,
    whole: bool = True,
    depth: int = 0,
) -> Evidence:
    """Whether a function looks at the reason in one of its parameters.

    ``whole`` when the parameter is an event or exception, of which the reason is a
    member; otherwise it is the reason itself, and any use of it counts.
    """
    parameters = function.parameters
    if any(parameter.kind == "rest" for parameter in parameters[: position + 1]):
        return Evidence(Seen.UNKNOWN, "what is done with the rest of the arguments")
    if position >= len(parameters):
        return _IGNORED
    target = parameters[position].target
    if isinstance(target, nodes.Record):
        return _taken_apart(scene, target)
    if not isinstance(target, nodes.Name):
        return _IGNORED
    best = _IGNORED
    for name in _mentions(scene, function, target):
        if not whole:
            return _present(scene, name)
        best = _better(best, _use(scene, name, depth))
    return best


def _present(scene: Scene, node: Node) -> Evidence:
    return Evidence(Seen.PRESENT, "looks at the close code", scene.place(node))


def _taken_apart(scene: Scene, pattern: nodes.Record) -> Evidence:
    for entry in pattern.entries:
        if entry.kind == "spread":
            return Evidence(Seen.UNKNOWN, "what is done with the rest of the event")
        if tree.key_of(entry) in MEMBERS:
            return _present(scene, entry)
    return _IGNORED


def _mentions(
    scene: Scene, function: nodes.Function, target: nodes.Name
) -> Iterator[nodes.Name]:
    """The places where a parameter is used, also in functions inside."""
    wanted = scene.program.binding(target)
    for statement in function.body:
        for node in tree.walk(statement):
            if (
                isinstance(node, nodes.Name)
                and node.id == target.id
                and scene.program.binding(node) is wanted
            ):
                yield node


def _use(scene: Scene, name: nodes.Name, depth: int) -> Evidence:
    """What one use of the whole event tells."""
    around: Node | nodes.Module | None = scene.program.parents.get(name)
    while isinstance(around, nodes.Cast):
        around = scene.program.parents.get(around)
    match around:
        case nodes.Member(name=member):
            return _present(scene, around) if member in MEMBERS else _IGNORED
        case nodes.Index():
            return _present(scene, around)
        case nodes.Bind(target=nodes.Record() as pattern):
            return _taken_apart(scene, pattern)
        case nodes.Argument():
            return _handed_on(scene, around, depth)
        case nodes.Template() | nodes.Binary() | nodes.Logical() | nodes.Expr():
            return _IGNORED
        case nodes.If() | nodes.Not() | nodes.Conditional() | nodes.Raise():
            return _IGNORED
        case _:
            return Evidence(Seen.UNKNOWN, f"what becomes of `{name.id}`")


def _handed_on(scene: Scene, argument: nodes.Argument, depth: int) -> Evidence:
    """What a function does with the event that it is given."""
    call = scene.program.parents.get(argument)
    if not isinstance(call, nodes.Call):
        return Evidence(Seen.UNKNOWN, "where the event is handed to")
    if last_name(call.function) in _LOGS:
        return _IGNORED
    functions = scene.program.callees(call)
    if not functions or depth > _DEPTH:
        return Evidence(Seen.UNKNOWN, f"what `{scene.text(call.function)}()` does")
    best = _IGNORED
    for function in functions:
        for position, parameter in enumerate(function.parameters):
            given = scene.program.argument_for(call, function, parameter)
            if given is argument.value:
                found = reads(scene, function, position, depth=depth + 1)
                best = _better(best, found)
            elif given is ...:
                return Evidence(Seen.UNKNOWN, "what is done with spread arguments")
    return best
