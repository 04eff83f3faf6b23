"""Ends: the two kinds of sockets that calls, parameters and classes are noted as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.connections.origins import birth_of, first_role, held_as, type_made
from wsaudit.connections.scene import Scene, Socket, add
from wsaudit.connections.urls import HOLE
from wsaudit.model import Birth, Connection, Endpoint, Side

if TYPE_CHECKING:
    from wsaudit.source import Place
    from wsaudit.syntax import nodes
    from wsaudit.syntax.nodes import Node


def client_end(
    scene: Scene, call: nodes.Call, dialect: str, urls: tuple[str, ...]
) -> Socket:
    """The client's end that a call makes."""
    fact = Connection(
        at=scene.place(call),
        side=Side.CLIENT,
        library=dialect,
        name=held_as(scene.program, call),
        url=urls[0] if urls else "",
        urls=urls,
        birth=birth_of(scene, call),
        role=first_role(scene, call),
        partly_read=bool(scene.program.module_of(call).faults),
    )
    socket = Socket(call, type_made(scene, call), dialect, fact)
    socket.creation, socket.creator = call, scene.program.function_of(call)
    add(scene, socket)
    return socket


def server_end(
    scene: Scene,
    site: Node,
    of: str,
    dialect: str,
    *,
    held: str,
    at: Place,
    name: str,
    paths: tuple[str, ...] = (),
    entry: nodes.Function | None = None,
) -> Socket:
    """The server's end that comes from a site, and the endpoint that it is of.

    ``held`` is what the code calls the socket; ``at``, ``name`` and ``paths`` are the
    endpoint's, whose class it is where it has no ``entry``.
    """
    module = scene.program.module_of(site)
    fact = Connection(
        at=scene.place(site),
        side=Side.SERVER,
        library=dialect,
        name=held,
        birth=Birth.ENDPOINT,
        role=first_role(scene, site),
        partly_read=bool(module.faults),
        node_server=module.language == "typescript",
    )
    endpoint = Endpoint(
        at=at,
        connections=(fact,),
        path=paths[0] if len(paths) == 1 else HOLE if paths else "",
        name=name,
        framework=dialect,
        class_based=entry is None,
        routes=paths if len(paths) > 1 else (),
    )
    socket = Socket(site, of, dialect, fact, endpoint=endpoint, entry=entry)
    scene.endpoints.append(endpoint)
    add(scene, socket)
    return socket
