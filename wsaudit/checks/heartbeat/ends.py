"""The two ends of a connection, as far as both are in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.heartbeat import Heartbeat
from wsaudit.model.protocol import Pair

if TYPE_CHECKING:
    from wsaudit.model import Project

EXEMPT = {Role.ONE_SHOT, Role.TASK_SCOPED, Role.BRIDGE}
"""Connections that end by themselves, or with another one."""


def partners(heartbeat: Heartbeat, project: Project) -> tuple[Heartbeat, ...]:
    """What the other ends do that are paired with an end."""
    ends = {
        end
        for pair in project.all(Pair)
        if not set(heartbeat.ends).isdisjoint(pair.connections)
        for end in pair.connections
    }
    return tuple(
        other
        for other in project.all(Heartbeat)
        if other is not heartbeat and not ends.isdisjoint(other.ends)
    )
