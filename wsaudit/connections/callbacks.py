"""Callbacks: server ends whose handlers lie in a record, each given the connection.

``Bun.serve({ websocket: { open(ws) {…}, message(ws, text) {…} } })`` hands the record
over as it is, ``upgradeWebSocket((c) => ({ onMessage(event, ws) {…} }))`` a function
that makes one for each connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.connections import routes, urls
from wsaudit.connections.ends import server_end
from wsaudit.connections.origins import argument_of
from wsaudit.connections.scene import EVENTS, Attached, Scene, Socket, attach, written
from wsaudit.model import Event
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Recogniser


def served(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """Note the endpoint whose handlers a call is given."""
    given = argument_of(call, recogniser.handler_arg, "")
    if given is None:
        return
    handlers = list(_handlers(scene, given, recogniser))
    if not handlers:
        return
    maker = next(iter(scene.functions_of(given)), None)
    path = argument_of(call, recogniser.path_arg, "path")
    known = routes.registered(scene, call)
    socket = server_end(
        scene,
        call,
        recogniser.socket,
        recogniser.dialect,
        held=_name(scene, handlers, recogniser),
        at=scene.callee_place(call),
        name=written(call.function),
        paths=known.paths if path is None else urls.patterns(scene.program, path),
        entry=maker,
    )
    socket.configured = call
    socket.options = argument_of(call, recogniser.options_arg, "")
    around = known.at or call
    if known.at is not None:
        rest = (argument.value for argument in known.at.arguments[1:])
        socket.before = tuple(each for each in rest if each is not call)
    routes.note(scene, socket, around.function)
    for entry, name in handlers:
        _attach(scene, socket, entry, name, recogniser)


def _handlers(
    scene: Scene, given: nodes.Expression, recogniser: Recogniser
) -> Iterator[tuple[nodes.Entry, str]]:
    """The entries of a record that are handlers of events, and which."""
    for record in _records(scene, given, recogniser.handlers):
        for entry in record.entries:
            key = tree.key_of(entry)
            op = scene.dialects.op(recogniser.dialect, key, "option")
            if op is not None and key is not None and op.means in EVENTS:
                yield entry, key


def _records(
    scene: Scene, given: nodes.Expression, inside: str
) -> Iterator[nodes.Record]:
    for value in scene.program.values(given):
        if isinstance(value, values.Func):
            found = scene.program.results(value.function)
        else:
            found = (value,)
        for each in found:
            if not isinstance(each, values.Rec):
                continue
            if not inside:
                yield each.node
                continue
            for entry in each.node.entries:
                if tree.key_of(entry) == inside:
                    yield from _records(scene, entry.value, "")


def _name(
    scene: Scene, handlers: list[tuple[nodes.Entry, str]], recogniser: Recogniser
) -> str:
    """What the handlers call their connection."""
    for entry, _ in handlers:
        for function in scene.functions_of(entry.value):
            given = function.parameters[recogniser.socket_arg :][:1]
            if given:
                return written(given[0].target)
    return "the socket"


def _attach(
    scene: Scene,
    socket: Socket,
    entry: nodes.Entry,
    name: str,
    recogniser: Recogniser,
) -> None:
    op = scene.dialects.op(socket.dialect, name, "option")
    event = EVENTS.get(op.means, Event.OTHER) if op is not None else Event.OTHER
    functions = scene.functions_of(entry.value)
    attached = Attached(event, name, entry, functions, (socket,), bool(functions))
    attach(scene, attached)
    for function in functions:
        for parameter in function.parameters[recogniser.socket_arg :][:1]:
            seed = values.Instance(socket.of, socket.site)
            scene.program.seed(parameter, seed)
            scene.by_site[parameter] = socket
