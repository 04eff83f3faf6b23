"""Carriers: WebSockets that are handed to a library which speaks over them.

``Stomp.over(new SockJS(url))`` is one connection, which the library answers for.
"""

from __future__ import annotations

from dataclasses import replace

from wsaudit.connections.scene import Scene, Socket
from wsaudit.program import values


def join(scene: Scene) -> None:
    """Make one connection of those that are handed a WebSocket, and that WebSocket."""
    for socket in [each for each in scene.sockets if each.carrier is not None]:
        for inner in _carriers(scene, socket):
            if inner is socket or inner not in scene.sockets:
                continue
            scene.sockets.remove(inner)
            scene.by_site[inner.site] = socket
            if not socket.fact.url:
                socket.url = inner.url
                socket.fact = replace(
                    socket.fact, url=inner.fact.url, urls=inner.fact.urls
                )


def _carriers(scene: Scene, socket: Socket) -> list[Socket]:
    """The connections that an argument may be, or that a function there makes."""
    assert socket.carrier is not None  # noqa: S101 - see `join`
    found: list[values.Value] = []
    for value in scene.program.values(socket.carrier):
        if isinstance(value, values.Func):
            found.extend(scene.program.results(value.function))
        else:
            found.append(value)
    return [
        scene.by_site[value.site]
        for value in found
        if isinstance(value, values.Instance) and value.site in scene.by_site
    ]
