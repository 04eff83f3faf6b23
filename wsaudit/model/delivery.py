"""Delivery: what is sent, and whether the socket can take it there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact, Operation
from wsaudit.source import Place


class Standing(StrEnum):
    """What is known of the socket where something is sent on it."""

    OPEN = "open"
    """Open by construction, by a check, or by waiting for it."""
    QUEUED = "queued"
    """The library keeps the message until the socket is open."""
    HANDLED = "handled"
    """The failure of the send is taken care of."""
    STALE = "stale"
    """It was open, and then something was awaited."""
    FALLS_THROUGH = "falls-through"
    """A check finds it not open, and the code sends all the same."""
    PARTLY = "partly"
    """Not in one of its other states; the rest are left."""
    EXISTS = "exists"
    """Only that there is a socket."""
    UNCHECKED = "unchecked"
    UNKNOWN = "unknown"


UNSAFE = frozenset({Standing.UNCHECKED, Standing.EXISTS, Standing.PARTLY})
"""Where nothing tells that the socket is open."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Delivery(Operation):
    """A send on a socket that may not be open; ``at`` is its callee.

    ``why`` says in a few words what the standing is concluded from, or what could not
    be seen; ``because`` is the place of that. ``to`` is the collection that a server
    took the socket from ("" for its own end). ``connecting`` is false where the socket
    has been open before, ``closed`` where its variable is cleared as it closes.
    """

    standing: Standing
    why: str = ""
    because: Place | None = None
    to: str = ""
    throws: bool = False
    """True when a send on a closed socket raises, as in Python."""
    state: str = "readyState"
    """What the library calls the state that a test would ask for."""
    connecting: bool = True
    closed: bool = True


class Asks(StrEnum):
    """What a test of a socket's state asks in truth."""

    STATE = "state"
    CONSTANT = "constant"
    """Whether the name of a state is true, as it always is."""
    NOTHING = "nothing"
    """Whether the name of a state is true that stands for 0."""
    NUMBER = "number"
    """Whether the number of the state is not 0, as all but that of connecting are."""
    BOOLEAN = "boolean"
    """Whether the number of the state is a truth value."""
    SPINS = "spins"
    """The state, in a loop that lets nothing change it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StateTest(Fact):
    """A test of the state of a socket, ``text``; what it ``asks`` in truth."""

    text: str
    asks: Asks

    @property
    def owner(self) -> object:
        """Each test is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Errand(Fact):
    """What a client sends when its user has something done for good: ``kinds``.

    ``at`` says the first of them. ``confirmed`` is whether anything tells the client
    that they came: an id to know the answer by, a message it handles, its library.
    """

    kinds: tuple[str, ...]
    confirmed: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reply(Fact):
    """Whether a server sends its client anything for a message of a ``kind``."""

    kind: str
    sent: Evidence
