"""Queues: where messages wait until a connection takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Only

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Queue(Fact):
    """A queue whose messages are sent on a connection; ``at`` is where it is made.

    ``text`` is what it is called where it is read, ``limited`` whether anything keeps
    it from growing. ``overflows`` is a put that raises once it is full, where nothing
    expects that.
    """

    text: str
    limited: Evidence
    overflows: Place | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drain(Fact):
    """Where messages leave a store that outlives the connection they are sent on.

    ``at`` takes them out of ``text``, ``sent`` is the send. ``kept`` is whether a
    message is still there, or there again, when its send fails.
    """

    text: str
    kept: Evidence
    sent: Place
    how: Only["client-flush", "server-backlog", "broker"]

    @property
    def owner(self) -> object:
        """Each place is a cause of its own."""
        return self
