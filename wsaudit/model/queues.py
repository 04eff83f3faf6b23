"""Queues: where messages wait until a connection takes them."""

from __future__ import annotations

from dataclasses import dataclass

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
