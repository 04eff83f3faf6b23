"""Registries: collections of connections, how they change, and loops over them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact, Seen
from wsaudit.model.lifecycle import WayOut
from wsaudit.source import Place

UNSEEN = Evidence(Seen.UNKNOWN)


class Held(StrEnum):
    """What a registration puts into a collection that outlives the connection."""

    SOCKET = "socket"
    RECORD = "record"
    """An object, dict or tuple that has the socket in it."""
    CALLBACK = "callback"
    """A function that uses the socket."""
    SIDE_TABLE = "side table"
    """A value kept under the socket as key."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Registration(Fact):
    """A connection is put into a collection that outlives it.

    ``at`` is what registers (in the endpoint, when only this one forgets to undo it),
    ``registry`` the collection's name. ``undone`` tells whether it is taken out when
    the connection ends, ``removal`` whether anything that runs takes it out again.
    ``added_at`` is where it is put in, ``reaped`` whether a client that is gone without
    a word is taken out.
    """

    registry: str
    held: Held
    undone: Evidence
    removal: Evidence
    added_at: Place
    reaped: Evidence = UNSEEN

    @property
    def owner(self) -> object:
        """Each registration is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cleanup(Fact):
    """What takes a connection out of a collection when it ends.

    ``at`` is the undoing call, ``text`` it as written, ``waits_for`` the exceptions of
    the handler it is in. ``missed`` is the first kind of way out on which it does not
    run, from ``skipped_at`` on, which is ``skipped`` as written; ``doubt`` says why the
    ways out cannot be told.
    """

    text: str
    missed: WayOut | None = None
    doubt: str = ""
    handled: bool = False
    """Whether it stands in a handler of exceptions."""
    waits_for: str = ""
    skipped: str = ""
    skipped_at: Place | None = None
    before_try: bool = False
    """Whether it is skipped only by what comes before the ``try`` that it is of."""
    on_socket: bool = False
    """True when what skips it is an operation on the socket itself."""

    @property
    def owner(self) -> object:
        """Each cleanup is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Entry(Fact):
    """What the end of a connection takes out of a registry by a key.

    ``shared`` is present when two connections may have the key, absent for one that is
    made for each. ``own`` tells whether the entry is known to be this connection's.
    ``blind`` when the function that takes it out is not given the ``socket``, which is
    the socket's name.
    """

    registry: str
    key: str
    shared: Evidence
    own: Evidence
    socket: str
    blind: bool
    registered_at: Place

    @property
    def owner(self) -> object:
        """Each removal is a cause of its own."""
        return self


class Container(StrEnum):
    """The kind of a collection, as far as it matters for changes while iterating."""

    LIST = "list"
    SET = "set"
    DICT = "dict"
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Visit(Fact):
    """A loop that does something with every connection of a collection.

    ``at`` is what is iterated over, ``collection`` it as written. ``live`` is present
    when another coroutine can change the collection between two rounds (``at`` of the
    evidence is such a change), absent when it cannot, and says why.
    """

    collection: str
    container: Container
    live: Evidence

    @property
    def owner(self) -> object:
        """Each loop is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Broadcast(Visit):
    """A visit that sends: ``send`` is the sending call as written, at ``sent_at``.

    ``isolated`` is present when a failed send leaves the others alone. ``swallows``
    is the handler that stops cancellation too. ``grouped`` names what runs the sends
    at once (``gather``), and ``at_group`` where it is called.
    """

    send: str
    sent_at: Place
    isolated: Evidence
    swallows: Place | None = None
    grouped: str = ""
    at_group: Place | None = None
