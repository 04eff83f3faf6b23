"""Listening: which events of a socket somebody listens to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.absence import first
from wsaudit.analysis.destinations import goes
from wsaudit.analysis.runs import callers_of
from wsaudit.analysis.timers import timers
from wsaudit.connections.capabilities import capability
from wsaudit.connections.escapes import escape_of
from wsaudit.model import Event, Evidence, Seen, Side
from wsaudit.model.lifecycle import Emitter, Listening
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.dialects import Op

MAKES = (Listening,)


def find(scene: Scene) -> Iterator[Listening]:
    """One fact for each socket that tells what happens to it by events."""
    for socket in scene.sockets:
        fact = socket.fact
        emits = _has(scene, socket, "unheard_error_is_fatal")
        client = fact.side is Side.CLIENT and socket.creation is not None
        if not fact.judged or fact.declared or not (client or emits):
            continue
        if scene.program.module_of(socket.site).language == "typescript":
            yield _listening(scene, socket, emits=emits)
        elif any(scene.handlers(socket, *Event)):
            yield _listening(scene, socket, emits=False)


def _listening(scene: Scene, socket: Socket, *, emits: bool) -> Listening:
    kind = Emitter if emits else Listening
    creation = socket.creation
    at = socket.fact.at if creation is None else scene.callee_place(creation)
    return kind(
        at=at if emits else socket.fact.at,
        connections=(socket.fact,),
        messages=_hears_messages(scene, socket),
        close=_heard(scene, socket, Event.CLOSE) or _ends_seen(scene, socket),
        error=_heard(scene, socket, Event.ERROR) or _out_of_sight(scene, socket),
        closes_after_error=_has(scene, socket, "closes_after_error"),
        logged=_has(scene, socket, "unheard_error_is_logged"),
        reopens=reopening(scene, socket).evidence if creation is not None else None,
    )


def _has(scene: Scene, socket: Socket, name: str) -> bool:
    found = capability(scene, socket, name)
    return found is not None and found.seen is Seen.PRESENT


def _hears_messages(scene: Scene, socket: Socket) -> bool:
    """Whether something is done with what comes in: a handler, the last message."""
    hook = any(op.means == "last_message" for op in _results(scene, socket))
    return hook or any(scene.handlers(socket, Event.MESSAGE))


def _results(scene: Scene, socket: Socket) -> Iterator[Op]:
    """What code takes of the result of a hook."""
    around = scene.program.parents.get(socket.site)
    target = around.target if isinstance(around, nodes.Bind) else None
    for entry in target.entries if isinstance(target, nodes.Record) else ():
        op = scene.dialects.op(socket.dialect, tree.key_of(entry), "result")
        if op is not None:
            yield op


def _heard(scene: Scene, socket: Socket, event: Event) -> Evidence | None:
    """A listener to an event, or to one whose name does not fold."""
    unsure: Evidence | None = None
    for attached in scene.handlers(socket, event, Event.OTHER):
        if attached.event is event:
            why = f"`{attached.name}` is listened to"
            return Evidence(Seen.PRESENT, why, scene.place(attached.at))
        if attached.name == "?":
            why = "which events are listened to does not fold"
            unsure = Evidence(Seen.UNKNOWN, why, scene.place(attached.at))
    return unsure


def _ends_seen(scene: Scene, socket: Socket) -> Evidence:
    """Whether its end shows without a listener: in its state, by who opens it again."""
    state = any(op.means == "state" for op in _results(scene, socket))
    polled = next(_polled(scene, socket), None)
    return first(
        Evidence(Seen.PRESENT, "its state is looked at") if state else None,
        polled,
        _reopened(scene, socket),
        _out_of_sight(scene, socket),
    )


def _reopened(scene: Scene, socket: Socket) -> Evidence | None:
    found = reopening(scene, socket).evidence if socket.creation is not None else None
    return found if found is not None and found.present else None


def _polled(scene: Scene, socket: Socket) -> Iterator[Evidence]:
    """What looks at the state of a socket again and again."""
    for timer in timers(scene):
        for function in timer.functions if timer.repeats else ():
            for node in tree.own_of(function):
                if (
                    isinstance(node, nodes.Member)
                    and node.name == "readyState"
                    and socket in scene.sockets_of(node.object)
                    and not _only_sends(scene, node)
                ):
                    why = "its state is looked at again and again"
                    yield Evidence(Seen.PRESENT, why, scene.place(node))


def _only_sends(scene: Scene, state: nodes.Member) -> bool:
    """Whether all that is done about a state is to send while the socket is open."""
    for at in tree.within(state, scene.program.parents):
        match at:
            case nodes.If(test=test, then=then, other=()) if test.end >= state.end:
                return all(_is_sending(scene, each) for each in tree.own_in(then))
            case nodes.Logical(operands=(*_, nodes.Call() as last)):
                if _sends(scene, last):
                    return True
            case nodes.If() | nodes.Expr() | nodes.Bind() | nodes.Assign():
                return False
            case nodes.Call() | nodes.Return():
                return False
            case _:
                continue
    return False


def _is_sending(scene: Scene, node: nodes.Node) -> bool:
    """Whether a node is a send, or a part of one, or leaves."""
    if not isinstance(node, nodes.Call | nodes.Assign | nodes.Bind | nodes.Raise):
        return True
    around = (node, *tree.within(node, scene.program.parents))
    return any(isinstance(each, nodes.Call) and _sends(scene, each) for each in around)


def _sends(scene: Scene, call: nodes.Call) -> bool:
    use = scene.use(call)
    return use is not None and use.op.means == "send"


def _out_of_sight(scene: Scene, socket: Socket) -> Evidence:
    """Absent, or unknown where a listener may be attached out of sight."""
    escape = escape_of(scene, socket)
    if escape:
        return Evidence(Seen.UNKNOWN, f"the socket is {escape}")
    if socket.fact.partly_read:
        return Evidence(Seen.UNKNOWN, "its file was read in part only")
    if socket.creation is not None and socket.creator is not None:
        ways = {each.way for each in goes(scene.program, socket.creation)}
        callers = callers_of(scene, socket.creator)
        taken = any(socket in scene.sockets_of(call) for call in callers)
        heard = any(scene.handlers(socket, *Event))
        if "returned" in ways and not (callers and (taken or heard)):
            return Evidence(Seen.UNKNOWN, "who gets the socket is not in sight")
    return Evidence(Seen.ABSENT)
