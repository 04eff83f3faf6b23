"""Reopening: whether anything opens a lost connection again, and by which way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.outcomes import may_be
from wsaudit.analysis.runs import spread
from wsaudit.analysis.timers import Timer, timers
from wsaudit.analysis.triggers import listeners
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import holding
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.reconnection.climbs import ascent
from wsaudit.nouns.reconnection.doubts import doubt
from wsaudit.nouns.reconnection.routes import Route, routes_back
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Reopening:
    """Whether a lost connection is opened again, and the ways that do it.

    ``library`` when the library does. ``poller`` is an interval that looks after it.
    """

    evidence: Evidence
    routes: tuple[Route, ...] = ()
    library: bool = False
    poller: Timer | None = None


@asked
def reopening(scene: Scene, socket: Socket) -> Reopening:
    """How a client's socket comes back."""
    by_library = _library(scene, socket)
    if by_library is not None:
        return by_library
    routes = tuple(r for r in routes_back(scene, socket) if not _dead(scene, r.sites))
    if routes:
        first = routes[0].sites[0]
        seen = _present(scene, first, f"`{scene.text(first.function)}()` reopens it")
        return Reopening(seen, routes)
    above = ascent(scene, socket)
    python = scene.program.module_of(socket.site).language == "python"
    routes = tuple(
        route
        for route in above.routes
        if (python or _waits(scene, route)) and not _dead(scene, route.sites)
    )
    for route in routes:
        if route.reopens and route.survives:
            seen = _present(scene, route.around, "a loop reopens it")
            return Reopening(seen, routes)
    otherwise = None if python else _otherwise(scene, socket)
    if otherwise is not None:
        return otherwise
    why = doubt(scene, socket, above)
    unsure = Seen.UNKNOWN if why else Seen.ABSENT
    return Reopening(Evidence(unsure, why), routes)


def _present(scene: Scene, node: Node, why: str) -> Evidence:
    return Evidence(Seen.PRESENT, why, scene.place(node))


def _library(scene: Scene, socket: Socket) -> Reopening | None:
    """What the library does by itself; None when it does nothing."""
    cap = capability(scene, socket, "reconnect")
    if cap is not None and cap.seen is not Seen.ABSENT:
        title = scene.dialects.dialect(socket.dialect).dialect.title
        at = scene.place(cap.option) if cap.option is not None else socket.fact.at
        does = cap.seen is Seen.PRESENT
        why = f"{title} reconnects" if does else f"the options of {title}"
        return Reopening(Evidence(cap.seen, why, at), library=does)
    iterates = capability(scene, socket, "iterates_connections")
    if iterates is None or iterates.seen is not Seen.PRESENT:
        return None
    around = scene.program.parents.get(socket.site)
    if not isinstance(around, nodes.Loop) or around.source is not socket.site:
        return None
    why = "each turn of the loop is a new connection"
    return Reopening(_present(scene, around.source, why), library=True)


def _dead(scene: Scene, sites: Iterable[Node]) -> bool:
    """Whether a condition on the way is never met: an option that nobody sets."""
    return any(
        not may_be(scene, test, holds=holds)
        for site in sites
        for test, holds in holding(scene.program, site)
    )


# -- other ways --------------------------------------------------------------------


def _waits(scene: Scene, route: Route) -> bool:
    """In JavaScript only what is awaited takes the time of a connection."""
    return any(
        isinstance(around, nodes.Await)
        for site in route.sites
        for around in tree.within(site, scene.program.parents)
    )


def _otherwise(scene: Scene, socket: Socket) -> Reopening | None:
    """An interval that looks after the connection, or an event of the browser."""
    if socket.creator is None:
        return None
    for timer in timers(scene):
        if timer.repeats and socket.creator in spread(scene, timer.functions):
            seen = _present(scene, timer.call, "an interval reopens it")
            return Reopening(seen, poller=timer)
    for one in listeners(scene):
        given = scene.functions_of(one.given)
        wakes = scene.dialects.speaks("wakes-page", one.event)
        if wakes and socket.creator in spread(scene, given):
            return Reopening(_present(scene, one.at, f"`{one.event}` reopens it"))
    return None
