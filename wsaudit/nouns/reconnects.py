"""Reconnection: the policies of clients, their resyncs, and what they do on a close."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model.reconnection import CloseHandling, Greeting, ReconnectPolicy, Resync
from wsaudit.nouns.reconnection.closes import closes
from wsaudit.nouns.reconnection.greetings import greetings
from wsaudit.nouns.reconnection.policies import policies
from wsaudit.nouns.reconnection.resyncs import resyncs

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.model import Fact

MAKES = (ReconnectPolicy, CloseHandling, Resync, Greeting)


def find(scene: Scene) -> Iterator[Fact]:
    """The facts about how clients come back after their connection is lost."""
    yield from policies(scene)
    yield from closes(scene)
    yield from resyncs(scene)
    yield from greetings(scene)
