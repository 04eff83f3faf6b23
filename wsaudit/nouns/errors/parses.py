"""Parses: where messages become data, and what becomes of a frame that is not JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects, is_component
from wsaudit.analysis.exceptions import End, Ends, caught_further_out, ends
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.runs import below, chains
from wsaudit.connections.scene import written
from wsaudit.flow.ways import exits
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.errors import Costs, Parse
from wsaudit.model.receiving import Boundary, Processing
from wsaudit.nouns.errors.boundaries import (
    connections_of,
    further_out,
    is_caught,
    is_fatal,
    processing,
)
from wsaudit.nouns.errors.failing import PARSE_ERROR
from wsaudit.nouns.lifecycle.loops import Received, ReceiveLoop, receive_loops
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class _Root:
    """Where messages come in: the code that runs for each, and what it must outlive.

    ``at`` is the loop or function; ``costs`` what an exception that leaves it costs.
    """

    at: nodes.Loop | nodes.Function
    costs: Costs


@asked
def message_parses(
    scene: Scene,
) -> tuple[tuple[nodes.Call, tuple[Socket, ...]], ...]:
    """The calls that parse messages, with the sockets that these came over."""
    return tuple(
        (call, tuple(dict.fromkeys(message.socket for message in found)))
        for call, found in _parsed_messages(scene)
    )


def _parsed_messages(scene: Scene) -> Iterator[tuple[nodes.Call, list[Message]]]:
    for call in scene.program.calls_of(scene.dialects.word_ends("parse")):
        if scene.word("parse", call) is None or not call.arguments:
            continue
        found = [
            message
            for message in messages(scene, call.arguments[0].value)
            if not message.parsed and message.socket.fact.judged
        ]
        if found:
            yield call, found


def parses(scene: Scene) -> Iterator[Parse]:
    """Every parse of a message as JSON, by a call or by what receives it."""
    for call, found in _parsed_messages(scene):
        parse = _of_call(scene, call, found)
        if parse is not None:
            yield parse
    for loop in receive_loops(scene):
        for one in loop.receives:
            if one.op is not None and one.op.decodes == "json":
                yield from _of_receive(scene, loop, one)
    for use in scene.uses:
        if use.op.means == "receive" and use.op.decodes == "json":
            yield from _of_one(scene, use)


def _of_call(scene: Scene, call: nodes.Call, found: Iterable[Message]) -> Parse | None:
    """The parse that a call of a parser is: at its worst, over all ways to it."""
    worst: Parse | None = None
    sockets: dict[Socket, None] = {}
    for message in found:
        sockets[message.socket] = None
        for root in _roots(scene, call, message):
            one = _judged(scene, call, root, message.socket)
            if one is None:
                continue
            if worst is None or _rank(one) > _rank(worst):
                worst = one
    if worst is None:
        return None
    return replace(worst, connections=connections_of(tuple(sockets)))


def _rank(parse: Parse) -> tuple[int, int]:
    seen = [Seen.PRESENT, Seen.UNKNOWN, Seen.ABSENT].index(parse.guarded.seen)
    return seen, list(Costs).index(parse.costs)


def _roots(scene: Scene, call: nodes.Call, message: Message) -> Iterator[_Root]:
    """Where a message came in: a handler, a receive loop, React's state."""
    source, socket = message.source, message.socket
    python = scene.program.module_of(call).language == "python"
    if python and source is socket.site:
        yield from _iterating(scene, socket)
    elif isinstance(source, nodes.Parameter):
        function = scene.program.function_of(source)
        if function is None:
            return
        if not python and call not in _reached(scene, function):
            yield from _of_state(scene, call)
            return
        lasts = not python or is_caught(scene, socket)
        costs = Costs.MESSAGE if lasts else Costs.CONNECTION
        yield _Root(function, Costs.PROCESS if is_fatal(scene, socket) else costs)
    elif source is socket.creation and not python:
        yield from _of_state(scene, call)
    else:
        for loop in receive_loops(scene):
            if any(source in {one.node, loop.loop.source} for one in loop.receives):
                yield _Root(loop.loop, Costs.CONNECTION)
        if source not in _received_in_loops(scene):
            yield from _once(socket)


@asked
def _reached(scene: Scene, function: nodes.Function) -> frozenset[nodes.Call]:
    """The calls that a function runs in the end; the others read what it has kept."""
    return frozenset(scene.calls_in(below(scene, function)))


@asked
def _received_in_loops(scene: Scene) -> frozenset[Node]:
    """The receives, and sources of loops, that take message after message."""
    loops = receive_loops(scene)
    sources = {loop.loop.source for loop in loops if loop.loop.source is not None}
    return frozenset(sources | {one.node for loop in loops for one in loop.receives})


def _once(socket: Socket) -> Iterator[_Root]:
    """An endpoint that takes a message outside of any loop: its first, or its only."""
    if socket.entry is not None and socket.fact.side is Side.SERVER:
        yield _Root(socket.entry, Costs.CONNECTION)


def _of_one(scene: Scene, use: Use) -> Iterator[Parse]:
    """The parse in a ``receive_json()`` outside of any loop."""
    if use.call in _received_in_loops(scene):
        return
    for socket in use.sockets:
        for root in _once(socket) if socket.fact.judged else ():
            one = _judged(scene, use.call, root, socket)
            if one is not None and one.guarded.seen is not Seen.UNKNOWN:
                yield replace(one, connections=(socket.fact,))
                return


