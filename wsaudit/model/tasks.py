"""Tasks and promises: what runs beside the code that starts it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact
from wsaudit.model.lifecycle import WayOut
from wsaudit.source import Place


@dataclass(frozen=True, slots=True)
class Ending:
    """Whether a task is over when its connection is.

    Where it is not, ``missed`` is the first kind of way out on which it goes on (None
    where nothing ends it on any), and the evidence where that begins.
    """

    over: Evidence
    missed: WayOut | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task(Fact):
    """A coroutine that the code of connections has run beside it.

    ``runs`` is the coroutine as written, ``kept`` whether something holds the task.
    ``ending`` is None for those that a group ends, and that use no server's socket.
    ``fails`` tells whether the coroutine may end in an error that is not the end of a
    connection, ``watched`` whether anything asks how it has ended. ``lasting`` when it
    goes round in a loop, and not only once through its work.
    """

    runs: str
    kept: Evidence
    fails: Evidence
    watched: Evidence
    lasting: bool = False
    ending: Ending | None = None

    @property
    def owner(self) -> object:
        """Each task is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AsyncCall(Fact):
    """A call that gives a promise or coroutine, in code that a socket's events run.

    ``at`` is its callee, ``text`` that as written. ``taken`` tells whether anything
    waits for it, keeps it or handles its failure, ``fails`` whether it may fail.
    ``coroutine`` for one that never runs unless it is awaited. ``meant`` where the code
    says that it is dropped on purpose, ``connects`` when it opens the connection,
    ``fatal`` when a failure that nobody handles ends the process.
    """

    text: str
    taken: Evidence
    fails: Evidence
    coroutine: bool = False
    meant: bool = False
    connects: bool = False
    fatal: bool = False

    @property
    def owner(self) -> object:
        """Each call is a cause of its own."""
        return self


class Guard(StrEnum):
    """What catches the errors of one turn of a loop."""

    INSIDE = "inside"
    """Something in the loop does, so that it goes on."""
    NONE = "no-guard"
    OUTSIDE = "guard-outside"
    """A handler around the loop, which is over then."""
    NARROW = "narrow-guard"
    """A handler in the loop that is for other errors."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Background(Fact):
    """An endless loop that serves all connections, started once for the program.

    ``at`` is its head, ``name`` the function it is in, ``started`` what starts that.
    ``fails`` tells whether a turn may end it, ``handler`` is a handler around it.
    ``watched`` tells whether anything asks how it ended; ``thread`` when it runs in a
    thread.
    """

    name: str
    started: Place
    guard: Guard
    handler: Place | None
    fails: Evidence
    watched: Evidence
    thread: bool = False

    @property
    def owner(self) -> object:
        """Each loop is a cause of its own."""
        return self
