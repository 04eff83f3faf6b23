"""What is done with sockets: operations called, functions attached to events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.connections import urls
from wsaudit.connections.origins import argument_of, first_role
from wsaudit.connections.scene import (
    EVENTS,
    Attached,
    Scene,
    Socket,
    Use,
    add,
    attach,
    restate,
    written,
)
from wsaudit.model import Connection, Event, Side
from wsaudit.program import promises, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Op, Recogniser
    from wsaudit.syntax.nodes import Node


def declare(scene: Scene) -> None:
    """Sockets known by an annotation alone, made when an operation is done on them."""
    annotations = scene.dialects.recognisers("annotation")
    for name in sorted(scene.dialects.op_names()):
        for call in scene.program.calls_named(name):
            if not isinstance(call.function, nodes.Member):
                continue
            for value in scene.program.values(call.function.object):
                if (
                    not isinstance(value, values.Instance)
                    or value.site in scene.by_site
                ):
                    continue
                recogniser = annotations.get(scene.program.canonical(value.of))
                if recogniser is None:
                    continue
                server = (
                    scene.served.get(value.receiver.site) if value.receiver else None
                )
                if server is not None:
                    scene.by_site[value.site] = server
                else:
                    _declare(scene, value, recogniser, written(call.function.object))


def _declare(
    scene: Scene, value: values.Instance, recogniser: Recogniser, name: str
) -> None:
    role = recogniser.side or scene.dialects.dialect(recogniser.dialect).role
    fact = Connection(
        at=scene.place(value.site),
        side=Side.CLIENT if role == "client" else Side.SERVER,
        library=recogniser.dialect,
        name=name,
        declared=True,
        role=first_role(scene, value.site),
    )
    add(
        scene,
        Socket(value.site, scene.program.canonical(value.of), recogniser.dialect, fact),
    )


def find_uses(scene: Scene) -> None:
    """Note every operation called on a socket."""
    program = scene.program
    for name in sorted(scene.dialects.op_names()):
        for call in program.calls_named(name):
            _note_use(scene, call)
    for use in scene.uses:
        for socket in use.sockets:
            socket.uses.append(use)


def _note_use(scene: Scene, call: nodes.Call) -> None:
    sockets: dict[Socket, None] = {}
    op = None
    for value in scene.program.values(call.function):
        if not isinstance(value, values.External) or value.receiver is None:
            continue
        socket = scene.by_site.get(value.receiver.site)
        if socket is None:
            continue
        name = value.name.removeprefix(f"{value.receiver.of}.")
        source = "receiver" if isinstance(call.function, nodes.Member) else "result"
        found = scene.dialects.op(socket.dialect, name, source) or scene.dialects.op(
            socket.dialect, name, "result"
        )
        if found is not None:
            op = found
            sockets[socket] = None
    if op is None:
        return
    receiver = (
        call.function.object
        if isinstance(call.function, nodes.Member)
        else call.function
    )
    use = Use(call, op, tuple(sockets), receiver)
    scene.uses.append(use)
    scene.use_of_call[call] = use


def complete(scene: Scene) -> None:
    """Note the addresses and paths that operations tell: ``builder.withUrl(url)``."""
    for use in scene.uses:
        url = argument_of(use.call, use.op.url, "")
        path = argument_of(use.call, use.op.path, "path")
        for socket in use.sockets:
            if url is not None and socket.url is None:
                socket.url = url
                found = urls.patterns(scene.program, url)
                fact = replace(socket.fact, url=found[0], urls=found)
                restate(scene, socket, fact)
            if path is not None and socket.endpoint is not None and use.op.path:
                place = scene.endpoints.index(socket.endpoint)
                found = urls.patterns(scene.program, path)
                socket.endpoint = replace(socket.endpoint, path=found[0])
                scene.endpoints[place] = socket.endpoint
    for socket in scene.sockets:
        if socket.hub and socket.endpoint is not None and _unrouted(scene, socket):
            scene.endpoints.remove(socket.endpoint)
            socket.endpoint = None


def _unrouted(scene: Scene, socket: Socket) -> bool:
    """Whether a hub that is told its path is told none: another endpoint runs it."""
    telling = [
        op
        for op in scene.dialects.ops(socket.dialect, "receiver")
        if op.path is not None
    ]
    return bool(telling) and not any(use.op in telling for use in socket.uses)


def find_attached(scene: Scene) -> None:
    """Note every function attached to an event of a socket."""
    _attached_properties(scene)
    _attached_listeners(scene)
    _attached_options(scene)
    _attached_calls(scene)


def _attached_calls(scene: Scene) -> None:
    """``subject.subscribe(f)``, ``.subscribe({ next: f })``, ``builder.onOpen(f)``."""
    for use in scene.uses:
        if use.op.means not in EVENTS:
            continue
        dialect = use.sockets[0].dialect
        for argument in use.call.arguments:
            for key, at, given in _entries(scene, argument.value):
                op = scene.dialects.op(dialect, key, "option")
                if op is not None and op.means in EVENTS:
                    _attach_to(scene, use, op, at, given)
            if scene.functions_of(argument.value):
                _attach_to(scene, use, use.op, use.call, argument.value)
                break


def _attach_to(
    scene: Scene, use: Use, op: Op, at: Node, given: nodes.Expression
) -> None:
    functions, resolved, _ = _attached_functions(scene, given)
    event = EVENTS[op.means]
    attach(scene, Attached(event, op.name, at, functions, use.sockets, resolved))


def _attached_properties(scene: Scene) -> None:
    """``ws.onmessage = f``, and ``ws.onclose = null`` which detaches."""
    for name in scene.dialects.event_properties():
        for target, value in scene.program.attribute_writes(name):
            sockets = scene.sockets_of(target.object)
            if not sockets:
                continue
            event = scene.dialects.event_of_property(sockets[0].dialect, name)
            if event is None:
                continue
            functions, resolved, empty = _attached_functions(scene, value)
            means = EVENTS.get(event.means, Event.OTHER)
            attach(
                scene,
                Attached(means, name, target, functions, sockets, resolved, empty),
            )


def _attached_listeners(scene: Scene) -> None:
    """``addEventListener("close", f)``, ``ws.on("message", f)`` and their like.

    A wrapper that is told the event attaches to each that it is told, and which of the
    functions that are handed to it belongs to which event is not resolved.
    """
    for use in scene.uses:
        if use.op.means != "listen" or len(use.call.arguments) < 2:
            continue
        dialect = use.sockets[0].dialect
        name, handler = (argument.value for argument in use.call.arguments[:2])
        names = {
            str(value.value): None
            for value in scene.program.values(name)
            if isinstance(value, values.Const) and value.value
        }
        functions, resolved, _ = _attached_functions(scene, handler)
        resolved = resolved and len(names) == 1
        for each in names or ("?",):
            event = EVENTS.get(scene.dialects.event_means(dialect, each), Event.OTHER)
            attached = Attached(event, each, use.call, functions, use.sockets, resolved)
            attach(scene, attached)


def _attached_options(scene: Scene) -> None:
    """Handlers given as options: ``useWebSocket(url, { onMessage: f })``."""
    for socket in scene.sockets:
        for key, at, given in _options(scene, socket):
            op = scene.dialects.op(socket.dialect, key, "option")
            if op is None or op.means not in EVENTS:
                continue
            functions, resolved, _ = _attached_functions(scene, given)
            event = EVENTS[op.means]
            attach(scene, Attached(event, key, at, functions, (socket,), resolved))


def _options(
    scene: Scene, socket: Socket
) -> Iterator[tuple[str, Node, nodes.Expression]]:
    """The options of a connection by name: entries of a record, or keywords."""
    for argument in socket.creation.arguments if socket.creation else ():
        if argument.keyword is not None:
            yield argument.keyword, argument, argument.value
    if socket.options is not None:
        yield from _entries(scene, socket.options)


def _entries(
    scene: Scene, options: nodes.Expression
) -> Iterator[tuple[str, Node, nodes.Expression]]:
    for value in scene.program.values(options):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            key = tree.key_of(entry)
            if key:
                yield str(key), entry, entry.value
                for inner, at, given in _nested(scene, entry.value):
                    yield f"{key}.{inner}", at, given


def _nested(
    scene: Scene, node: nodes.Expression
) -> Iterator[tuple[str, Node, nodes.Expression]]:
    """The entries of a record that is written out as an option."""
    for entry in node.entries if isinstance(node, nodes.Record) else ():
        key = tree.key_of(entry)
        if key:
            yield str(key), entry, entry.value


def _attached_functions(
    scene: Scene, node: nodes.Expression
) -> tuple[tuple[nodes.Function, ...], bool, bool]:
    """The functions attached; whether all resolved; whether nothing is attached."""
    found = scene.program.values(node)
    functions = tuple(v.function for v in found if isinstance(v, values.Func))
    empty = found == (values.Const(None),)
    unsure = any(isinstance(v, values.Unknown | values.External) for v in found)
    settles = promises.settles(scene.program, node) is not None
    resolved = empty or settles or (bool(functions) and not unsure)
    return functions, resolved, empty
