"""Routes: the ways back to a new connection, and those from the end of the last one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.edges import RUN, Edge
from wsaudit.analysis.paths import Path, paths
from wsaudit.analysis.runs import spread
from wsaudit.analysis.triggers import effects_of
from wsaudit.model import Event
from wsaudit.program import folding
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis import edges
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.syntax.nodes import Node

NAMELESS = "the socket"


How = Only["end", "loop", "retry", "handler", "after", "again", "decorator"]
"""What leads back: the end of a connection, a loop, one that ends with the first
success, an exception handler, what follows the reading, a function that calls itself,
a decorator."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A way back to a new connection.

    ``sites`` are the calls on it, the creation last, ``functions`` those that it enters
    anew. ``around`` is what attaches the handler of an end, and otherwise the loop,
    handler, call or decorator. ``path`` leads from the handler of an ``event``, by
    calls, timers and state. ``survives`` is false for a loop that an exception of the
    connection ends.
    """

    sites: tuple[nodes.Call, ...]
    functions: tuple[nodes.Function, ...]
    how: How
    around: Node
    survives: bool = True
    event: Event | None = None
    path: Path | None = None

    @property
    def reopens(self) -> bool:
        """Whether a lost connection is opened again, not only a failed attempt."""
        return self.how != "retry"

    @property
    def loop(self) -> nodes.Loop | None:
        """The loop that repeats it, where one does."""
        if self.how in {"loop", "retry"} and isinstance(self.around, nodes.Loop):
            return self.around
        return None

    def has(self, *hows: edges.How) -> bool:
        """Whether it comes from an end by a step of one of the kinds."""
        return self.path is not None and self.path.has(*hows)


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
            yield Route(
                tuple(node for node in path.nodes if isinstance(node, nodes.Call)),
                tuple(edge.function for edge in path.edges),
                "end",
                attached.at,
                event=attached.event,
                path=path,
            )


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
