"""Queues: where messages wait until a connection takes them."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Evidence, Fact


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Queue(Fact):
    """A queue whose messages are sent on a connection; ``at`` is where it is made.

    ``text`` is what it is called where it is read, ``limited`` whether anything keeps
    it from growing.
    """

    text: str
    limited: Evidence
