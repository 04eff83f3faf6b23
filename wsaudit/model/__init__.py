"""The WebSocket nouns: what the program does with its sockets, in the field's words.

Recognition makes these; checks and reports read them. A noun knows its place and its
connections, never a syntax tree. Evidence is three-valued, see `Seen`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar, cast

from wsaudit.source import Place

F = TypeVar("F", bound="Fact")

ANY_PREFIX = "**"
"""Stands before the path of an endpoint whose prefix is not known."""
_LOOPBACK = re.compile(
    r"wss?://(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|/|$)", re.IGNORECASE
)


class Side(StrEnum):
    """Which end of a connection: who accepts, or who connects."""

    SERVER = "server"
    CLIENT = "client"


class Role(StrEnum):
    """What a connection is for; decides which absences matter."""

    PERSISTENT = "persistent"
    ONE_SHOT = "one-shot"
    TASK_SCOPED = "task-scoped"
    BRIDGE = "bridge"
    LIBRARY = "library"
    TEST = "test"


class Seen(StrEnum):
    """Three-valued evidence: an absence counts only when nothing could hide it."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether something was seen, where, and in a few words what (or why unknown)."""

    seen: Seen
    why: str = ""
    at: Place | None = None

    @property
    def present(self) -> bool:
        """True when it was seen."""
        return self.seen is Seen.PRESENT

    @property
    def absent(self) -> bool:
        """True when it is certainly not there."""
        return self.seen is Seen.ABSENT

    @property
    def unknown(self) -> bool:
        """True when it cannot be told."""
        return self.seen is Seen.UNKNOWN


@dataclass(frozen=True, slots=True)
class Declaration:
    """An answer the code cannot give, from a comment to wsaudit.

    ``name`` is ``public``, ``role`` or ``non-browser``; it holds for what lies between
    the byte offsets ``start`` and ``end``, the statement it stands on or above.
    """

    at: Place
    name: str
    value: str
    reason: str
    start: int
    end: int

    def covers(self, place: Place) -> bool:
        """Whether a place is one this declaration speaks of."""
        return place.path == self.at.path and self.start <= place.start < self.end


@dataclass(frozen=True, slots=True)
class Declared:
    """All that the user declares: in comments, and of endpoints in the configuration.

    ``public`` and ``non_browser`` are patterns of endpoint paths in which ``*`` stands
    for any text: open to anyone on purpose, and never opened by a browser.
    """

    comments: tuple[Declaration, ...] = ()
    public: tuple[str, ...] = ()
    non_browser: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fact:
    """Any noun. ``connections`` are the connections it belongs to, often one."""

    at: Place
    connections: tuple[Connection, ...] = ()

    @property
    def owner(self) -> object | None:
        """What findings of different rules share when they have one cause."""
        return self.connections[0] if len(self.connections) == 1 else None

    @property
    def known_by(self) -> tuple[str, str, Place]:
        """What it is told from others by, in an order that stays when code moves."""
        return "", "", self.at


class Birth(StrEnum):
    """Where in a program's life a client connection is created."""

    EFFECT = "effect"
    MOUNT = "mount"
    RENDER = "render"
    EVENT = "event"
    FUNCTION = "function"
    METHOD = "method"
    MODULE = "module"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Connection(Fact):
    """One end of a connection.

    ``at`` is the expression that creates it (client) or the socket parameter (server).
    ``name`` is what the code calls it, ``library`` a dialect's id. ``declared`` is true
    for a value known by its type alone, whose creation is not in sight: local rules
    apply to it, absences cannot be judged. ``escapes`` says where it leaves the code
    that is seen ("" when it does not).
    """

    side: Side
    library: str
    name: str
    birth: Birth = Birth.FUNCTION
    role: Role = Role.PERSISTENT
    role_why: str = ""
    polled: bool = False
    """True when what a task-scoped connection tells is also asked for by polling."""
    url: str = ""
    urls: tuple[str, ...] = ()
    """Every address it may have: a wrapper is given several."""
    declared: bool = False
    escapes: str = ""
    partly_read: bool = False
    node_server: bool = False

    @property
    def loopback(self) -> bool:
        """Whether all of its addresses are written out and are this machine."""
        return bool(self.urls) and all(map(_LOOPBACK.match, self.urls))

    @property
    def owner(self) -> object:
        """A connection is its own owner."""
        return self

    @property
    def judged(self) -> bool:
        """True for connections of production code; tests and mocks are not judged."""
        return self.role is not Role.TEST


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Endpoint(Fact):
    """A server's entry point: ``at`` is the decorator, registration or class line.

    ``path`` is the route as far as it folds ("" unknown); `ANY_PREFIX` opens it when
    more may come before it. ``name`` is the function or class, ``framework`` the
    dialect's id. ``connections`` has its one connection. ``routes`` are its paths where
    it has several, because the function that makes its router is called with several.
    """

    path: str
    name: str
    framework: str
    class_based: bool = False
    public: str = ""
    """Why it is declared public: the reason in a comment, or the configuration."""
    non_browser: str = ""
    """Why no browser is said to connect, as with ``public``."""
    routes: tuple[str, ...] = ()

    @property
    def bare_path(self) -> str:
        """The path as far as it is known, without slashes at its ends."""
        return self.path.removeprefix(ANY_PREFIX).strip("/")

    @property
    def known_by(self) -> tuple[str, str, Place]:
        """What it is told from others by, in an order that stays when code moves."""
        return self.path, self.name, self.at

    @property
    def shown(self) -> str:
        """What to call it in a message: its path, of which the start may be unknown."""
        path = self.path.replace(ANY_PREFIX, "…") or self.name
        return f"`{path}`" if path else "an endpoint"

    @property
    def connection(self) -> Connection:
        """The server's end of the connections made here."""
        return self.connections[0]


