"""Routes: how the end of a connection leads to the code that opens it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import RUN, Edge
from wsaudit.analysis.paths import Path, paths
from wsaudit.analysis.runs import spread
from wsaudit.analysis.triggers import effects_of
from wsaudit.model import Event
from wsaudit.program import folding
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket

NAMELESS = "the socket"


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A path from a handler to where a socket is created, by calls, timers and state.

    ``attached`` is the event that runs the handler, ``end`` the creating call.
    """

    path: Path
    end: nodes.Call
    attached: Attached

    @property
    def sites(self) -> tuple[nodes.Call, ...]:
        """The calls on the way, the creation last."""
        return tuple(node for node in self.path.nodes if isinstance(node, nodes.Call))

    @property
    def functions(self) -> tuple[nodes.Function, ...]:
        """The functions entered on the way, without the start."""
        return tuple(edge.function for edge in self.path.edges)


def routes_back(scene: Scene, socket: Socket) -> tuple[Route, ...]:
    """The routes from the end of a connection to the creation of one like it."""
    return tuple(
        route
        for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR)
        for function in attached.functions
        if not is_test_path(scene.place(function).path)
        for twin in _within_reach(scene, function, twins(scene, socket))
        for route in _routes(scene, function, twin, attached)
    )


def _within_reach(
    scene: Scene, function: nodes.Function, sockets: Iterable[Socket]
) -> Iterator[Socket]:
    """Those of some sockets that are made where a function may lead to."""
    reached = spread(scene, (function,), hows=RUN, states=True)
    for socket in sockets:
        at = socket.creation
        home = None if at is None else scene.program.function_of(at)
        if home is None or home in reached or not reached.whole:
            yield socket


def twins(scene: Scene, socket: Socket) -> tuple[Socket, ...]:
    """The client sockets that stand in for one another: they share their handlers."""
    others = {
        other
        for attached in socket.attached
        for other in attached.sockets
        if other.creation is not None
    }
    named = socket.fact.name != NAMELESS
    others |= {
        other
        for other in scene.sockets
        if named
        and other.creation is not None
        and other.fact.at.path == socket.fact.at.path
        and other.fact.name == socket.fact.name
        and other.dialect == socket.dialect
    }
    if socket.creation is not None:
        others.add(socket)
    return tuple(sorted(others, key=lambda one: one.fact.at))


def _routes(
    scene: Scene, start: nodes.Function, socket: Socket, attached: Attached
) -> Iterator[Route]:
    """The routes from a function to the creation of a socket, shortest first."""
    if socket.creation is None or socket.creator is None:
        return
    waking = {effect.callback for effect in effects_of(scene, socket)}
    found = paths(scene, start, socket.creation, hows=RUN, states=bool(waking))
    for path in found:
        if _is_way(scene, path, waking):
            yield Route(path, socket.creation, attached)


def _is_way(scene: Scene, path: Path, waking: set[nodes.Function]) -> bool:
    """Whether a way is one: by effects that do not open the socket with a timer.

    What these do at once depends on too much that is not followed. What is only
    attached on the way runs when somebody does something.
    """
    if any(_waits_for_somebody(scene, edge) for edge in path.edges):
        return False
    return path.has("timer", "interval") or all(
        edge.how != "state" or edge.function in waking for edge in path.edges
    )


def _waits_for_somebody(scene: Scene, edge: Edge) -> bool:
    """``document.addEventListener("resend", connect)``, ``onClick={connect}``."""
    if edge.how != "event" or isinstance(edge.site, nodes.Bind | nodes.Assign):
        return False
    if not isinstance(edge.site, nodes.Call):
        return True
    first = edge.site.arguments[0].value if edge.site.arguments else None
    event = folding.fold_text(scene.program, first) if first is not None else None
    return (
        event is not None
        and scene.use(edge.site) is None
        and not scene.dialects.speaks("wakes-page", event)
    )
