"""Errors around WebSocket work: parses that may throw, handlers that stay silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model.errors import Catch, Parse
from wsaudit.nouns.errors.parses import parses
from wsaudit.nouns.errors.swallowing import catchings

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.model import Fact

MAKES = (Parse, Catch)


def find(scene: Scene) -> Iterator[Fact]:
    """What is parsed, and what is caught."""
    yield from parses(scene)
    yield from catchings(scene)
