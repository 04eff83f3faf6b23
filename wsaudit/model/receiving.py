"""Receiving: where messages are taken one by one, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


class Taking(StrEnum):
    """How a program is given its messages."""

    LOOP = "loop"
    METHOD = "method"
    """A method of an endpoint class, called for each message."""
    LISTENER = "listener"


class Boundary(StrEnum):
    """What an exception in the processing of one message costs."""

    KEPT = "kept"
    """Nothing more: it is caught, and the next message is taken."""
    REFUSED = "refused"
    """The connection, on purpose: it is closed with a code for bad messages."""
    CLOSED = "closed"
    """The connection: it is caught further out, where it ends or is closed."""
    NARROW = "narrow"
    """Some kinds of exceptions are caught, others end the connection."""
    NONE = "none"
    """The connection, without a close frame."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Work:
    """Something in the processing of a message that may raise, and what that costs.

    ``likely`` ranks it: the more likely is spoken of.
    """

    at: Place
    text: str
    boundary: Boundary
    likely: int = 1


_WORST_FIRST = (
    Boundary.NONE,
    Boundary.NARROW,
    Boundary.CLOSED,
    Boundary.REFUSED,
    Boundary.UNKNOWN,
    Boundary.KEPT,
)
"""What is not known is worse than what is kept, and better than all the rest."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Processing(Fact):
    """Code that processes the messages of a server's connection, one after the other.

    ``at`` is the head of the loop, the method's name or the listener's registration.
    ``work`` is all of it that may raise, in order. ``fatal`` when an exception ends
    the whole process. ``code`` is what the client is told where one ends the session.
    """

    taking: Taking
    work: tuple[Work, ...]
    fatal: bool = False
    code: int = 1006

    @property
    def weakest(self) -> Work:
        """The work with the weakest boundary; of several, the most likely to fail."""
        return min(
            self.work, key=lambda one: (_WORST_FIRST.index(one.boundary), -one.likely)
        )

    @property
    def owner(self) -> object:
        """Each loop is a cause of its own, shared with the parses in it."""
        return self


class Spin(StrEnum):
    """What a loop does once its socket is gone."""

    ENDS = "ends"
    TIGHT = "tight"
    """It goes round without pause."""
    PAUSED = "paused"
    """It goes round for ever, with a pause each time."""
    ACCIDENT = "accident"
    """It ends because its handler fails in turn."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Disconnect(Fact):
    """The end of a connection as a receive loop meets it.

    ``at`` is the handler that catches it, or the head of the loop; ``loop`` the head.
    ``receive`` is the receive as written. ``ends`` says whether the loop ends.
    """

    loop: Place
    receive: str
    spin: Spin
    ends: Evidence

    @property
    def owner(self) -> object:
        """Each handler is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pushing(Fact):
    """An endless loop of an endpoint that sends to its client; ``at`` is its head.

    ``hears`` is present when something receives from the client meanwhile, and so
    learns that it has left. ``polls`` is the state of the socket that the loop tests
    instead, as written. ``waits`` when each round begins with something else.
    """

    hears: Evidence
    polls: str = ""
    waits: bool = False
