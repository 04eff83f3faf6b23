"""Boundaries: what an exception in the processing of one message costs a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    EXCEPTION,
    OS_ERROR,
    Catcher,
    Thrown,
    caught_names,
    handlers,
    is_end_of_connection,
)
from wsaudit.analysis.effects import Does, effects_of_block
from wsaudit.analysis.exceptions import Ends, caught_further_out, ends
from wsaudit.connections.capabilities import capability
from wsaudit.connections.origins import argument_of
from wsaudit.connections.scene import written
from wsaudit.flow.ways import breaks_off
from wsaudit.model import Connection, Event, Role, Seen, Side
from wsaudit.model.receiving import Boundary, Processing, Taking, Work
from wsaudit.nouns.errors.failing import PARSE_ERROR, Failure, failures
from wsaudit.nouns.lifecycle.loops import ReceiveLoop, receive_loops
from wsaudit.program import folding
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket, Use
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

ABNORMAL = 1006
FATAL = "listener_error_is_fatal"
CAUGHT = "listener_error_is_caught"
_REFUSALS = frozenset({1002, 1003, 1007, 1008, 1009})


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


def _is_judged(socket: Socket) -> bool:
    """Whether a socket is a server's end that processes messages for itself."""
    fact = socket.fact
    return fact.judged and fact.side is Side.SERVER and fact.role is not Role.BRIDGE


def _of_loop(scene: Scene, loop: ReceiveLoop) -> Processing | None:
    home = scene.program.function_of(loop.loop)
    sockets = tuple(
        socket
        for socket in loop.sockets
        if _is_judged(socket) and (not socket.unit or home in socket.unit)
    )
    if not sockets:
        return None
    found = _work(scene, loop.loop.body, loop.sockets, loop.loop)
    found = (*_taking(scene, loop), *found)
    return _processing(scene, Taking.LOOP, loop_head(scene, loop.loop), sockets, found)


def _taking(scene: Scene, loop: ReceiveLoop) -> Iterator[Work]:
    """What an iterator of the project parses: no guard in the loop catches that."""
    for one in loop.receives if loop.iterates else ():
        node, source = one.node, loop.loop.source
        if source is None or source is node:
            continue
        if one.op is None or one.op.decodes != "json":
            continue
        costs = Boundary.KEPT
        if not ends(scene, (node,), PARSE_ERROR).caught:
            costs = further_out(scene, source, loop.loop, PARSE_ERROR, narrow=False)
        if isinstance(node, nodes.Call):
            text = f"{written(node.function)}()"
            yield Work(at=scene.place(node), text=text, boundary=costs, likely=5)


def _of_handler(
    scene: Scene, attached: Attached, function: nodes.Function
) -> Processing | None:
    """The processing of a class's method, or of a listener that may end the process."""
    judged = tuple(s for s in attached.sockets if _is_judged(s))
    of_class = tuple(
        s
        for s in judged
        if s.cls is not None and s.endpoint is not None and not is_caught(scene, s)
    )
    fatal = tuple(s for s in judged if is_fatal(scene, s))
    if not of_class and not fatal:
        return None
    found = _work(scene, function.body, attached.sockets, None)
    if of_class and isinstance(attached.at, nodes.FunctionDef):
        at = name_place(scene, attached.at)
        return _processing(scene, Taking.METHOD, at, of_class, found)
    at = scene.place(attached.at)
    if isinstance(attached.at, nodes.Call):
        at = scene.callee_place(attached.at)
    return _processing(scene, Taking.LISTENER, at, fatal, found, fatal=True)


def is_fatal(scene: Scene, socket: Socket) -> bool:
    """Whether an exception in a listener of a socket ends the process."""
    found = capability(scene, socket, FATAL)
    return found is not None and found.seen is Seen.PRESENT


def is_caught(scene: Scene, socket: Socket) -> bool:
    """Whether a library catches what a listener raises, so that the socket lasts."""
    found = capability(scene, socket, CAUGHT)
    return found is not None and found.seen is Seen.PRESENT


def _processing(
    scene: Scene,
    taking: Taking,
    at: Place,
    sockets: tuple[Socket, ...],
    found: tuple[Work, ...],
    *,
    fatal: bool = False,
) -> Processing | None:
    if not found:
        return None
    connections = connections_of(sockets)
    return Processing(
        at=at,
        connections=connections,
        taking=taking,
        work=found,
        fatal=fatal,
        code=_code(scene, sockets),
    )


def _code(scene: Scene, sockets: tuple[Socket, ...]) -> int:
    """With which code the library closes after an exception; 1006 where it does not."""
    for socket in sockets:
        found = capability(scene, socket, "error_close_code")
        if found is not None and isinstance(found.value, int):
            return found.value
    return ABNORMAL


# -- one piece of work ---------------------------------------------------------------


