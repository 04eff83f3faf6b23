"""Who may open an endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.access import Access
from wsaudit.nouns import each
from wsaudit.nouns.security.entrances import (
    checked,
    complete,
    entrance,
    read_credential,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Fact, Trouble

MAKES = (Access,)

_NOT_ITS_OWN = frozenset({Role.TEST, Role.LIBRARY})


def find(scene: Scene) -> Iterator[Fact | Trouble]:
    """How each endpoint of an application finds out who connects."""
    yield from each(scene.sockets, lambda socket: _of_socket(scene, socket))


def _of_socket(scene: Scene, socket: Socket) -> Iterator[Access]:
    if socket.endpoint is not None and socket.fact.role not in _NOT_ITS_OWN:
        found = entrance(scene, socket)
        read = read_credential(scene, socket)
        yield Access(
            at=socket.endpoint.at,
            connections=(socket.fact,),
            endpoint=socket.endpoint,
            checked=checked(scene, socket, found),
            read=scene.text(read) if isinstance(read, nodes.Name | nodes.Call) else "",
            read_at=scene.place(read) if read is not None else None,
            complete=complete(scene, socket),
        )
