"""Reconnection: whether and how a client comes back, and what it knows then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from wsaudit.model import Evidence, Fact, Role, Seen
from wsaudit.source import Place

UNSEEN = Evidence(Seen.UNKNOWN)
_ALIKE = 0.05


class Growth(StrEnum):
    """How the delay before a new attempt changes from one attempt to the next."""

    IMMEDIATE = "immediate"
    CONSTANT = "constant"
    GROWING = "growing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delay:
    """The wait before a client tries again.

    ``at`` is the expression of the delay, or the call that reopens without one.
    ``seconds`` is the (first) delay and ``longest`` the one it never exceeds, where
    they fold; ``waits`` are the seconds before the first, second, … attempt, where it
    grows and all of them are known.
    ``counter`` is what the code calls the variable that changes with every attempt,
    ``reset`` whether a successful connection sets it back. ``spoiled`` is the place
    that sets it back before every attempt.
    """

    at: Place
    growth: Growth
    seconds: float | None = None
    longest: float | None = None
    waits: tuple[float, ...] = ()
    jitter: Evidence = UNSEEN
    cap: Evidence = UNSEEN
    counter: str = ""
    reset: Evidence = UNSEEN
    spoiled: Place | None = None
    repeats: bool = False
    """True for an interval that looks at the connection from time to time."""
    why: str = ""
    """What could not be seen, for an unknown growth."""
    paced: bool = False
    """True of none at all after a loss, where attempts that come to nothing wait."""
    computed: Place | None = None
    """What a function gives that computes the delay of several connections."""

    @property
    def doubles(self) -> bool:
        """Whether each of the last waits is twice as long as the one before."""
        late = self.waits[-3:]
        return len(late) == 3 and all(
            one > 0 and math.isclose(other / one, 2, rel_tol=_ALIKE)
            for one, other in pairwise(late)
        )

    def beyond(self, limit: float) -> tuple[int, float] | None:
        """After how many failures a wait is over a limit, and how long it is.

        The last attempt that is known where none is.
        """
        for attempt, wait in enumerate(self.waits):
            if wait >= limit:
                return attempt, wait
        return (len(self.waits), self.waits[-1]) if self.waits else None

    def within(self, attempts: int | None) -> float | None:
        """The longest wait that a number of attempts leaves room for, in seconds."""
        if attempts is None or not 0 < attempts <= len(self.waits):
            return None
        return max(self.waits[:attempts])


@dataclass(frozen=True, slots=True)
class Limit:
    """After how many attempts a client gives up.

    ``attempts`` is the number where it folds. ``counter`` is what the code calls the
    variable that is compared, ``at`` the comparison, ``reset`` whether a successful
    connection sets it back.
    """

    at: Place
    attempts: int | None = None
    counter: str = ""
    reset: Evidence = UNSEEN


@dataclass(frozen=True, slots=True)
class Intent:
    """A close on purpose, and whether a way back is told of it.

    ``at`` is where the way back begins: what attaches the close handler, or a loop.
    ``closed`` is the close, ``unmounts`` true where a component's end runs it.
    """

    at: Place
    closed: Place
    told: Evidence
    unmounts: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReconnectPolicy(Fact):
    """How a client's connection comes back after it is lost.

    ``at`` is the expression that creates it. ``reopens`` says whether anything opens
    it again, and what. ``delay`` is None where nothing retries by itself (an event of
    the browser reopens it, say) or nothing is known of it. ``library`` is true where
    the library does it, ``gated`` where it decides by the reason of the close whether
    to, ``default`` where the application has not chosen how.
    ``halts`` says what may end the attempts where no limit is in sight. ``intent`` is
    the close on purpose that it knows least of, None where there is none.
    ``service`` is true for a client that is no page in a browser, ``python`` for one in
    Python, ``listens`` where it goes on reading.
    """

    reopens: Evidence
    delay: Delay | None = None
    limit: Limit | None = None
    halts: str = ""
    intent: Intent | None = None
    library: bool = False
    gated: bool = False
    default: bool = False
    service: bool = False
    python: bool = False
    listens: bool = True

    @property
    def role(self) -> Role:
        """What the connection is for."""
        return self.connections[0].role

    @property
    def expected(self) -> bool:
        """Whether the connection is one that has to come back.

        One request, a tunnel that dies with its other end, and a job whose news are
        asked for as well do without. How a package reconnects is for its users to
        choose; tests are not judged.
        """
        if self.role in {Role.TEST, Role.ONE_SHOT, Role.BRIDGE, Role.LIBRARY}:
            return False
        return self.listens and not (
            self.role is Role.TASK_SCOPED and self.connections[0].polled
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LastAttempt(Fact):
    """What a page has for its user when a client has given up; ``at`` is the limit.

    ``told`` is what is done then and not before, ``retry`` what opens the connection
    again.
    """

    told: Evidence
    retry: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Resync(Fact):
    """What a client that reopens does about the messages it missed meanwhile.

    ``at`` is the expression that creates the connection. ``written`` is what the code
    calls the state that its messages change step by step, ``write`` the place of such a
    change; "" and None where there is none, and ``doubt`` says where there may be one.
    ``passing`` is a state that is changed so, and of which nobody misses what is over.
    ``caught_up`` says whether it asks for what it missed. ``asks`` is a message it
    sends when it opens that may be such a question.
    """

    written: str = ""
    write: Place | None = None
    doubt: str = ""
    passing: str = ""
    caught_up: Evidence = UNSEEN
    asks: Place | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Greeting(Fact):
    """What a server sends to a client that has just connected; ``at`` is the endpoint.

    ``snapshot`` says whether it sends what it has before it reads anything, ``answers``
    whether it ever sends anything but constants to the one client.
    """

    snapshot: Evidence
    answers: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CloseHandling(Fact):
    """What a client does when its connection is closed, and whether it asks why.

    ``at`` is the handler or option, ``event`` how the code calls it, ``reads`` whether
    something depends on the code, reason or ``wasClean``; where nothing does, its place
    is where people are told of it, if they are. ``retries`` is true where the
    connection is reopened, ``library`` where a library does that and this is no option
    of it, ``shows`` where the handler changes what the page shows, ``caught`` for an
    exception handler.
    """

    event: str
    reads: Evidence
    retries: bool = False
    shows: bool = False
    library: bool = False
    caught: bool = False
