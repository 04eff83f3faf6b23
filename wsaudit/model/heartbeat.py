"""Heartbeats: how one end of a connection would notice that the other is gone."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Connection, Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Heartbeat(Fact):
    """What one end does to notice silence; ``at`` is where a finding belongs.

    ``library`` is what the library, or the program that runs the server, does by
    itself. ``pings`` is what the code sends at intervals, ``watches`` what it does when
    nothing comes. ``peer`` is whether the other end pings: absent only when it is in
    the run and does not. ``also`` are the ends that are without a heartbeat for the
    same reason, ``partial`` a wake-up call that is none (the browser is online again),
    ``keepalive`` the place where only TCP is asked to look.
    """

    library: Evidence
    pings: Evidence
    watches: Evidence
    peer: Evidence
    title: str
    also: tuple[Place, ...] = ()
    partial: str = ""
    keepalive: Place | None = None

    @property
    def connection(self) -> Connection:
        """The end that this is about."""
        return self.connections[0]