def _work(
    scene: Scene,
    block: tuple[nodes.Statement, ...],
    own: tuple[Socket, ...],
    inside: Node | None,
) -> tuple[Work, ...]:
    """The work of a block, and what a failure of each costs.

    ``inside`` is the loop that must outlive an exception; without it, the function.
    Where what does not parse is caught, a message of quite another type is left; a
    relay that fails with its far end is no work.
    """
    found = [
        (each, _boundary(scene, each, inside)) for each in failures(scene, block, own)
    ]
    kept = {Boundary.KEPT, Boundary.REFUSED}
    parses = {b for each, b in found if each.thrown == PARSE_ERROR}
    found = [
        (each, boundary)
        for each, boundary in found
        if boundary in kept
        or not (each.relay or (each.odd and not (parses and parses <= kept)))
        or (each.odd and boundary is Boundary.NARROW)
    ]
    return tuple(
        Work(
            at=scene.place(each.node),
            text=each.text,
            boundary=_weighed(each, boundary),
            likely=each.likely,
        )
        for each, boundary in found
    )


def _weighed(failure: Failure, boundary: Boundary) -> Boundary:
    """The boundary in the light of how sure the failure is, and how odd the message."""
    if boundary not in {Boundary.NONE, Boundary.NARROW}:
        return boundary
    if not failure.sure:
        return Boundary.UNKNOWN
    return Boundary.NARROW if failure.odd else boundary


def _boundary(scene: Scene, failure: Failure, inside: Node | None) -> Boundary:
    node, thrown = failure.node, failure.thrown
    found = ends(scene, (node,), thrown, inside)
    if found.how is Ends.DETACHED:
        python = scene.program.module_of(node).language == "python"
        return Boundary.KEPT if python else Boundary.NONE
    if found.how is Ends.UNKNOWN:
        return Boundary.UNKNOWN
    if thrown == OS_ERROR and any(
        OS_ERROR in caught_names(scene, one) for one in handlers(scene, node, inside)
    ):
        # Whoever tells the system's errors apart has decided which end the session.
        return Boundary.KEPT
    if found.caught and found.catcher is not None:
        left = isinstance(inside, nodes.Loop) and breaks_off(
            scene.program, found.catcher.body, loop=True
        )
        closed = _closes(scene, found.catcher)
        return closed or (Boundary.CLOSED if left else Boundary.KEPT)
    return further_out(scene, node, inside, thrown)


def further_out(
    scene: Scene,
    node: Node,
    inside: Node | None,
    thrown: Thrown = EXCEPTION,
    *,
    narrow: bool = True,
) -> Boundary:
    """The boundary of what leaves the loop: handlers outside of it, or narrow ones."""
    outer = caught_further_out(scene, inside or node, thrown)
    if outer is not None and outer.catcher is not None:
        closed = _closes(scene, outer.catcher)
        if closed is not None or outer.caught:
            return closed or Boundary.CLOSED
    if narrow and any(
        catcher.types and not is_end_of_connection(scene, catcher)
        for catcher in handlers(scene, node, inside)
    ):
        return Boundary.NARROW
    return Boundary.NONE


def _closes(scene: Scene, catcher: Catcher) -> Boundary | None:
    """Whether a handler closes the connection on purpose, and as what."""
    found: Boundary | None = None
    for use in uses_in(scene, catcher.body, Does.CLOSES):
        code = close_code(scene, use)
        if code is None or code == 1000:
            continue
        if code in _REFUSALS or code >= 4000:
            return Boundary.REFUSED
        found = Boundary.CLOSED
    return found


def uses_in(
    scene: Scene, block: tuple[nodes.Statement, ...], *does: Does
) -> Iterator[Use]:
    """The operations on sockets of some kinds in a block and in what it calls."""
    for effect in effects_of_block(scene, block):
        if effect.does in does and effect.use is not None:
            yield effect.use


def close_code(scene: Scene, use: Use) -> int | None:
    """The code that a close sends; 0 when one is given that does not fold."""
    given = argument_of(use.call, use.op.code, "code")
    if given is None:
        return None
    constant = folding.fold(scene.program, given)
    if constant is not None and isinstance(constant.value, int):
        return int(constant.value)
    return 0


# -- places --------------------------------------------------------------------------


def loop_head(scene: Scene, loop: nodes.Loop) -> Place:
    """The line that starts a loop, up to its test or source."""
    head = loop.test or loop.source
    return scene.line_head(loop, head.end if head is not None else loop.start + 5)


def name_place(scene: Scene, definition: nodes.FunctionDef) -> Place:
    """The name in a function's definition."""
    whole = scene.place(definition)
    start = definition.name_start
    return type(whole)(whole.path, start, start + len(definition.name.encode()))


def catcher_place(scene: Scene, at: Node) -> Place:
    """The head of a handler, or the call that catches."""
    if isinstance(at, nodes.Handler):
        return scene.line_head(at, at.head_end)
    if isinstance(at, nodes.Call):
        return scene.callee_place(at)
    return scene.place(at)


def connections_of(sockets: tuple[Socket, ...]) -> tuple[Connection, ...]:
    """The connections of some sockets, each once."""
    return tuple(dict.fromkeys(socket.fact for socket in sockets))
