"""Who may open an endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.access import Access
from wsaudit.recognise.security.entrances import (
    checked,
    complete,
    entrance,
    read_credential,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.model import Fact
    from wsaudit.recognise.scene import Scene

_NOT_ITS_OWN = frozenset({Role.TEST, Role.LIBRARY})


def find(scene: Scene) -> Iterator[Fact]:
    """How each endpoint of an application finds out who connects."""
    for socket in scene.sockets:
        if socket.endpoint is None or socket.fact.role in _NOT_ITS_OWN:
            continue
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
