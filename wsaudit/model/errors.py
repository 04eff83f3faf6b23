"""Errors: what is caught around WebSocket work, and what parses may throw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact


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

    ``at`` is the parse, ``text`` its callee as written. ``guarded`` says whether an
    exception of it is caught before it costs what ``costs`` says. ``loop`` is the
    `Processing` whose loop or method it stands in, if that is known.
    """

    text: str
    guarded: Evidence
    costs: Costs
    loop: Fact | None = None

    @property
    def owner(self) -> object | None:
        """What the parse shares with the loop that it may end."""
        return self.loop


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reporter(Fact):
    """What hears of errors: a service that is set up, a listener for unhandled ones.

    ``name`` is what the code calls it; ``service`` for one that is told over the
    network.
    """

    name: str
    service: bool = False
