"""Taking messages: where a server is given them, and what one bad message costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Connection, Event, Role, Seen, Side
from wsaudit.model.receiving import Boundary, Processing, Taking
from wsaudit.program.asked import asked
from wsaudit.recognise.connections.capabilities import capability
from wsaudit.recognise.errors.boundaries import Found, boundary_of
from wsaudit.recognise.loops import ReceiveLoop, receive_loops
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Attached, Scene, Socket
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

FATAL = "listener_error_is_fatal"


@asked
def processing(scene: Scene) -> dict[Node, Processing]:
    """The processing of messages on servers, by its loop or function.

    Found once, so that the parses in it can point to it.
    """
    found: dict[Node, Processing] = {}
    for loop in receive_loops(scene):
        one = _of_loop(scene, loop)
        if one is not None:
            found[loop.loop] = one
    for attached in scene.attached:
        for function in attached.functions:
            if attached.event is Event.MESSAGE and function not in found:
                handler = _of_handler(scene, attached, function)
                if handler is not None:
                    found[function] = handler
    return found


def loop_head(scene: Scene, loop: nodes.Loop) -> Place:
    """The line that starts a loop, up to its test or source."""
    head = loop.test or loop.source
    return scene.line_head(loop, head.end if head is not None else loop.start + 5)


def _is_judged(socket: Socket) -> bool:
    """Whether a socket is a server's end that processes messages for itself."""
    fact = socket.fact
    return fact.judged and fact.side is Side.SERVER and fact.role is not Role.BRIDGE


def _of_loop(scene: Scene, loop: ReceiveLoop) -> Processing | None:
    sockets = tuple(s for s in loop.sockets if _is_judged(s))
    if not sockets:
        return None
    found = boundary_of(scene, loop.loop.body, loop.sockets, loop.loop)
    at = loop_head(scene, loop.loop)
    return _processing(scene, Taking.LOOP, at, sockets, found)


def _of_handler(
    scene: Scene, attached: Attached, function: nodes.Function
) -> Processing | None:
    """The boundary of a class's method, or of a listener that may end the process."""
    judged = tuple(s for s in attached.sockets if _is_judged(s))
    of_class = tuple(
        socket
        for socket in judged
        if socket.cls is not None
        and socket.endpoint is not None
        and capability(scene, socket, "listener_error_is_caught") is None
    )
    fatal = tuple(s for s in judged if is_fatal(scene, s))
    if not of_class and not fatal:
        return None
    found = boundary_of(scene, function.body, attached.sockets, None)
    if of_class and isinstance(attached.at, nodes.FunctionDef):
        at = scene.name_place(attached.at)
        return _processing(scene, Taking.METHOD, at, of_class, found)
    at = scene.place(attached.at)
    if isinstance(attached.at, nodes.Call):
        at = scene.callee_place(attached.at)
    return _processing(scene, Taking.LISTENER, at, fatal, found, fatal=True)


def is_fatal(scene: Scene, socket: Socket) -> bool:
    """Whether an exception in a listener of a socket ends the process."""
    found = capability(scene, socket, FATAL)
    return found is not None and found.seen is Seen.PRESENT


def _processing(
    scene: Scene,
    taking: Taking,
    at: Place,
    sockets: tuple[Socket, ...],
    found: Found | None,
    *,
    fatal: bool = False,
) -> Processing | None:
    if found is None:
        return None
    boundary = found.boundary
    if boundary in {Boundary.NONE, Boundary.NARROW} and not found.work.sure:
        boundary = Boundary.UNKNOWN
    return Processing(
        at=at,
        connections=connections_of(sockets),
        taking=taking,
        boundary=boundary,
        work=found.work.text,
        at_work=scene.place(found.work.node),
        fatal=fatal,
    )


def connections_of(sockets: tuple[Socket, ...]) -> tuple[Connection, ...]:
    """The connections of some sockets, each once."""
    return tuple(dict.fromkeys(socket.fact for socket in sockets))


def catcher_place(scene: Scene, at: Node) -> Place:
    """The head of a handler, or the call that catches."""
    if isinstance(at, nodes.Handler):
        return scene.line_head(at, at.head_end)
    if isinstance(at, nodes.Call):
        return scene.callee_place(at)
    return scene.place(at)
