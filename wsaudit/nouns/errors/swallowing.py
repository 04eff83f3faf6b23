"""Swallowing: the handlers on the way of errors of WebSocket work, and what they do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    OS_ERROR,
    Catcher,
    catches,
    handlers,
    is_broad,
    raised_again,
    stops_cancellation,
)
from wsaudit.analysis.effects import Does, does
from wsaudit.analysis.failures.handling import acts, following, leaves, said_why
from wsaudit.analysis.failures.risks import PARSE_ERROR, is_harmless
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.runs import below
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.delivery import Standing
from wsaudit.model.errors import Catch, Catching
from wsaudit.nouns.errors.boundaries import catcher_place, connections_of
from wsaudit.nouns.errors.parses import message_parses
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.sending.ready import tested
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_WORK = {
    "process": "handling a message",
    "parse": "parsing a message",
    "receive": "receiving",
    "send": "sending",
    "system": "reading and sending",
    "connect": "connecting",
    "clean": "cleaning up",
}
"""What is guarded; of several the first is spoken of."""
_TRANSPORT = frozenset({"send", "receive"})


@dataclass(frozen=True, slots=True)
class _Op:
    """A piece of WebSocket work that may fail."""

    node: Node
    kind: str
    sockets: tuple[Socket, ...]


@dataclass(slots=True, eq=False)
class _Guarded:
    """A handler and the work whose errors it gets."""

    catcher: Catcher
    ops: list[_Op] = field(default_factory=list)

    @property
    def sockets(self) -> tuple[Socket, ...]:
        return tuple(dict.fromkeys(s for op in self.ops for s in op.sockets))


def catchings(scene: Scene) -> Iterator[Catch]:
    """Every handler of errors of WebSocket work, with what it does about them."""
    found: dict[Node, _Guarded] = {}
    for op in _ops(scene):
        for catcher in _meets(scene, op, op.node, 0, rejects=op.kind != "parse"):
            found.setdefault(catcher.at, _Guarded(catcher)).ops.append(op)
    for guarded in found.values():
        yield _catch(scene, guarded)


# -- the work ------------------------------------------------------------------------


def _ops(scene: Scene) -> Iterator[_Op]:
    kinds = {"send": "send", "ping": "send", "receive": "receive", "iterate": "receive"}
    for use in scene.uses:
        if use.op.means in kinds and _judged(use.sockets):
            yield _Op(use.call, kinds[use.op.means], use.sockets)
            yield from _beside(scene, use.call, use.sockets)
    for call, sockets in message_parses(scene):
        yield _Op(call, "parse", sockets)
    for loop in receive_loops(scene):
        if loop.iterates and loop.loop.source is not None and _judged(loop.sockets):
            yield _Op(loop.loop.source, "receive", loop.sockets)
    for socket in scene.sockets:
        if socket.creation is not None and socket.fact.judged:
            yield _Op(socket.creation, "connect", (socket,))
        if socket.entry is not None and socket.fact.judged:
            yield from _cleanups(scene, socket, socket.entry)
    yield from _processing(scene)


def _judged(sockets: tuple[Socket, ...]) -> bool:
    return bool(sockets) and all(socket.fact.judged for socket in sockets)


def _beside(scene: Scene, node: Node, sockets: tuple[Socket, ...]) -> Iterator[_Op]:
    """The calls of the system in the ``try`` around a send or receive in a loop."""
    for region in tree.tries(node, scene.program.parents):
        if region.part == "body" and any(
            tree.loops(region.statement, scene.program.parents)
        ):
            for call in tree.block_calls(region.statement.body):
                word = scene.word("raises", call)
                if word is not None and word.group == OS_ERROR:
                    yield _Op(call, "system", sockets)


def _cleanups(scene: Scene, socket: Socket, entry: nodes.Function) -> Iterator[_Op]:
    """What an endpoint does with the project's own code once its socket is gone."""
    for node in tree.own_of(entry):
        if not isinstance(node, nodes.Try):
            continue
        for call in tree.block_calls(node.final):
            if scene.use(call) is None and not is_harmless(scene, call):
                names = {name.partition(".")[0] for name in scene.names(call)}
                standard = names & sys.stdlib_module_names
                if not standard and (names or scene.program.callees(call)):
                    yield _Op(call, "clean", (socket,))


def _processing(scene: Scene) -> Iterator[_Op]:
    """Calls that are given a message, in what handles messages."""
    for function, sockets in _handling(scene).items():
        for node in tree.own_of(function):
            if (
                isinstance(node, nodes.Call)
                and scene.use(node) is None
                and scene.word("parse", node) is None
                and not is_harmless(scene, node)
                and any(handlers(scene, node))
                and any(messages(scene, each.value) for each in node.arguments)
            ):
                yield _Op(node, "process", sockets)


