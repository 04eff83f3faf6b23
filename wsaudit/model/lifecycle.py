"""Life cycles: what components open, and what goes on when they are over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal as Only

from wsaudit.model import Connection, Evidence, Fact
from wsaudit.source import Place


class WayOut(StrEnum):
    """How a function that serves a connection is left."""

    DISCONNECT = "disconnect"
    """By the exception that tells of the end of the connection."""
    END = "end"
    """Without one: the connection is over, or the function wants no more of it."""
    FAILURE = "failure"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Missed:
    """A close at the end of a component that a socket may be missed by.

    ``how``: one that is still "connecting", since only an open one is closed; any,
    since the value that is closed is "stale", that of an earlier render. ``text`` is
    the close as written.
    """

    at: Place
    how: Only["connecting", "stale"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unstable:
    """A dependency of an effect that is another value than in the last render.

    ``name`` is the value that is: the dependency, or what it is made of. ``how``: it is
    "made" in each render, "passed" by a component that makes it, a parameter's
    "default", or a state that the socket's own handlers "set", at ``because``.
    """

    at: Place
    name: str
    how: Only["made", "passed", "default", "set"]
    because: Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MountedSocket(Fact):
    """A client's socket that a component of a user interface opens.

    ``at`` is the connection's creation. ``moment`` says when it is opened: in an
    "effect", once "mounted", while it "render"s, or on an "event". ``closed`` is
    whether the end of the component closes it, ``missed`` a close there that misses
    it. ``depends`` names the first dependency of the effect, ``ignored`` is true when
    an async effect returns a cleanup in vain, ``cleanup`` is one that closes something
    else. ``for_page`` is true when the socket is kept by the page, or opened by a
    component that is likely to stand at its root.
    ``rendering`` says of one that is opened in a render how often: "each" time, by an
    "initialiser", or while there is none yet ("guarded"); "" for all others.
    ``depending`` when an effect opens it that has dependencies, ``unstable`` are those
    by which it opens again with every render, or message.
    """

    moment: Only["effect", "mounted", "render", "event"]
    closed: Evidence
    component: str = ""
    depends: str = ""
    ignored: bool = False
    cleanup: Place | None = None
    missed: Missed | None = None
    for_page: bool = False
    rendering: Only["", "each", "initialiser", "guarded"] = ""
    depending: bool = False
    unstable: tuple[Unstable, ...] = ()

    @property
    def connection(self) -> Connection:
        """The connection that is opened."""
        return self.connections[0]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Leftover(Fact):
    """Work that a connection starts beside itself, and whether it ends with it.

    ``at`` is the call that starts it, ``text`` that call's callee. ``kind``: a timer
    that reconnects, an interval that uses the socket, a listener on the page, a
    request. ``stopped`` is whether the end of the connection, at ``ends_at``, ends it
    (None where nothing ends one on purpose); ``restarted`` whether an interval is ended
    before the next connection starts another (None where none does). ``rearmed`` for a
    timer that is cleared, and then the close starts it again.
    """

    kind: Only["reconnect", "interval", "listener", "fetch"]
    text: str
    stopped: Evidence | None
    restarted: Evidence | None = None
    rearmed: bool = False
    ends_at: Place | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Listening(Fact):
    """Which events of a socket somebody listens to.

    ``messages`` when messages are, or the last one is looked at. ``close`` is present
    too where the end shows in another way, which it says. ``closes_after_error`` when
    each error is followed by the end, ``logged`` when the library writes errors to its
    log; ``reopens`` tells of a client whether anything
    opens it again.
    """

    messages: bool
    close: Evidence
    error: Evidence
    closes_after_error: bool
    logged: bool = False
    reopens: Evidence | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Emitter(Listening):
    """A socket that ends the process with an error that nobody listens to."""

    @property
    def owner(self) -> object:
        """That is a cause of its own, whatever else nobody listens to."""
        return self


class LateKind(StrEnum):
    """What a handler of a socket does to what outlives it."""

    HOLDER = "close-clears-holder"
    """It empties the place that holds the socket."""
    STATE = "close-sets-state"
    RECONNECT = "reconnects"
    AFTER_AWAIT = "message-after-await"
    """It writes a message into the state, after an await."""
    MESSAGE = "late-message"
    """It writes a message into the state, where messages come after a close."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LateEvent(Fact):
    """What a handler does when its socket has been replaced.

    ``at`` is what it does, to ``name``; ``also`` are those of other handlers.
    ``asked`` tells whether it asks first whose event it is. ``closed`` is where the old
    socket is closed, ``replaced`` what opens the new one; not ``sure`` where that may
    never happen.
    """

    event: str
    kind: LateKind
    name: str
    asked: Evidence
    closed: Place
    replaced: Place
    sure: bool
    also: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Notice(Fact):
    """What a page shows of it when a lasting connection has ended.

    ``at`` is what attaches the first handler of the end, ``event`` how the code calls
    it ("" for a hook that tells the state itself). ``shown`` is whether anything that
    runs then can be seen; ``tracked`` is a state that is written and shown nowhere.
    """

    event: str
    shown: Evidence
    tracked: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Latch(Fact):
    """A flag that the cleanup of an effect sets, and that the way to a socket asks for.

    ``at`` is the write in the cleanup, ``tested_at`` the test in ``bars``. ``restored``
    tells whether it is set back when the effect runs again. ``once`` for an effect
    without dependencies, which only a component that is mounted again runs again;
    ``remounted`` where that is known to happen.
    """

    flag: str
    bars: str
    tested_at: Place
    restored: Evidence
    once: bool
    remounted: bool

    @property
    def connection(self) -> Connection:
        """The connection that is not opened again."""
        return self.connections[0]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Overwrite(Fact):
    """A client's socket is put where another one may be kept.

    ``at`` is its creation in ``function``, ``holder`` the place that keeps it, and
    ``again`` a call that runs the function while a socket may be open. ``former`` tells
    whether that one is closed, or kept. ``only_open`` when it is kept only once it is
    open, and not while it connects.
    """

    holder: str
    function: str
    again: Place
    former: Evidence
    only_open: bool = False
