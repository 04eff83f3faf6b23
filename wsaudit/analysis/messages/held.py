"""Messages: which expressions hold what came in over a socket, and which part of it.

A message is followed by value, across names, calls and files: the parameter of a
message handler is seeded in `seed_events`, a receive gives an instance whose receiver
is the socket, and members, keys and JSON parsing are steps from there. What a validator
returns is another value, so a validated message is no message any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import spread
from wsaudit.limits import FAR, STEPS
from wsaudit.program import values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.tree import strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.dialects import Op
    from wsaudit.syntax.nodes import Node

EVENT = "event#"
"""Prefix of the types that parameters of event handlers are seeded with."""
ELEMENT = "[]"
COMPUTED = "?"

_STEP = re.compile(r"\.([^.()\[\]]+)(\(\))?|\[([^\]]*)\]|\(\)")


@dataclass(frozen=True, slots=True)
class Message:
    """What an expression may hold: (a part of) a message that came in over a socket.

    ``path`` are the keys from the whole message down; `ELEMENT` for an item of a list,
    `COMPUTED` for a key that does not fold. ``parsed`` is false for the frame as it
    came; ``parse`` is the call that parsed it, None where the library did. ``source``
    is the receive, the loop's source or the handler's parameter.
    """

    socket: Socket
    source: Node
    parsed: bool
    parse: nodes.Call | None = None
    path: tuple[str, ...] = ()


def seed_events(scene: Scene) -> None:
    """Give the parameters of event handlers a type, so that they are followed."""
    for attached in scene.attached:
        for function in attached.functions:
            for position, parameter in enumerate(_parameters(scene, function)):
                if parameter not in scene.by_site:
                    kind = f"{EVENT}{attached.event.value}.{position}"
                    if parameter not in scene.program.seeds:
                        given = values.Instance(kind, parameter)
                        scene.program.seed(parameter, given)
                    scene.attached_of.setdefault(parameter, []).append(attached)
    scene.catch_up()


def _parameters(scene: Scene, function: nodes.Function) -> tuple[nodes.Parameter, ...]:
    """The parameters that an event fills: without Python's ``self``."""
    definition = scene.program.parents.get(function)
    if (
        scene.program.module_of(function).language == "python"
        and isinstance(definition, nodes.FunctionDef)
        and definition.kind == "method"
    ):
        return function.parameters[1:]
    return function.parameters


@asked
def messages(scene: Scene, node: nodes.Expression) -> tuple[Message, ...]:
    """The messages that an expression may be (a part of), each once.

    Where sockets share what parses their messages, a call gives those that it is given.
    """
    found = _of(scene, node)
    given = _given(scene, node, 0) if len({one.socket for one in found}) > 1 else None
    return tuple(one for one in found if given is None or one.socket in given)


def _given(
    scene: Scene, node: nodes.Expression, depth: int
) -> AbstractSet[Socket] | None:
    """The sockets whose messages an expression is made of; None where all may be."""
    node = strip(node)
    if depth > STEPS:
        return None
    match node:
        case nodes.Member(object=inner) | nodes.Index(object=inner):
            return _given(scene, inner, depth + 1)
        case nodes.Name():
            binding = scene.program.binding(node)
            writes = binding.writes if binding is not None else []
            parts = [
                _given(scene, write.value, depth + 1) if write.value else None
                for write in writes
                if write.kind != "parameter"
            ]
            known = [part for part in parts if part is not None]
            whole = len(known) == len(writes) and known
            return frozenset().union(*known) if whole else None
        case nodes.Call():
            return _passed_on(scene, node, depth)
        case _:
            return None


def _passed_on(
    scene: Scene, call: nodes.Call, depth: int
) -> AbstractSet[Socket] | None:
    """The sockets whose messages a call is given, or takes itself."""
    given: set[Socket] = set()
    for argument in call.arguments:
        found = _of(scene, argument.value)
        told = _given(scene, argument.value, depth + 1) if found else None
        given |= {one.socket for one in found if told is None or one.socket in told}
    if not given:
        return None
    ran = spread(scene, scene.functions_of(call.function))
    function_of = scene.program.function_of
    own = (one.socket for one in _of(scene, call) if function_of(one.source) in ran)
    return given.union(own)