class Event(StrEnum):
    """The lifecycle events of a socket."""

    OPEN = "open"
    MESSAGE = "message"
    CLOSE = "close"
    ERROR = "error"
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Handler(Fact):
    """A function attached to an event of a socket; ``name`` is the event as written.

    ``rejects`` tells of one that is async, whose promise goes to nobody, whether it may
    be rejected; None for others. ``fatal`` when that ends the process.
    """

    event: Event
    name: str
    rejects: Evidence | None = None
    fatal: bool = False

    @property
    def owner(self) -> object:
        """Each handler is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Operation(Fact):
    """A call on a socket; subclasses say which. ``text`` is the callee as written."""

    text: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Send(Operation):
    """A message leaves."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Receive(Operation):
    """A message is awaited."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Accept(Operation):
    """The server accepts the handshake."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Close(Operation):
    """The socket is closed; ``codes`` are all that it may send, ``reason`` if it folds.

    ``coded`` when a code is given at all; no ``codes`` then says that it does not fold.
    ``own_codes_only`` where the end may send no code but 1000 and those that
    applications and libraries define. ``failed`` is the handler of a failure that it
    stands in, ``retells`` when the reason is what an exception says, however long that
    is. ``after_end`` tells whether it may run once the other end has left, where a
    library raises an error for that.
    """

    codes: tuple[int, ...] = ()
    coded: bool = False
    own_codes_only: bool = False
    reason: str | None = None
    retells: bool = False
    failed: Place | None = None
    after_end: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A recogniser raised: nouns of its ``kinds`` are missing.

    Those of ``connections``, or, where these are not known, any that were not made.
    """

    recogniser: str
    kinds: tuple[type[Fact], ...]
    error: BaseException
    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True)
class Unused:
    """A part of the code that the application never runs, and how that is known."""

    at: Place
    why: str


@dataclass(frozen=True, slots=True)
class Project:
    """Every noun of the run.

    ``all(kind)`` gives the facts of a kind and its subclasses in order of place;
    ``of(kind, connection)`` those that belong to a connection.
    """

    facts: tuple[Fact, ...]
    partly_read: frozenset[str] = frozenset()
    """Paths with syntax errors: they prove nothing absent."""
    troubles: tuple[Trouble, ...] = ()
    """What went wrong in recognition, and which nouns that costs."""
    unused: tuple[Unused, ...] = ()
    """Code that nothing runs: what is wrong in it does no harm yet."""
    numbers: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """What the configuration sets of rules, by code and option."""
    _by_connection: Mapping[Connection, tuple[Fact, ...]] = field(default_factory=dict)
    _by_kind: dict[type[Fact], tuple[Fact, ...]] = field(default_factory=dict)
    """What `all` has found so far: checks ask it for each of their subjects."""
    _groups: dict[Hashable, Mapping[Hashable, tuple[Fact, ...]]] = field(
        default_factory=dict
    )
    """What `together` has found so far."""

    @staticmethod
    def of_facts(
        facts: Iterable[Fact],
        *,
        partly_read: frozenset[str] = frozenset(),
        troubles: Iterable[Trouble] = (),
        unused: Iterable[Unused] = (),
    ) -> Project:
        """A project of some facts, sorted by place."""
        ordered = tuple(sorted(facts, key=lambda fact: (fact.at, type(fact).__name__)))
        table: dict[Connection, list[Fact]] = {}
        for fact in ordered:
            for connection in fact.connections:
                table.setdefault(connection, []).append(fact)
        by_connection = {key: tuple(found) for key, found in table.items()}
        return Project(
            ordered,
            partly_read,
            tuple(troubles),
            tuple(unused),
            _by_connection=by_connection,
        )

    def why_unused(self, at: Place) -> str:
        """Why nothing ever runs the code at a place, "" where something may."""
        for one in self.unused:
            inside = one.at.start <= at.start and at.end <= one.at.end
            if one.at.path == at.path and inside:
                return one.why
        return ""

    def all(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of a kind, in order of place."""
        if kind not in self._by_kind:
            self._by_kind[kind] = tuple(
                fact for fact in self.facts if isinstance(fact, kind)
            )
        return cast("tuple[F, ...]", self._by_kind[kind])

    def together(
        self, kind: type[F], key: Callable[[F, Project], Hashable]
    ) -> Mapping[Hashable, tuple[F, ...]]:
        """The facts of a kind by what ``key`` gives for them, each group in order.

        Found once for a key, which must be a function of a module.
        """
        if (kind, key) not in self._groups:
            groups: dict[Hashable, list[F]] = {}
            for fact in sorted(self.all(kind), key=lambda fact: fact.known_by):
                groups.setdefault(key(fact, self), []).append(fact)
            self._groups[kind, key] = {
                name: tuple(found) for name, found in groups.items()
            }
        return cast("Mapping[Hashable, tuple[F, ...]]", self._groups[kind, key])

    def of(self, kind: type[F], connection: Connection) -> tuple[F, ...]:
        """The facts of a kind that belong to a connection."""
        return tuple(
            fact
            for fact in self._by_connection.get(connection, ())
            if isinstance(fact, kind)
        )

    def lacking(self, kind: type[Fact]) -> Iterator[tuple[Connection, str]]:
        """Each connection whose facts of a kind an error may have cost, and where."""
        for trouble in self.troubles:
            if any(issubclass(made, kind) for made in trouble.kinds):
                for connection in trouble.connections or self.all(Connection):
                    if trouble.connections or not self.of(kind, connection):
                        yield connection, trouble.recogniser