def _handling(scene: Scene) -> dict[nodes.Function, tuple[Socket, ...]]:
    """The functions that run for a message, and those that they call."""
    found: dict[nodes.Function, tuple[Socket, ...]] = {}
    for attached in scene.attached:
        if attached.event is Event.MESSAGE and _judged(attached.sockets):
            for function in attached.functions:
                for inner in below(scene, function).near(2):
                    found.setdefault(inner, attached.sockets)
    for loop in receive_loops(scene):
        around = scene.program.function_of(loop.loop)
        if around is not None and _judged(loop.sockets):
            found.setdefault(around, loop.sockets)
    return found


# -- the handlers --------------------------------------------------------------------


def _meets(
    scene: Scene, op: _Op, node: Node, hops: int, *, rejects: bool
) -> Iterator[Catcher]:
    """The handlers that errors of a piece of work meet on their way out."""
    function = scene.program.function_of(node)
    for catcher in handlers(scene, node, rejects=rejects):
        if not _concerns(scene, catcher, op):
            continue
        yield catcher
        if raised_again(scene, catcher, PARSE_ERROR) is None:
            return
    if hops >= NEAR or function is None or op.kind in {"process", "clean", "system"}:
        return
    for site in scene.program.callers(function):
        if isinstance(site, nodes.Call):
            yield from _meets(scene, op, site, hops + 1, rejects=function.is_async)


def _concerns(scene: Scene, catcher: Catcher, op: _Op) -> bool:
    """Whether a handler is about errors of the work, not about the expected end."""
    if catcher.kind == "final":
        return False
    if catcher.kind == "promise":
        # What a promise of connecting rejects with, its own handlers have seen.
        return op.kind not in {"connect", "send"}
    if catcher.kind == "gather":
        return op.kind == "send"
    if op.kind == "parse":
        return catches(scene, catcher, PARSE_ERROR)
    if op.kind == "system":
        return catches(scene, catcher, OS_ERROR)
    return is_broad(scene, catcher) or _keeps_going(scene, catcher)


def _keeps_going(scene: Scene, catcher: Catcher) -> bool:
    """Whether what cancels a task is caught in a loop, which then goes on."""
    return (
        stops_cancellation(scene, catcher)
        and any(tree.loops(catcher.scope, scene.program.parents))
        and not leaves(scene, catcher)
    )


def _is_python(scene: Scene, catcher: Catcher) -> bool:
    return scene.program.module_of(catcher.at).language == "python"


def _catch(scene: Scene, guarded: _Guarded) -> Catch:
    catcher = guarded.catcher
    kinds = {op.kind for op in guarded.ops}
    done = acts(scene, catcher)
    fine = _fine(scene, guarded, kinds) if done.absent else ""
    return Catch(
        at=catcher_place(scene, catcher.at),
        connections=connections_of(guarded.sockets),
        catching=Catching(catcher.kind),
        work=next(text for kind, text in _WORK.items() if kind in kinds),
        acts=done,
        fine=Evidence(Seen.PRESENT, fine) if fine else Evidence(Seen.ABSENT),
        bare=_is_python(scene, catcher)
        and isinstance(catcher.at, nodes.Handler)
        and not catcher.types,
        commented=said_why(scene, catcher),
        cancellation=_stays(scene, catcher),
    )


def _stays(scene: Scene, catcher: Catcher) -> bool:
    """Whether a handler stops what cancels a coroutine, which then goes on."""
    function = scene.program.function_of(catcher.at)
    return (
        function is not None
        and function.is_async
        and stops_cancellation(scene, catcher)
        and _is_in_loop(scene, catcher.scope, NEAR)
    )


def _is_in_loop(scene: Scene, node: Node, hops: int) -> bool:
    """Whether a node runs again and again, in its function or one that calls that."""
    if any(tree.loops(node, scene.program.parents)):
        return True
    function = scene.program.function_of(node)
    sites = scene.program.callers(function) if function is not None and hops else ()
    return any(_is_in_loop(scene, site, hops - 1) for site in sites)


# -- where silence is fine -----------------------------------------------------------


def _fine(scene: Scene, guarded: _Guarded, kinds: set[str]) -> str:
    """Why silence is fine here; "" when it is not."""
    catcher = guarded.catcher
    if kinds <= {"send"} and (
        _says_goodbye(scene, catcher) or _before_close(scene, catcher)
    ):
        return "a last message to a socket that may be gone"
    if kinds <= {"send"} and said_why(scene, catcher) and _tested(scene, guarded):
        return "the socket was tested, and a comment says why the rest is let go"
    if _ends_loop(scene, guarded) and (
        kinds == {"system"}
        or (kinds <= _TRANSPORT and _does_nothing_else(scene, catcher))
    ):
        return "an error of the connection ends the loop"
    if "parse" in kinds and _takes_as_text(scene, guarded):
        return "what does not parse is taken as text"
    return ""


