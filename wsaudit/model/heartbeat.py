"""Heartbeats: how one end of a connection would notice that the other is gone."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Connection, Evidence, Fact
from wsaudit.model.deployment import Proxy
from wsaudit.source import Place


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
    asked to look. ``rhythms`` are how often it sends, ``proxy`` is what would cut it
    off soonest.
    """

    library: Evidence
    pings: Evidence
    watches: Evidence
    title: str
    ends: tuple[Connection, ...]
    also: tuple[Place, ...] = ()
    partial: str = ""
    keepalive: Place | None = None
    rhythms: tuple[Rhythm, ...] = ()
    proxy: Proxy | None = None

    @property
    def connection(self) -> Connection:
        """The end that this is about."""
        return self.connections[0]
