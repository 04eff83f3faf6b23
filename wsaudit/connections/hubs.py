"""Hubs: server objects that stand for all their connections, told apart by an id.

Handlers are attached to a hub by decorators and are given the id of a client;
``hub.emit("said", text, to=sid)`` sends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.connections.ends import server_end
from wsaudit.connections.origins import argument_of, held_as, type_made
from wsaudit.connections.scene import EVENTS, Attached, Scene, Socket, attach
from wsaudit.model import Event
from wsaudit.program import values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Recogniser


def hub(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """Note the server object that a call makes as the server's end of its clients."""
    name = held_as(scene.program, call)
    socket = server_end(
        scene,
        call,
        type_made(scene, call),
        recogniser.dialect,
        held=name,
        at=scene.callee_place(call),
        name=name,
    )
    socket.configured, socket.hub = call, True
    if recogniser.handler_arg is not None:
        _answered(scene, socket, argument_of(call, recogniser.handler_arg, "methods"))


def _answered(scene: Scene, socket: Socket, given: nodes.Expression | None) -> None:
    """Attach the methods of an object that answer a hub's messages by name."""
    for value in scene.program.values(given) if given is not None else ():
        for member in value.node.members if isinstance(value, values.Object) else ():
            if isinstance(member, nodes.FunctionDef) and not member.name.startswith(
                "_"
            ):
                functions = (member.function,)
                attach(
                    scene,
                    Attached(
                        Event.MESSAGE,
                        member.name,
                        member,
                        functions,
                        (socket,),
                        message=0,
                    ),
                )


def listen(scene: Scene) -> None:
    """Attach the functions that decorators give to the events of a hub."""
    hubs = [socket for socket in scene.sockets if socket.hub]
    if not hubs:
        return
    for definition in scene.program.definitions:
        if isinstance(definition, nodes.FunctionDef):
            for decorator in definition.decorators:
                _decorated(scene, definition, decorator)
    by_class = {
        each.dialect for each in scene.dialects.recognisers("base_class").values()
    }
    for socket in hubs:
        answered = socket.attached or socket.dialect not in by_class
        if not answered and socket.endpoint is not None:
            # Classes answer its clients: each of them is an endpoint of its own.
            scene.endpoints.remove(socket.endpoint)
            socket.endpoint = None


def _decorated(
    scene: Scene, definition: nodes.FunctionDef, decorator: nodes.Expression
) -> None:
    call = decorator if isinstance(decorator, nodes.Call) else None
    target = call.function if call else decorator
    for value in scene.program.values(target):
        if not isinstance(value, values.External) or value.receiver is None:
            continue
        socket = scene.by_site.get(value.receiver.site)
        if socket is None:
            continue
        name = value.name.removeprefix(f"{value.receiver.of}.")
        op = scene.dialects.op(socket.dialect, name, "decorator")
        if op is None:
            continue
        event = _event_name(scene, definition, call if op.topic is not None else None)
        _attach(scene, socket, event, definition)


def _event_name(
    scene: Scene, definition: nodes.FunctionDef, call: nodes.Call | None
) -> str:
    """The event as the decorator names it, or as the function is named."""
    for argument in call.arguments[:1] if call else ():
        for value in scene.program.values(argument.value):
            if isinstance(value, values.Const) and isinstance(value.value, str):
                return value.value
        return "?"
    return definition.name


def _attach(
    scene: Scene, socket: Socket, name: str, definition: nodes.FunctionDef
) -> None:
    event = EVENTS.get(scene.dialects.event_means(socket.dialect, name), Event.OTHER)
    attached = Attached(event, name, definition, (definition.function,), (socket,))
    attach(scene, attached)
    if event is Event.OPEN and socket.endpoint is not None:
        place = scene.endpoints.index(socket.endpoint)
        at = scene.name_place(definition)
        socket.endpoint = replace(socket.endpoint, at=at, name=definition.name)
        scene.endpoints[place] = socket.endpoint
