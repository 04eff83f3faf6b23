"""Heartbeats: how one end of a connection would notice that the other is gone."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Connection, Evidence, Fact, Seen
from wsaudit.model.deployment import Proxy
from wsaudit.model.protocol import Said
from wsaudit.source import Place

NOTHING = Evidence(Seen.ABSENT)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often something goes out: ``at`` says so, ``text`` is what sends it.

    ``seconds`` is the time between two, None where that does not fold. ``default``
    where the application has not chosen it.
    """

    at: Place
    text: str
    seconds: float | None
    default: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Heartbeat(Fact):
    """What one end does to notice silence; ``at`` is where a finding belongs.

    ``library`` is what the library, or the program that runs the server, does by
    itself. ``pings`` is what the code sends at intervals, ``watches`` what it does when
    nothing comes. ``ends`` are all the ends that this is true of, for one reason;
    ``also`` is where the second and later ones are. ``partial`` is a wake-up call that
    is none (the browser is online again), ``keepalive`` the place where only TCP is
    asked to look. ``asks`` is where it sends what is a ping by its name or kind,
    ``drops`` whether the library ends a connection without an answer to its own pings,
    ``unfed`` what the code decides by that the other end is gone, as written, where
    nothing that comes changes it. ``rhythms`` are how often it sends, ``proxy`` is what
    would cut it off soonest.
    """

    library: Evidence
    pings: Evidence
    watches: Evidence
    title: str
    ends: tuple[Connection, ...]
    also: tuple[Place, ...] = ()
    partial: str = ""
    keepalive: Place | None = None
    asks: Place | None = None
    drops: Evidence = NOTHING
    unfed: tuple[Place, str] | None = None
    rhythms: tuple[Rhythm, ...] = ()
    proxy: Proxy | None = None

    @property
    def connection(self) -> Connection:
        """The end that this is about."""
        return self.connections[0]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pinging(Fact):
    """What an end sends as pings by messages, and what it does about the other end's.

    ``asks`` is each kind of ping that it sends. ``answers`` says of the pings of all
    other ends whether it answers one like that, ``at`` is where it would. ``hears``
    tells whether it knows an answer to its own.
    """

    asks: tuple[Said, ...]
    answers: tuple[tuple[Said, Evidence], ...]
    hears: Evidence

    @property
    def owner(self) -> object:
        """Each end's pings are a cause of their own."""
        return self
