"""Ordering: whether each message counts once, in its turn, and none is passed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Only

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MessageOrder(Fact):
    """How a program goes from one message to the next: a handler, or a receive loop.

    ``kept`` is whether the next message has to wait for one that is being applied.
    Where it has not, ``at`` is the wait that it may overtake in, ``waits`` as written,
    and ``writes`` what is written, at ``written``, behind it. ``how``: the wait is in a
    "listener", in a "task" for each message, which ``at`` then starts, or in code that
    its library runs "beside" that for other messages.
    """

    kept: Evidence
    how: Only["listener", "task", "beside"] = "listener"
    waits: str = ""
    writes: str = ""
    written: Place | None = None

    @property
    def owner(self) -> object:
        """Each handler is a cause of its own."""
        return self
