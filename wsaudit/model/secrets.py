"""Secrets: where what connections say goes besides the other end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


class Wrote(StrEnum):
    """What of a connection a line of a log holds."""

    MESSAGE = "message"
    """A whole message that came in."""
    PAYLOAD = "payload"
    """A whole message that is sent."""
    HANDSHAKE = "handshake"
    """The headers or cookies of the handshake."""
    ADDRESS = "address"
    """The address, with what is in its query."""


@dataclass(frozen=True, slots=True)
class Line:
    """A call that writes a whole to a log: ``text`` as written, ``call`` what writes.

    ``debug`` when its level is for debugging, ``failed`` when it runs for what could
    not be handled only, ``cut`` when only the beginning is written.
    """

    at: Place
    text: str
    call: str
    wrote: Wrote
    debug: bool = False
    failed: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Journal(Fact):
    """What the code of a connection writes to logs; ``at`` is the connection.

    ``lines`` hold something whole; there are others where it is empty.
    """

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Query(Fact):
    """A query that a client's address is given, or that an endpoint reads.

    ``secret`` is the name of a credential that lasts, "" where there is none but such
    as are good for one use.
    """

    secret: str
    once: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ErrorReply(Fact):
    """What the other end is told when something failed; ``at`` is what tells it.

    ``leaks`` is what an exception says, as written, "" where it is not told. ``broad``
    when that may be any exception.
    """

    text: str
    leaks: str
    broad: bool

    @property
    def owner(self) -> object:
        """Each is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Credential(Fact):
    """A credential that a client which comes back shows each time it connects.

    ``at`` is where it is read, ``text`` it as written. ``renewed`` is present where it
    is read anew for each attempt, absent where one value serves them all.
    """

    text: str
    renewed: Evidence

    @property
    def owner(self) -> object:
        """Each is a cause of its own."""
        return self
