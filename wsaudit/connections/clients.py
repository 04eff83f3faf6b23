"""Connections that this program makes: clients, and server ends made in a handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.connections import routes, urls
from wsaudit.connections.capabilities import entry_of
from wsaudit.connections.origins import (
    argument_of,
    birth_of,
    first_role,
    held_as,
    type_made,
)
from wsaudit.connections.scene import Scene, Socket, add, written
from wsaudit.model import Birth, Connection, Endpoint, Side
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Recogniser
    from wsaudit.source import Place


def client(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """Note the client connection that a call makes."""
    options = argument_of(call, recogniser.options_arg, "")
    url = argument_of(call, recogniser.url_arg, "url")
    if recogniser.url_option and options is not None:
        url = entry_of(scene, options, recogniser.url_option)
    carrier = argument_of(call, recogniser.carrier_arg, "")
    if recogniser.carrier_option and options is not None:
        carrier = entry_of(scene, options, recogniser.carrier_option)
    addresses = urls.patterns(scene.program, url) if url is not None else ()
    fact = Connection(
        at=scene.place(call),
        side=Side.CLIENT,
        library=recogniser.dialect,
        name=held_as(scene.program, call),
        url=addresses[0] if addresses else "",
        urls=addresses,
        birth=birth_of(scene, call),
        role=first_role(scene, call),
        partly_read=bool(scene.program.module_of(call).faults),
    )
    socket = Socket(
        call,
        type_made(scene, call),
        recogniser.dialect,
        fact,
        creation=call,
        creator=scene.program.function_of(call),
        url=url,
        options=options,
        carrier=carrier,
    )
    add(scene, socket)


def accepted(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """A server socket made inside its handler, as aiohttp's ``WebSocketResponse``."""
    entry = scene.program.function_of(call)
    name = scene.program.name_of(entry) if entry else ""
    name = name or written(call.function)
    paths = routes.registered(scene, entry).paths if entry else ()
    fact = Connection(
        at=scene.place(call),
        side=Side.SERVER,
        library=recogniser.dialect,
        name=held_as(scene.program, call),
        birth=Birth.ENDPOINT,
        role=first_role(scene, call),
        partly_read=bool(scene.program.module_of(call).faults),
        node_server=scene.program.module_of(call).language == "typescript",
    )
    endpoint = Endpoint(
        at=_named(scene, entry) or scene.place(call),
        connections=(fact,),
        path=paths[0] if paths else "",
        name=name,
        framework=recogniser.dialect,
        routes=paths if len(paths) > 1 else (),
    )
    socket = Socket(
        call,
        type_made(scene, call),
        recogniser.dialect,
        fact,
        creation=call,
        creator=entry,
        options=argument_of(call, recogniser.options_arg, ""),
        endpoint=endpoint,
        entry=entry,
    )
    scene.endpoints.append(endpoint)
    add(scene, socket)


def _named(scene: Scene, function: nodes.Function | None) -> Place | None:
    """Where a function is given its name; None for one that has none."""
    definition = scene.program.parents.get(function) if function else None
    if not isinstance(definition, nodes.FunctionDef):
        return None
    return scene.name_place(definition)
