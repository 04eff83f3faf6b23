"""Errands: connections that are made for one request and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.analysis.triggers import effects_of
from wsaudit.connections.roles.endings import DONE_NAME, closes_when_done, handled
from wsaudit.flow.ways import exits
from wsaudit.limits import STEPS
from wsaudit.model import Birth, Event, Side
from wsaudit.model.codes import Code
from wsaudit.program import tree
from wsaudit.program.promises import settled_by
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use

_LASTING = frozenset({Birth.EFFECT, Birth.MOUNT, Birth.RENDER, Birth.MODULE})


def one_request(scene: Scene, socket: Socket) -> str:
    """Why a client's connection is for one request, "" when it is not known to be.

    It is made by a plain function, sends one message built from what that function was
    given, and ends when the answer is complete. What a mount or a reconnection makes
    lives on, unless its end is waited for.
    """
    creator = socket.creator
    if (
        socket.fact.side is not Side.CLIENT
        or creator is None
        or _reopened(scene, socket)
    ):
        return ""
    if _waited_for(scene, socket, creator) and _sent_at_first(scene, socket):
        return "sends one request and waits until it is closed"
    if _parts(scene, socket) and _served_once(scene, socket):
        return "sends one request, and its endpoint closes after the answer"
    if socket.fact.birth in _LASTING or effects_of(scene, socket):
        return ""
    python = scene.program.module_of(creator).language == "python"
    done = _answered(scene, socket) if python else _completed(scene, socket)
    if done and _one_payload(scene, socket, opens=not python):
        return f"sends one request and {done}"
    if not python and _hands_over(scene, socket) and _parts(scene, socket):
        return "sends one request and hands over what it got when it is closed"
    return ""


def _reopened(scene: Scene, socket: Socket) -> bool:
    """Whether losing the socket makes another one."""
    return any(
        socket.creator in below(scene, function)
        for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR)
        for function in attached.functions
    )


def _one_payload(scene: Scene, socket: Socket, *, opens: bool) -> bool:
    """One message is sent to begin with, and it is made of the function's own values.

    A browser sends it when the socket opens; a Python client once it is connected.
    """
    starts = {socket.creator}
    if opens:
        starts |= set(handled(scene, socket, Event.OPEN))
    first = [
        use
        for use in scene.uses_of(socket, "send")
        if scene.program.function_of(use.call) in starts
    ]
    return len(first) == 1 and _of_given(scene, socket, first)


def _parts(scene: Scene, socket: Socket) -> bool:
    """All that is ever sent is sent on opening, in parts of one request."""
    sent = list(scene.uses_of(socket, "send"))
    return _sent_at_first(scene, socket) and _of_given(scene, socket, sent)


def _sent_at_first(scene: Scene, socket: Socket) -> bool:
    """Whether all that is ever sent is sent once, on opening."""
    opens = handled(scene, socket, Event.OPEN)
    sent = [use.call for use in scene.uses_of(socket, "send")]
    return bool(sent) and not any(
        scene.program.function_of(call) not in opens
        or any(tree.loops(call, scene.program.parents))
        for call in sent
    )


def _waited_for(scene: Scene, socket: Socket, creator: nodes.Function) -> bool:
    """Whether the function that makes a socket goes on once the socket is closed.

    It waits for a promise that the close settles, and nothing has it run again.
    """
    program = scene.program
    settled = {
        made
        for call in scene.calls_in(handled(scene, socket, Event.CLOSE))
        if (made := settled_by(program, call)) is not None
    }
    return any(
        isinstance(program.parents.get(made), nodes.Await)
        and program.function_of(made) is creator
        for made in settled
    ) and not _repeated(scene, creator)


def _repeated(scene: Scene, creator: nodes.Function) -> bool:
    """Whether what makes a socket calls itself in the end, or is called in a loop."""
    program = scene.program
    again = any(
        creator in program.callees(call)
        for call in scene.calls_in(tuple(below(scene, creator)))
    )
    return again or any(
        loop.source is None
        for site in program.callers(creator)
        for loop in tree.loops(site, program.parents)
    )


def _served_once(scene: Scene, socket: Socket) -> bool:
    """Whether its endpoint, where it is in sight, takes one message and then closes."""
    ends = [
        each
        for each in scene.sockets
        if each.endpoint is not None
        and (path := each.endpoint.bare_path)
        and any(url.partition("?")[0].endswith(f"/{path}") for url in socket.fact.urls)
    ]
    return bool(ends) and all(_takes_one(scene, each) for each in ends)


def _takes_one(scene: Scene, end: Socket) -> bool:
    parents = scene.program.parents
    taken = [use.call for use in scene.uses_of(end, "receive")]
    sent = [use.call for use in scene.uses_of(end, "send")]
    closes = any(
        scene.program.function_of(use.call) is end.entry
        and not any(
            isinstance(around, nodes.Handler)
            for around in tree.within(use.call, parents)
        )
        for use in scene.uses_of(end, "close")
    )
    return (
        closes
        and len(taken) == 1
        and scene.program.function_of(taken[0]) is end.entry
        and not any(tree.loops(taken[0], parents))
        and not any(
            loop.source is None for call in sent for loop in tree.loops(call, parents)
        )
    )


def _of_given(scene: Scene, socket: Socket, sent: list[Use]) -> bool:
    """Whether sends, each done once, are made of what the function was given."""
    if any(next(tree.loops(use.call, scene.program.parents), None) for use in sent):
        return False
    return any(
        _given(scene, socket, argument.value)
        for use in sent
        for argument in use.call.arguments
    )


def _given(scene: Scene, socket: Socket, node: nodes.Node, depth: int = 0) -> bool:
    """Whether an expression is made of parameters of the functions around a socket."""
    if socket.creation is None or depth > STEPS:
        return False
    around = [
        each
        for each in tree.ancestors(socket.creation, scene.program.parents)
        if isinstance(each, nodes.Function)
    ]
    names = [part for part in tree.walk(node) if isinstance(part, nodes.Name)]
    for binding in filter(None, map(scene.program.binding, names)):
        for write in binding.writes:
            if write.kind == "parameter":
                if scene.program.function_of(write.at) in around:
                    return True
            elif (
                write.kind == "assign"
                and write.value is not None
                and _given(scene, socket, write.value, depth + 1)
            ):
                return True
    return False


def _completed(scene: Scene, socket: Socket) -> str:
    """How a browser's socket tells that it is through, "" when it does not."""
    if closes_when_done(scene, socket):
        return "closes when it is answered"
    for function in handled(scene, socket, Event.MESSAGE, Event.CLOSE):
        for call in scene.calls_in((function,)):
            if DONE_NAME.fullmatch(last_name(call.function)) and _given(
                scene, socket, call.function
            ):
                return f"calls `{scene.text(call.function)}` at the end"
    return ""


