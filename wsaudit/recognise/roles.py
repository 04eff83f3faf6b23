"""Roles: what a connection is for, which decides which absences matter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.model import Role

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket


def assign(scene: Scene) -> None:
    """Give every socket its role; before any family makes facts of it."""


def with_role(scene: Scene, socket: Socket, role: Role, why: str) -> None:
    """Give a socket (and its endpoint) another role, and the reason for it."""
    socket.fact = replace(socket.fact, role=role, role_why=why)
    if socket.endpoint is not None:
        place = scene.endpoints.index(socket.endpoint)
        socket.endpoint = replace(socket.endpoint, connections=(socket.fact,))
        scene.endpoints[place] = socket.endpoint
