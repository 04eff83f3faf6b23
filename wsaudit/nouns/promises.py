"""Promises: async handlers, and the async calls of code that a socket's events run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import handlers
from wsaudit.analysis.edges import AT_ONCE, TIMED, handed
from wsaudit.analysis.exceptions import gives_promise
from wsaudit.analysis.failures.risks import fails
from wsaudit.analysis.runs import callers_of, spread
from wsaudit.analysis.triggers import handlers_of
from wsaudit.limits import STEPS
from wsaudit.model import Event, Evidence, Handler, Seen
from wsaudit.model.tasks import AsyncCall
from wsaudit.nouns.errors.boundaries import is_fatal
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (AsyncCall, Handler)

_DROPPED = Evidence(Seen.ABSENT)


def find(scene: Scene) -> Iterator[AsyncCall | Handler]:
    """A fact for each function that is attached, each call that gives a promise."""
    for attached in scene.attached:
        if not attached.detaches:
            for function in attached.functions:
                yield _handler(scene, attached, function)
    opening = _opening(scene)
    for call, sockets in _calls(scene, opening).items():
        loads = tree.last_name(call.function) == "import"
        if gives_promise(scene, call) and not loads:
            yield _made(scene, call, sockets, opening)


def _handler(scene: Scene, attached: Attached, function: nodes.Function) -> Handler:
    python = scene.program.module_of(function).language == "python"
    return Handler(
        at=scene.point(attached.at),
        connections=tuple(socket.fact for socket in attached.sockets),
        event=attached.event,
        name=attached.name,
        rejects=None if python or not function.is_async else fails(scene, function),
        fatal=any(is_fatal(scene, socket) for socket in attached.sockets),
    )


def _opening(scene: Scene) -> dict[nodes.Function, Socket]:
    """The functions that open a socket, or send on one, themselves."""
    found = {s.creator: s for s in scene.sockets if s.creator and s.fact.judged}
    for use in scene.uses:
        function = scene.program.function_of(use.call)
        if use.op.means == "send" and function and use.sockets[0].fact.judged:
            found.setdefault(function, use.sockets[0])
    return found


def _calls(
    scene: Scene, opening: dict[nodes.Function, Socket]
) -> dict[nodes.Call, tuple[Socket, ...]]:
    """The calls in what events of sockets run, and those that open or send."""
    found: dict[nodes.Call, dict[Socket, None]] = {}
    for socket in scene.sockets:
        if socket.fact.judged:
            run = spread(
                scene, _starts(scene, socket), hows=AT_ONCE | TIMED, deep=STEPS
            )
            for call in scene.calls_in(run):
                found.setdefault(call, {})[socket] = None
    for function, socket in opening.items():
        for site in callers_of(scene, function):
            found.setdefault(site, {})[socket] = None
    return {call: tuple(sockets) for call, sockets in found.items()}


def _starts(scene: Scene, socket: Socket) -> tuple[nodes.Function, ...]:
    own = (socket.entry, socket.creator)
    return (*(f for f in own if f is not None), *handlers_of(scene, socket, *Event))


def _made(
    scene: Scene,
    call: nodes.Call,
    sockets: tuple[Socket, ...],
    opening: dict[nodes.Function, Socket],
) -> AsyncCall:
    python = scene.program.module_of(call).language == "python"
    callees = scene.program.callees(call)
    meant, taken = _taken(scene, call)
    return AsyncCall(
        at=scene.callee_place(call),
        connections=tuple(socket.fact for socket in sockets),
        text=f"{scene.text(call.function)}()",
        taken=taken,
        fails=_fails(scene, call, callees),
        coroutine=python,
        meant=meant,
        connects=any(f in opening and opening[f].creator is f for f in callees),
        fatal=any(is_fatal(scene, socket) for socket in sockets),
    )


def _fails(
    scene: Scene, call: nodes.Call, callees: tuple[nodes.Function, ...]
) -> Evidence:
    if not callees:
        return Evidence(Seen.PRESENT, "", scene.place(call))
    found = [fails(scene, callee) for callee in callees]
    order = (Seen.PRESENT, Seen.UNKNOWN, Seen.ABSENT)
    return min(found, key=lambda one: order.index(one.seen))


def _taken(scene: Scene, call: nodes.Call) -> tuple[bool, Evidence]:
    """Whether a promise is dropped on purpose, and whether anything takes it."""
    caught = any(one.kind == "promise" for one in handlers(scene, call, rejects=True))
    if caught:
        return False, Evidence(Seen.PRESENT, "its failure is handled")
    at: Node = call
    for around in tree.within(call, scene.program.parents):
        match around:
            case nodes.Member() | nodes.Cast() | nodes.Logical() | nodes.Conditional():
                pass
            case nodes.Call(function=function) if function is at:
                pass
            case nodes.Expr():
                return False, _DROPPED
            case nodes.Unary(op="void"):
                return True, _DROPPED
            case nodes.Await():
                return False, Evidence(Seen.PRESENT, "it is awaited")
            case nodes.Return() if _to_nobody(scene, around):
                return False, _DROPPED
            case _:
                break
        at = around
    return False, Evidence(Seen.PRESENT, "it is kept or handed on")


def _to_nobody(scene: Scene, statement: nodes.Return) -> bool:
    """``ws.onopen = () => refresh()``, and the same in a timer."""
    function = scene.program.function_of(statement)
    if function is None or not function.concise:
        return False
    argument = scene.program.parents.get(function)
    if isinstance(argument, nodes.Argument):
        call = scene.program.parents.get(argument)
        if isinstance(call, nodes.Call) and handed(scene, call) in TIMED:
            return True
    return any(function in attached.functions for attached in scene.attached)
