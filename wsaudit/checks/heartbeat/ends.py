"""The two ends of a connection, as far as both are in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.heartbeat import Heartbeat
from wsaudit.model.protocol import Pair

if TYPE_CHECKING:
    from wsaudit.model import Connection, Project

EXEMPT = {Role.ONE_SHOT, Role.TASK_SCOPED, Role.BRIDGE}
"""Connections that end by themselves, or with another one."""


def partners(heartbeat: Heartbeat, project: Project) -> tuple[Heartbeat, ...]:
    """What the other ends do that are paired with an end."""
    ends = {
        end
        for own in heartbeat.ends
        for pair in project.of(Pair, own)
        for end in pair.connections
    }
    if not ends:
        return ()
    return tuple(
        other
        for other in project.all(Heartbeat)
        if other is not heartbeat and not ends.isdisjoint(other.ends)
    )


def hidden(connection: Connection) -> str:
    """Why a heartbeat of an end may be out of sight, "" where it is not."""
    if connection.partly_read:
        return "its file has syntax errors"
    if connection.escapes:
        return f"the socket is {connection.escapes}"
    if connection.role is Role.LIBRARY:
        return "a library may leave the heartbeat to another layer"
    return ""
