"""Sockets: where they are created or accepted, what is called on them and attached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages import held
from wsaudit.analysis.runs import spread
from wsaudit.connections import (
    callbacks,
    carriers,
    clients,
    contexts,
    endpoints,
    gateways,
    hubs,
    plugins,
    routes,
    uses,
)
from wsaudit.connections.escapes import escape_of
from wsaudit.connections.scene import Scene, Socket, restate
from wsaudit.limits import STEPS
from wsaudit.model import Declared
from wsaudit.program import values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects, Recogniser
    from wsaudit.program import Program

_MAKERS: dict[str, Callable[[Scene, nodes.Call, Recogniser], None]] = {
    "conn": clients.client,
    "hook": clients.client,
    "accepted": clients.accepted,
    "handler": endpoints.registered,
    "hub": hubs.hub,
    "callbacks": callbacks.served,
}
"""What notes the connection that a call makes, by what it binds."""


def find(
    program: Program, dialects: Dialects, declared: Declared | None = None
) -> Scene:
    """Recognise every socket of the program and everything done with it."""
    scene = Scene(program, dialects, declared or Declared())
    endpoints.seed(scene)
    for definition in program.definitions:
        if isinstance(definition, nodes.ClassDef):
            endpoints.of_class(scene, definition)
            gateways.of_class(scene, definition)
        else:
            endpoints.of_decorators(scene, definition)
    for call, recogniser in _recognised_calls(scene):
        make = _MAKERS.get(recogniser.binds)
        if make is not None and call not in scene.by_site:
            make(scene, call, recogniser)
    plugins.find(scene)
    carriers.join(scene)
    contexts.seed(scene)
    hubs.listen(scene)
    endpoints.of_callbacks(scene)
    uses.declare(scene)
    uses.find_uses(scene)
    uses.complete(scene)
    uses.find_attached(scene)
    held.seed_events(scene)
    routes.complete(scene)
    for socket in scene.sockets:
        _settle(scene, socket)
    return scene


def _recognised_calls(scene: Scene) -> Iterator[tuple[nodes.Call, Recogniser]]:
    """The calls that make connections, register handlers or make servers."""
    for kind in ("new", "call"):
        table = scene.dialects.recognisers(kind)
        for call in scene.program.calls_of(scene.dialects.last_names(kind)):
            if kind == "new" and not call.new:
                continue
            for value in scene.program.values(call.function):
                if not isinstance(value, values.External):
                    continue
                recogniser = table.get(scene.program.canonical(value.name))
                if recogniser is None:
                    continue
                # A method of a connection may be named like what makes one.
                if recogniser.binds == "handler" or not _of_connection(scene, value):
                    yield call, recogniser
                    break


def _of_connection(scene: Scene, value: values.External) -> bool:
    """Whether something is a member of a connection."""
    if value.receiver is None:
        return False
    of = scene.program.canonical(value.receiver.of)
    return any(
        of in scene.dialects.recognisers(kind) for kind in ("new", "call", "annotation")
    )


def _settle(scene: Scene, socket: Socket) -> None:
    """Complete a socket once all uses are known: its unit and where it escapes."""
    starts: dict[nodes.Function, None] = {}
    for function in (socket.creator, socket.entry):
        if function is not None:
            starts[function] = None
    if socket.cls is not None:
        for member in socket.cls.members:
            if isinstance(member, nodes.FunctionDef):
                starts[member.function] = None
    for attached in socket.attached:
        starts.update(dict.fromkeys(attached.functions))
    for use in socket.uses:
        around = scene.program.function_of(use.call)
        if around is not None:
            starts[around] = None
    socket.unit = frozenset(spread(scene, starts, deep=STEPS))
    escapes = escape_of(scene, socket)
    if escapes:
        restate(scene, socket, replace(socket.fact, escapes=escapes))
