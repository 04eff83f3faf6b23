"""Boundaries: what an exception in the processing of one message costs a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.failures.fates import fate, left
from wsaudit.analysis.failures.risks import PARSE_ERROR, of_message
from wsaudit.connections.capabilities import capability
from wsaudit.connections.scene import written
from wsaudit.model import Connection, Event, Role, Seen, Side
from wsaudit.model.codes import Code
from wsaudit.model.receiving import Processing, Taking, Work
from wsaudit.nouns.lifecycle.loops import ReceiveLoop, receive_loops
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

TYPE_ERROR = "global#TypeError"
FATAL = "listener_error_is_fatal"
CAUGHT = "listener_error_is_caught"


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
        found = fate(scene, (node,), PARSE_ERROR, outside=False)
        if found.stopped.absent:
            found = left(scene, source, PARSE_ERROR, loop.loop)
        if isinstance(node, nodes.Call):
            text = f"{written(node.function)}()"
            yield Work(at=scene.place(node), text=text, fate=found, likely=5)


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
    found = (*_taken_apart(scene, function), *found)
    if of_class and isinstance(attached.at, nodes.FunctionDef):
        at = name_place(scene, attached.at)
        return _processing(scene, Taking.METHOD, at, of_class, found)
    at = scene.place(attached.at)
    if isinstance(attached.at, nodes.Call):
        at = scene.callee_place(attached.at)
    return _processing(scene, Taking.LISTENER, at, fatal, found, fatal=True)


def _taken_apart(scene: Scene, function: nodes.Function) -> Iterator[Work]:
    """A parameter that takes the message apart: one that is no object raises."""
    for parameter in function.parameters[:1]:
        target = parameter.target
        if not isinstance(target, nodes.Record) or parameter.default is not None:
            continue
        first = next((tree.key_of(entry) for entry in target.entries), None)
        yield Work(
            at=scene.place(target),
            text=f"{{ {first}, … }}" if len(target.entries) > 1 else f"{{ {first} }}",
            fate=fate(scene, (target,), TYPE_ERROR),
            likely=3,
        )


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
    return Code.ABNORMAL


def _work(
    scene: Scene,
    block: tuple[nodes.Statement, ...],
    own: tuple[Socket, ...],
    inside: nodes.Loop | None,
) -> tuple[Work, ...]:
    """The work of a block, and what a failure of each costs.

    ``inside`` is the loop that must outlive an exception; without it, the function.
    """
    return tuple(
        Work(
            at=scene.place(each.node),
            text=each.text,
            fate=fate(scene, (each.node,), each.thrown, inside),
            likely=each.likely,
            sure=each.sure,
            parses=each.thrown == PARSE_ERROR,
            odd=each.odd,
            relay=each.relay,
        )
        for each in of_message(scene, block, own)
    )


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
