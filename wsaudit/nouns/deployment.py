"""Deployments as facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.deployment.deployments import deployments
from wsaudit.model.deployment import Deployment

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

MAKES = (Deployment,)


def find(scene: Scene) -> Iterator[Deployment]:
    """The server programs that are started or installed, where there are endpoints."""
    if scene.endpoints:
        yield from deployments(scene)
