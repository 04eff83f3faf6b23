"""What an endpoint's coroutines keep the event loop from doing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Side
from wsaudit.model.blocking import EventLoopWork
from wsaudit.recognise.server.blocking import Blocking

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene


def find(scene: Scene) -> Iterator[EventLoopWork]:
    """One fact for each endpoint in Python that has a coroutine."""
    blocking = Blocking(scene)
    for socket in scene.sockets:
        fact = socket.fact
        if fact.side is not Side.SERVER or fact.node_server or not fact.judged:
            continue
        if socket.endpoint is None:
            continue
        calls, functions = blocking.calls_of(socket)
        if functions:
            yield EventLoopWork(
                at=socket.endpoint.at,
                connections=(fact,),
                functions=functions,
                calls=calls,
                offloaded=tuple(dict.fromkeys(blocking.offloads(socket))),
            )