def _iterating(scene: Scene, socket: Socket) -> Iterator[_Root]:
    """The loops over a socket itself."""
    for loop in receive_loops(scene):
        if any(one.op is None and socket in one.sockets for one in loop.receives):
            yield _Root(loop.loop, Costs.CONNECTION)


def _of_state(scene: Scene, call: nodes.Call) -> Iterator[_Root]:
    """Where React code reads the last message: in effects, renders, callbacks."""
    home = scene.program.function_of(call)
    if home is None:
        return
    callbacks = [
        effect.callback
        for effect in effects(scene)
        if effect.callback is home or home in below(scene, effect.callback)
    ]
    for callback in callbacks:
        yield _Root(callback, Costs.TREE)
    if not callbacks:
        rendered = is_component(scene, home)
        yield _Root(home, Costs.TREE if rendered else Costs.MESSAGE)


def _judged(
    scene: Scene, call: nodes.Call, root: _Root, socket: Socket
) -> Parse | None:
    """The parse as a root sees it; None for a loop that does not lead there."""
    ways = list(chains(scene, root.at.body, call))
    if not ways and isinstance(root.at, nodes.Loop):
        return None
    inside = root.at if isinstance(root.at, nodes.Loop) else None
    fates = [(way[0], ends(scene, way, PARSE_ERROR, inside)) for way in ways]
    guarded, costs = _guard(scene, fates, root, socket)
    return Parse(
        at=scene.callee_place(call),
        text=written(call.function),
        guarded=guarded,
        costs=costs,
        loop=_shared(scene, root.at),
    )


def _shared(scene: Scene, root: Node) -> Processing | None:
    """The processing without any boundary that a parse is part of."""
    found = processing(scene).get(root)
    return found if found and found.weakest.boundary is Boundary.NONE else None


def _guard(
    scene: Scene, fates: list[tuple[Node, End]], root: _Root, socket: Socket
) -> tuple[Evidence, Costs]:
    """Whether a parse is guarded on all ways, and what it costs if not."""
    if not fates:
        return Evidence(Seen.UNKNOWN, "how a message gets here is not in sight"), (
            root.costs
        )
    unsure: Evidence | None = None
    for first, found in fates:
        if found.how is Ends.DETACHED:
            if scene.program.module_of(first).language == "python":
                continue
            lost = Costs.MESSAGE if root.costs is Costs.TREE else root.costs
            return Evidence(Seen.ABSENT, "nobody waits for this"), lost
        if found.how is Ends.UNKNOWN:
            unsure = Evidence(Seen.UNKNOWN, "a handler around it does not resolve")
        elif found.escapes:
            evidence = _further_out(scene, first, root, socket)
            if evidence.absent:
                return evidence, root.costs
    return unsure or _caught(scene, fates), root.costs


def _caught(scene: Scene, fates: list[tuple[Node, End]]) -> Evidence:
    for _, found in fates:
        if found.catcher is not None:
            at = scene.place(found.catcher.at)
            return Evidence(Seen.PRESENT, "what it throws is caught", at)
    return Evidence(Seen.PRESENT, "an error stays with this message")


def _further_out(scene: Scene, first: Node, root: _Root, socket: Socket) -> Evidence:
    """Whether what leaves a Python loop or method ends the connection on purpose."""
    absent = Evidence(Seen.ABSENT, "nothing catches what it throws")
    if root.costs is not Costs.CONNECTION:
        return absent
    inside = root.at if isinstance(root.at, nodes.Loop) else None
    start = inside or first
    boundary = further_out(scene, start, inside, PARSE_ERROR, narrow=False)
    if boundary in {Boundary.REFUSED, Boundary.CLOSED}:
        return Evidence(Seen.PRESENT, "a bad frame closes the connection on purpose")
    if socket.fact.side is Side.CLIENT:
        return _of_client(scene, start, inside) or absent
    return absent


def _of_client(scene: Scene, start: Node, loop: nodes.Loop | None) -> Evidence | None:
    """What makes the end of a client's loop no loss: a new connection, an answer."""
    outer = caught_further_out(scene, start, PARSE_ERROR)
    scope = outer.catcher.scope if outer is not None and outer.catcher else None
    if scope is not None and any(tree.loops(scope, scene.program.parents)):
        return Evidence(Seen.PRESENT, "a bad frame leads to a new connection")
    for node in exits(scene.program, loop) if loop is not None else ():
        answers = isinstance(node, nodes.Return) and node.value is not None
        if answers or (scope is not None and isinstance(node, nodes.Break)):
            return Evidence(Seen.PRESENT, "whoever waits for the answer gets the error")
    return None


def _of_receive(scene: Scene, loop: ReceiveLoop, one: Received) -> Iterator[Parse]:
    """The parse in ``receive_json()`` and ``iter_json()``."""
    if not all(socket.fact.judged for socket in one.sockets):
        return
    root = _Root(loop.loop, Costs.CONNECTION)
    if loop.iterates:
        found = End(Ends.ESCAPES, loop.loop)
    else:
        found = ends(scene, one.chain, PARSE_ERROR, loop.loop)
    guarded, costs = _guard(scene, [(one.chain[0], found)], root, one.sockets[0])
    at = scene.place(one.node)
    if isinstance(one.node, nodes.Call):
        at = scene.callee_place(one.node)
    yield Parse(
        at=at,
        connections=connections_of(one.sockets),
        text=one.text.removesuffix("()"),
        guarded=guarded,
        costs=costs,
        loop=_shared(scene, loop.loop),
    )