def _body_of(catcher: Catcher) -> tuple[nodes.Statement, ...]:
    scope = catcher.scope
    return scope.body if isinstance(scope, nodes.Try | nodes.With) else ()


def _does_nothing_else(scene: Scene, catcher: Catcher) -> bool:
    """Whether what is guarded only sends, receives and closes."""
    return all(
        scene.use(call) is not None
        or is_harmless(scene, call)
        or any(scene.word(kind, call) for kind in ("encode", "sleep", "relays"))
        or _only_transports(scene, call)
        for call in tree.block_calls(_body_of(catcher))
    )


def _only_transports(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call of the project does nothing but operations on sockets."""
    callees = scene.program.callees(call)
    return bool(callees) and all(
        scene.use(inner) is not None or is_harmless(scene, inner)
        for callee in callees
        for inner in tree.block_calls(callee.body)
    )


def _takes_as_text(scene: Scene, guarded: _Guarded) -> bool:
    """Whether the raw message is used once parsing it has failed."""
    catcher = guarded.catcher
    return not breaks_off(scene.program, catcher.body) and any(
        not message.parsed and message.socket in guarded.sockets
        for statement in following(scene, catcher.scope)
        for node in tree.walk(statement)
        if isinstance(node, nodes.Name | nodes.Member)
        for message in messages(scene, node)
    )


def _says_goodbye(scene: Scene, catcher: Catcher) -> bool:
    """Whether the work is the last before a close, or runs because something failed.

    What failed must be told elsewhere, and nothing else may be lost with the message.
    """
    for region in tree.tries(catcher.scope, scene.program.parents):
        if region.part == "final":
            return True
        if region.handler is not None:
            return _is_told_besides(scene, region.handler, catcher)
    effects = [e for node in tree.own_in(_body_of(catcher)) for e in does(scene, node)]
    uses = [effect.use for effect in effects if effect.use is not None]
    return (
        bool(uses)
        and uses[-1].op.means == "close"
        and all(e.does in {Does.AWAITS, Does.SENDS, Does.CLOSES} for e in effects)
    )


def _is_told_besides(scene: Scene, outer: nodes.Handler, inner: Catcher) -> bool:
    """Whether a handler does more about its error than a message that may be lost."""
    if outer.types and not is_broad(scene, outer):
        return True
    within = set(tree.walk(inner.scope))
    return any(
        isinstance(node, nodes.Call | nodes.Raise | nodes.Bind)
        for node in tree.own_in(outer.body)
        if node not in within
    )


_TESTED = frozenset({Standing.OPEN, Standing.UNKNOWN})


def _tested(scene: Scene, guarded: _Guarded) -> bool:
    """Whether nothing is sent before a look at the state of the socket."""
    return all(
        tested(scene, op.node, op.sockets).standing in _TESTED for op in guarded.ops
    )


def _before_close(scene: Scene, catcher: Catcher) -> bool:
    """Whether each caller of the function closes the socket next."""
    function = scene.program.function_of(catcher.at)
    sites = scene.program.callers(function) if function is not None else ()
    return bool(sites) and all(_closes_next(scene, site) for site in sites)


def _closes_next(scene: Scene, site: Node) -> bool:
    around = scene.program.function_of(site)
    calls = scene.calls_in((around,)) if around is not None else ()
    later = [
        use
        for call in calls
        if call.start > site.end and (use := scene.use(call)) is not None
    ]
    return bool(later) and later[0].op.means == "close"


def _ends_loop(scene: Scene, guarded: _Guarded) -> bool:
    """Whether what is caught ends the loop that sends or receives."""
    catcher = guarded.catcher
    loops = list(tree.loops(catcher.scope, scene.program.parents))
    if loops and any(
        isinstance(node, nodes.Break | nodes.Return)
        for node in tree.own_in(catcher.body)
    ):
        return True
    return any(
        any(
            around is catcher.scope
            for around in tree.within(loop, scene.program.parents)
        )
        for op in guarded.ops
        for loop in _loops_of(scene, op.node)
    )


def _loops_of(scene: Scene, node: Node) -> Iterator[nodes.Loop]:
    """The loops around a node, and the one whose source it is."""
    around = scene.program.parents.get(node)
    if isinstance(around, nodes.Loop):
        yield around
    yield from tree.loops(node, scene.program.parents)