@asked_in_circles
def _of(scene: Scene, node: nodes.Expression) -> tuple[Message, ...]:
    """The messages that an expression may be, whoever calls what it is made by.

    What is parsed into its own name (``m = json.loads(m)``) asks for itself.
    """
    found: dict[Message, None] = {}
    for value in scene.program.values(node):
        found.update(dict.fromkeys(_of_value(scene, value, 0)))
    return tuple(found)


def _of_value(scene: Scene, value: values.Value, depth: int) -> Iterator[Message]:
    if depth > FAR:
        return
    match value:
        case values.External(name=name, receiver=values.Instance() as receiver):
            yield from _step_down(scene, receiver, name, None, depth)
        case values.Instance(of=of, site=site, receiver=values.Instance() as receiver):
            yield from _step_down(scene, receiver, of, site, depth)
        case values.Instance(of=of, site=nodes.Call() as call):
            yield from _parsed(scene, of, call)
        case values.Instance(of=of, site=nodes.Parameter() as site) if of.startswith(
            EVENT
        ):
            yield from _handed_over(scene, site, int(of.rpartition(".")[2]))
        case _:
            return


def _parsed(scene: Scene, of: str, call: nodes.Call) -> Iterator[Message]:
    word = scene.dialects.match_word("parse", of)
    position = (word.takes or 0) if word else 0
    if word is None or len(call.arguments) <= position:
        return
    for message in _of(scene, call.arguments[position].value):
        if not message.parsed:
            # The text may lie in a frame's envelope, which is no part of the message.
            yield replace(message, parsed=True, parse=call, path=())


def _handed_over(
    scene: Scene, parameter: nodes.Parameter, position: int
) -> Iterator[Message]:
    """The message in a handler's parameter, where that is the message itself."""
    for attached in scene.attached_of.get(parameter, ()):
        for socket in attached.sockets:
            where = _where(scene, attached, socket)
            if where is None or where.param != position or where.data:
                continue
            yield Message(socket, parameter, parsed=where.decodes == "json")


@dataclass(frozen=True, slots=True)
class _Where:
    param: int
    data: str
    decodes: str


def _where(scene: Scene, attached: Attached, socket: Socket) -> _Where | None:
    """Where a message handler finds the message, by its socket's dialect."""
    if attached.event.value != "message":
        return None
    if attached.message is not None:
        return _Where(attached.message, "", "json")
    dialects, dialect = scene.dialects, socket.dialect
    for source in ("option", "override", "receiver"):
        op = dialects.op(dialect, attached.name, source)
        if op is not None:
            return _Where(op.param, op.data, op.decodes)
    event = dialects.event(dialect, attached.name) or dialects.event_of_property(
        dialect, attached.name
    )
    if event is not None:
        return _Where(event.param, event.data, event.decodes)
    # An application's own event, as socket.io has them: the arguments are decoded.
    return _Where(dialects.dialect(dialect).dialect.event_param, "", "json")


def _step_down(
    scene: Scene,
    receiver: values.Instance,
    name: str,
    site: Node | None,
    depth: int,
) -> Iterator[Message]:
    """What lies at ``name`` below a receiver: an operation's result, or a part."""
    if not name.startswith(receiver.of):
        return
    suffix = name[len(receiver.of) :]
    socket = scene.by_site.get(receiver.site)
    if socket is not None and receiver.of.endswith(ELEMENT):
        yield from _of_element(scene, socket, suffix, site or receiver.site)
        return
    if socket is not None and not receiver.of.startswith(EVENT):
        yield from _received(scene, socket, suffix, site or receiver.site)
        return
    if receiver.of.startswith(EVENT) and isinstance(receiver.site, nodes.Parameter):
        yield from _of_event(scene, receiver, suffix, site)
        return
    iterated = _iterated(scene, receiver)
    if iterated is not None and suffix.startswith(ELEMENT):
        socket, op, source = iterated
        first = Message(socket, source, parsed=op.decodes == "json")
        yield from _parts(scene, first, suffix[len(ELEMENT) :], site)
        return
    for message in _of_value(scene, receiver, depth + 1):
        yield from _parts(scene, message, suffix, site)


def _iterated(
    scene: Scene, receiver: values.Instance
) -> tuple[Socket, Op, Node] | None:
    """The socket and operation of ``ws.iter_json()``, whose elements are messages."""
    inner = receiver.receiver
    socket = scene.by_site.get(inner.site) if inner else None
    if inner is None or socket is None or not receiver.of.startswith(inner.of):
        return None
    name = receiver.of[len(inner.of) :].removeprefix(".").removesuffix("()")
    op = scene.dialects.op(socket.dialect, name, "receiver")
    return (socket, op, receiver.site) if op and op.means == "iterate" else None


