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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenIds(Fact):
    """A store of the ids of messages, ``name``, by which duplicates are known.

    ``at`` puts one in, ``forgotten`` is whether any ever leaves it.
    """

    name: str
    forgotten: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GapCheck(Fact):
    """A test of the number of a message against ``counter``, the one that is awaited.

    ``buffer`` is what a message ahead of it is put into, "" for none. ``recovers`` is
    whether anything asks for what is missing, ``rebased`` whether the counter begins
    anew with each connection.
    """

    counter: str
    buffer: str
    recovers: Evidence
    rebased: Evidence

    @property
    def owner(self) -> object:
        """Each test is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Addition(Fact):
    """What a message of a client that may come back changes for each time it comes.

    ``name`` is the state. ``how`` is a new entry of a "list", those of a message that
    has "several", a "sum", or what is "keyed". ``once`` is whether a message that comes
    again is known for one that was there, or nothing is left by then; ``returns``
    whether the client comes back. ``kinds`` are those of the ``known`` ones that do it,
    and so does a message of another kind where ``rest`` is true.
    """

    name: str
    how: Only["list", "several", "sum", "keyed"]
    once: Evidence
    returns: Evidence
    kinds: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    rest: bool = False

    @property
    def owner(self) -> object:
        """Each state is a cause of its own."""
        return self

    def takes(self, kind: str) -> bool:
        """Whether a message of a kind is added."""
        return kind in self.kinds or (self.rest and kind not in self.known)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Replay(Fact):
    """What a server sends of old messages to each client that has just connected.

    ``kinds`` are those of what it sends, none where they are not known. ``single`` when
    each stored one is a message of its own; else one message may have all of them.
    """

    kinds: frozenset[str]
    single: bool
