"""Policies: how each client comes back, put together from the ways that lead back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.numbers import Setting, series
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import deciding
from wsaudit.flow.ways import always_before
from wsaudit.model import Event, Side
from wsaudit.model.reconnection import Delay, Growth, Limit, ReconnectPolicy
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.attempts import for_one_only
from wsaudit.nouns.reconnection.backoff import delay_and_limit
from wsaudit.nouns.reconnection.halting import closes_on_error, halts
from wsaudit.nouns.reconnection.intents import intent
from wsaudit.nouns.reconnection.libraries import delay_by_library, limit_by_library
from wsaudit.nouns.reconnection.reasons import tells_why
from wsaudit.nouns.reconnection.reopening import Reopening, reopening
from wsaudit.nouns.reconnection.waits import waits_on
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.routes import Route

_ORDER = (Growth.IMMEDIATE, Growth.CONSTANT, Growth.UNKNOWN, Growth.GROWING)
_LENIENT = frozenset({Growth.GROWING, Growth.UNKNOWN})


def policies(scene: Scene) -> Iterator[ReconnectPolicy]:
    """The policy of every client whose creation is in sight."""
    for socket in scene.sockets:
        if socket.fact.side is Side.CLIENT and socket.creation is not None:
            yield policy(scene, socket)


@asked
def policy(scene: Scene, socket: Socket) -> ReconnectPolicy:
    """How one client comes back."""
    found = reopening(scene, socket)
    python = scene.program.module_of(socket.site).language == "python"
    delay: Delay | None = None
    limit: Limit | None = None
    default = False
    if found.library:
        given = delay_by_library(scene, socket)
        if given is not None:
            delay, default = given
        limit = limit_by_library(scene, socket)
    elif found.evidence.present:
        delay, limit = _chosen(scene, socket, found)
    return ReconnectPolicy(
        at=socket.fact.at,
        connections=(socket.fact,),
        reopens=found.evidence,
        delay=delay,
        limit=limit,
        halts=closes_on_error(scene, socket)
        if found.library
        else halts(scene, socket, found),
        intent=intent(scene, socket, found),
        library=found.library,
        gated=found.library
        and capability(scene, socket, "close_code_gate") is not None,
        default=default,
        service=python or socket.dialect == "ws",
        python=python,
        listens=not python or _listens(scene, socket),
    )


def _listens(scene: Scene, socket: Socket) -> bool:
    """Whether a Python client reads without end, or is called for each message."""
    if any(scene.handlers(socket, Event.MESSAGE)):
        return True
    return any(socket in one.sockets for one in receive_loops(scene))


def _chosen(
    scene: Scene, socket: Socket, found: Reopening
) -> tuple[Delay | None, Limit | None]:
    """The delay that counts of several ways back, with the limit of that way."""
    if found.poller is not None:
        return _polled(scene, found), None
    lasting = [r for r in found.routes if not for_one_only(scene, r.sites)]
    known = [
        one
        for route in lasting or found.routes
        if route.survives
        for one in _of_route(scene, socket, route)
    ]
    if not known:
        return None, None
    return next(
        (one for one in known if one[0].growth in _LENIENT),
        min(known, key=lambda one: _ORDER.index(one[0].growth)),
    )


def _of_route(
    scene: Scene, socket: Socket, route: Route
) -> Iterator[tuple[Delay, Limit | None]]:
    """The delays of a way back, with the limit of its attempts.

    A loss that is followed by an attempt at once is no harm where the next ones wait.
    """
    if route.has("event"):
        return
    if route.how == "decorator":
        at = scene.place(route.around)
        yield Delay(at, Growth.UNKNOWN, why="what repeats it"), None
        return
    found = [
        (*delay_and_limit(scene, socket, waits, route, _head(route)), failed)
        for waits, failed in waits_on(scene, socket, route)
    ]
    paced = any(f and one.growth is not Growth.IMMEDIATE for one, _, f in found)
    for delay, limit, _ in found:
        instant = delay.growth is Growth.IMMEDIATE
        why = _paced_by(scene, route) if instant and route.how == "end" else ""
        if why:
            yield Delay(delay.at, Growth.UNKNOWN, why=why), limit
        elif route.has("interval"):
            yield Delay(delay.at, delay.growth, delay.seconds, repeats=True), limit
        else:
            yield replace(delay, paced=paced and instant), limit


def _head(route: Route) -> nodes.Node:
    """What reopens at once: the first call, or the handler that is the creator."""
    if route.path is None:
        return route.sites[0].function
    for first in (*(edge.site for edge in route.path.edges[:1]), route.around):
        if isinstance(first, nodes.Call):
            return first.function
    return route.around


def _paced_by(scene: Scene, route: Route) -> str:
    """What may slow down a route that has no delay, "" when nothing does.

    It may be taken after some close codes only, or wait until something is ready.
    """
    for site in route.sites:
        if any(tells_why(scene, test) for test in deciding(scene.program, site)):
            return "the close codes after which it reconnects at once"
        function = scene.program.function_of(site)
        for call in scene.calls_in((function,)) if function is not None else ():
            name = tree.last_name(call.function)
            waits = scene.dialects.sounds("sounds-like-readiness", name)
            if waits and always_before(scene.program, [call], site):
                return f"how long `{scene.text(call.function)}()` takes"
    return ""


def _polled(scene: Scene, found: Reopening) -> Delay | None:
    """An interval that looks after the connection."""
    timer = found.poller
    if timer is None:
        return None
    if timer.delay is None:
        return Delay(scene.place(timer.call), Growth.UNKNOWN, why="its interval")
    what = series(Setting(scene), (timer.delay,))
    if what.varies or what.unknown:
        return Delay(scene.place(timer.delay), Growth.UNKNOWN, why="its interval")
    seconds = None if what.first is None else what.first / 1000
    return Delay(scene.place(timer.delay), Growth.CONSTANT, seconds, repeats=True)