def _received(
    scene: Scene, socket: Socket, suffix: str, site: Node
) -> Iterator[Message]:
    """A message from an operation on a socket: a receive, the loop over it, a state."""
    if suffix.startswith(ELEMENT):
        yield from _of_element(scene, socket, suffix[len(ELEMENT) :], site)
        return
    found = _STEP.match(suffix)
    if found is None or not found[1]:
        return
    op = scene.dialects.op(socket.dialect, found[1], "receiver") or scene.dialects.op(
        socket.dialect, found[1], "result"
    )
    if op is None or op.means not in {"receive", "last_message"}:
        return
    rest = suffix[found.end() :]
    if op.means == "receive" and not found[2]:
        return
    yield from _unwrapped(scene, Message(socket, site, parsed=False), op, rest, site)


def _of_element(
    scene: Scene, socket: Socket, rest: str, site: Node
) -> Iterator[Message]:
    """A message of the loop over a socket, which may come in an envelope."""
    message = Message(socket, site, parsed=False)
    op = scene.dialects.op(socket.dialect, ELEMENT, "receiver")
    if op is None:
        yield from _parts(scene, message, rest, site)
    else:
        yield from _unwrapped(scene, message, op, rest, site)


def _unwrapped(
    scene: Scene, message: Message, op: Op, rest: str, site: Node
) -> Iterator[Message]:
    """The message in what an operation gives: at ``data``, or all of it."""
    decoding = f".{op.decoder}()"
    if op.decoder and rest.startswith(decoding):
        rest, json = rest[len(decoding) :], True
    elif op.data and not rest.startswith(f".{op.data}"):
        return
    else:
        rest, json = rest[len(op.data) + 1 if op.data else 0 :], op.decodes == "json"
    yield from _parts(scene, replace(message, parsed=json), rest, site)


def _of_event(
    scene: Scene, receiver: values.Instance, suffix: str, site: Node | None
) -> Iterator[Message]:
    parameter = receiver.site
    number, deeper, rest = receiver.of.rpartition(".")[2].partition(ELEMENT)
    position, suffix = int(number), f"{deeper}{rest}{suffix}"
    if not isinstance(parameter, nodes.Parameter):
        return
    for attached in scene.attached_of.get(parameter, ()):
        for socket in attached.sockets:
            where = _where(scene, attached, socket)
            if where is None or where.param != position:
                continue
            rest = suffix
            if where.data:
                if not rest.startswith(f".{where.data}"):
                    continue
                rest = rest[len(where.data) + 1 :]
            message = Message(socket, parameter, parsed=where.decodes == "json")
            yield from _parts(scene, message, rest, site)


def _parts(
    scene: Scene, message: Message, suffix: str, site: Node | None
) -> Iterator[Message]:
    """Follow ``.a.b[]`` below a message; nothing where the value stops being one."""
    steps = list(_STEP.finditer(suffix))
    for step in steps:
        name, called, index = step[1], step[2], step[3]
        if name and called:
            if (
                name in scene.dialects.spoken("same-text", "recodes")
                and not message.parsed
            ):
                continue
            key = _looked_up(scene, site) if scene.says("gives-item", name) else None
            path = key if key is not None else f"{name}()"
            message = replace(message, path=(*message.path, path))
        elif name:
            message = replace(message, path=(*message.path, name))
        else:
            message = replace(message, path=(*message.path, index or ELEMENT))
    yield message


def steps_of(suffix: str) -> tuple[str, ...]:
    """The keys in what stands behind a value's name: ``.a[].b`` are a, [] and b."""
    return tuple(
        (step[1] + (step[2] or "")) if step[1] else (step[3] or ELEMENT)
        for step in _STEP.finditer(suffix)
    )


def _looked_up(scene: Scene, site: Node | None) -> str | None:
    """The key of ``message.get("key")``; `COMPUTED` when it does not fold."""
    if not isinstance(site, nodes.Call) or not site.arguments:
        return None
    for value in scene.program.values(site.arguments[0].value):
        if isinstance(value, values.Const) and isinstance(value.value, str):
            return value.value
    return COMPUTED
