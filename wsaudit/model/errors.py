"""Errors: what is caught around WebSocket work, and what parses may throw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact
from wsaudit.model.receiving import Processing
from wsaudit.source import Place


class Catching(StrEnum):
    """What catches."""

    EXCEPT = "except"
    """``except`` or ``catch``."""
    SUPPRESS = "suppress"
    PROMISE = "promise"
    """``.catch()``."""
    GATHER = "gather"
    """``gather(…, return_exceptions=True)``: errors become results."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Catch(Fact):
    """A handler of errors that WebSocket work may raise.

    ``work`` says what it guards ("sending", "parsing a message", …). ``acts`` is
    present when it does something about an error, ``fine`` when nothing need be done.
    ``bare`` for one without classes; ``commented`` when a comment in it speaks of the
    silence; ``cancellation`` when it also stops what cancels a coroutine, which then
    goes on.
    """

    catching: Catching
    work: str
    acts: Evidence
    fine: Evidence
    bare: bool = False
    commented: bool = False
    cancellation: bool = False

    @property
    def owner(self) -> object:
        """Each handler is a cause of its own."""
        return self


class Costs(StrEnum):
    """What a parse that throws costs."""

    MESSAGE = "message"
    """The message: the handler of it is left."""
    CONNECTION = "connection"
    """The connection: the receive loop is left."""
    TREE = "tree"
    """The React tree, which an error in an effect or a render unmounts."""
    PROCESS = "process"
    """The process, which an uncaught error in a listener ends."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parse(Fact):
    """A message is parsed as JSON.

    ``at`` is the parse, ``text`` its callee as written. ``stopped`` tells whether what
    it throws is caught, on every way there, before it costs what ``costs`` says.
    ``loop`` is the `Processing` whose loop or method it stands in, if that is known.
    """

    text: str
    stopped: Evidence
    costs: Costs
    loop: Processing | None = None

    @property
    def owner(self) -> object | None:
        """What the parse shares with a loop without any handler."""
        return self.loop if self.loop is not None and self.loop.bare else None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reporter(Fact):
    """What hears of errors: a service that is set up, a listener for unhandled ones.

    ``name`` is what the code calls it; ``service`` for one that is told over the
    network.
    """

    name: str
    service: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tried(Fact):
    """A handler of errors in work whose result goes to a client of a server.

    ``at`` is the handler, ``work`` what it guards, ``sent`` where the result is sent.
    ``told`` tells whether the client hears when it fails.
    """

    work: str
    told: Evidence
    sent: Place

    @property
    def owner(self) -> object:
        """Each handler is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ErrorMessage(Fact):
    """What a client does with a message of its server that is about an error.

    ``at`` is the case for it, ``value`` its kind. ``shown`` tells whether anything
    comes of it that a user may see; ``logged`` is the call that logs it, "" without.
    """

    value: str
    shown: Evidence
    logged: str

    @property
    def owner(self) -> object:
        """Each case is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reported(Fact):
    """Whether the clients of a project tell a service of what happens to them.

    ``service`` is the package of the service, ``at`` the first client. ``reports`` is
    present when any of the clients tells it of an error, an end or a bad text.
    """

    service: str
    reports: Evidence
