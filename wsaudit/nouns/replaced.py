"""Replaced sockets: what their handlers do when another has taken their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Fact, Trouble
from wsaudit.model.lifecycle import LateEvent
from wsaudit.nouns import each
from wsaudit.nouns.lifecycle.lateness import late_event

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

MAKES = (LateEvent,)


def find(scene: Scene) -> Iterator[Fact | Trouble]:
    """One fact for each client whose handlers do something to what outlives it."""
    return each(scene.clients(), lambda socket: _made(scene, socket))


def _made(scene: Scene, socket: Socket) -> Iterator[Fact]:
    late = late_event(scene, socket)
    if late is not None:
        yield late
