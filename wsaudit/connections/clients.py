"""Connections that this program makes: clients, and server ends made in a handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.connections import routes, urls
from wsaudit.connections.capabilities import entry_of
from wsaudit.connections.ends import client_end, server_end
from wsaudit.connections.origins import argument_of, held_as, type_made
from wsaudit.connections.scene import Scene, written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Recogniser
    from wsaudit.source import Place

_CONSTRUCTORS = frozenset({"__init__", "constructor"})


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
    socket = client_end(scene, call, recogniser.dialect, addresses)
    socket.url, socket.options, socket.carrier = url, options, carrier


def accepted(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """A server socket made inside its handler, as aiohttp's ``WebSocketResponse``."""
    entry = _outside(scene, scene.program.function_of(call))
    name = scene.program.name_of(entry) if entry else ""
    socket = server_end(
        scene,
        call,
        type_made(scene, call),
        recogniser.dialect,
        held=held_as(scene.program, call),
        at=_named(scene, entry) or scene.place(call),
        name=name or written(call.function),
        paths=routes.registered(scene, entry).paths if entry else (),
        entry=entry,
    )
    socket.creation, socket.creator = call, scene.program.function_of(call)
    socket.options = argument_of(call, recogniser.options_arg, "")


def _outside(scene: Scene, function: nodes.Function | None) -> nodes.Function | None:
    """The handler that has a constructor run, where one alone does."""
    if function is None or scene.program.name_of(function) not in _CONSTRUCTORS:
        return function
    program = scene.program
    sites = program.callers(function)
    homes = {
        program.function_of(site)
        for site in sites
        if not program.tests_only(site, function)
    }
    return homes.pop() if len(homes) == 1 else function


def _named(scene: Scene, function: nodes.Function | None) -> Place | None:
    """Where a function is given its name; None for one that has none."""
    definition = scene.program.parents.get(function) if function else None
    if not isinstance(definition, nodes.FunctionDef):
        return None
    return scene.name_place(definition)