def _hands_over(scene: Scene, socket: Socket) -> bool:
    """Whether the result goes on from here once the other end has closed as it should.

    The close handler asks for the code 1000 and uses what the function was given.
    """
    return any(
        isinstance(node, nodes.If)
        and _ended_well(node.test)
        and any(_given(scene, socket, each) for each in node.then)
        for function in handled(scene, socket, Event.CLOSE)
        for node in tree.own_of(function)
    )


def _ended_well(test: nodes.Expression) -> bool:
    """Whether a test asks for the code of a normal end, 1000."""
    return (
        isinstance(test, nodes.Binary)
        and test.op in {"==", "==="}
        and last_name(test.left) == "code"
        and isinstance(test.right, nodes.Literal)
        and test.right.value == Code.NORMAL
    )


def _answered(scene: Scene, socket: Socket) -> str:
    """How a Python client ends: it stops reading once it has what it asked for."""
    parents = scene.program.parents
    if socket.creation is None or any(tree.loops(socket.creation, parents)):
        return ""
    reads = [use.call for use in scene.uses_of(socket, "receive")]
    loops = {loop for call in reads for loop in tree.loops(call, parents)}
    if socket.creator is not None:
        loops |= {
            node
            for node in tree.own_of(socket.creator)
            if isinstance(node, nodes.Loop)
            and node.source is not None
            and socket in scene.sockets_of(node.source)
        }
    if any(not _ends_itself(scene, loop) for loop in loops):
        return ""
    if loops:
        return "reads until the answer is complete"
    return "reads its answer" if reads else ""


def _ends_itself(scene: Scene, loop: nodes.Loop) -> bool:
    """Whether a loop is left otherwise than by an exception."""
    for leaving in exits(scene.program, loop):
        if isinstance(leaving, nodes.Raise):
            continue
        around = list(tree.within(leaving, scene.program.parents))
        inside = around[: around.index(loop)]
        if not any(isinstance(each, nodes.Handler) for each in inside):
            return True
    return False
