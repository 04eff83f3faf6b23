"""Receiving: where messages are taken one by one, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal as Only

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


class Taking(StrEnum):
    """How a program is given its messages."""

    LOOP = "loop"
    METHOD = "method"
    """A method of an endpoint class, called for each message."""
    LISTENER = "listener"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an exception where messages are processed one by one.

    ``stopped`` tells whether anything stops it, ``lasts`` whether the next message is
    taken after it. ``codes`` are those that its handler closes the connection with
    (0 for one that does not fold). ``narrow`` when handlers for other exceptions stand
    around it, ``detached`` when it ends in a task or promise of its own.
    """

    stopped: Evidence
    lasts: bool = False
    codes: tuple[int, ...] = ()
    narrow: bool = False
    detached: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Something in the processing of a message that may raise, and what comes of it.

    ``likely`` ranks it: the more likely is spoken of. ``sure`` is false where it may
    guard itself. ``parses`` for what raises where a message does not parse, ``odd`` for
    what fails with a message of quite another type only, ``relay`` for what fails with
    the far end that frames are handed on to.
    """

    at: Place
    text: str
    fate: Fate
    likely: int = 1
    sure: bool = True
    parses: bool = False
    odd: bool = False
    relay: bool = False


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
    def bare(self) -> bool:
        """Whether some of its work has no handler around it that is about errors."""
        return any(
            one.fate.stopped.absent and not one.fate.narrow and one.sure
            for one in self.work
            if not one.odd and not one.relay
        )

    @property
    def owner(self) -> object:
        """Each loop is a cause of its own, shared with the parses in it."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Disconnect(Fact):
    """The end of a connection as a receive loop meets it.

    ``at`` is the handler that catches it, or the head of the loop; ``loop`` the head.
    ``receive`` is the receive as written. ``ends`` says whether the loop ends. If not,
    ``pauses`` tells whether each round waits a while, and ``raises`` whether the
    handler always fails in its turn, which ends the loop after all.
    """

    loop: Place
    receive: str
    ends: Evidence
    pauses: bool = False
    raises: bool = False

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


@dataclass(frozen=True, slots=True)
class FrameRead:
    """Where code takes a frame for text, or for bytes, and is wrong if it is not.

    ``text`` is the call as written. ``asks`` says whether it asks first which it is.
    ``how``: it "reads" one kind; "subscripts" what holds one or the other; "opens" a
    buffer, which a browser gives only where it is told to.
    """

    at: Place
    text: str
    asks: Evidence
    how: Only["reads", "subscripts", "opens"] = "reads"
    binary: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frames(Fact):
    """Which kinds of frames an end sends, and for which it takes those that come in."""

    sends_text: Evidence
    sends_binary: Evidence
    reads: tuple[FrameRead, ...]

    def sends(self, *, binary: bool) -> Evidence:
        """Whether it sends frames of a kind."""
        return self.sends_binary if binary else self.sends_text
