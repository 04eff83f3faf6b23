"""Parses: where messages become data, and what becomes of a frame that is not JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects, is_component
from wsaudit.analysis.failures.fates import fate, left
from wsaudit.analysis.failures.risks import PARSE_ERROR
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.paths import chains
from wsaudit.analysis.runs import below
from wsaudit.connections.scene import written
from wsaudit.flow.ways import exits
from wsaudit.model import Event, Evidence, Seen, Side
from wsaudit.model.errors import Costs, Parse
from wsaudit.nouns.errors.boundaries import (
    connections_of,
    is_caught,
    is_fatal,
    processing,
)
from wsaudit.nouns.lifecycle.loops import Received, ReceiveLoop, receive_loops
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.analysis.paths import Chain
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class _Root:
    """Where messages come in: the code that runs for each, and what it must outlive.

    ``at`` is the loop or function; ``costs`` what an exception that leaves it costs;
    ``iterates`` where the loop's own source parses.
    """

    at: nodes.Loop | nodes.Function
    costs: Costs
    iterates: bool = False


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
            worst = one if worst is None else min(worst, one, key=_worst)
    if worst is None:
        return None
    return replace(worst, connections=connections_of(tuple(sockets)))


def _worst(parse: Parse) -> tuple[int, int]:
    return _WORST.index(parse.stopped.seen), -list(Costs).index(parse.costs)


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
            if one is not None and not one.stopped.unknown:
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


def _of_receive(scene: Scene, loop: ReceiveLoop, one: Received) -> Iterator[Parse]:
    """The parse in ``receive_json()`` and ``iter_json()``."""
    if all(socket.fact.judged for socket in one.sockets):
        root = _Root(loop.loop, Costs.CONNECTION, loop.iterates)
        found = _made(scene, one.node, [one.chain], root, one.sockets[0])
        yield replace(found, connections=connections_of(one.sockets))


def _judged(
    scene: Scene, call: nodes.Call, root: _Root, socket: Socket
) -> Parse | None:
    """The parse as a root sees it; None for a loop that does not lead there."""
    ways = list(chains(scene, root.at.body, call))
    if not ways and isinstance(root.at, nodes.Loop):
        return None
    return _made(scene, call, ways, root, socket)


def _made(
    scene: Scene,
    node: nodes.Expression,
    ways: list[Chain],
    root: _Root,
    socket: Socket,
) -> Parse:
    """The parse at its worst, over some ways to it from one root."""
    unseen = Evidence(Seen.UNKNOWN, "how a message gets here is not in sight")
    found = [_on_way(scene, way, root, socket) for way in ways]
    stopped, costs = min(found, key=_rank, default=(unseen, root.costs))
    call = node if isinstance(node, nodes.Call) else None
    return Parse(
        at=scene.callee_place(call) if call else scene.place(node),
        text=written(call.function if call else node),
        stopped=stopped,
        costs=costs,
        loop=processing(scene).get(root.at),
    )


_WORST = (Seen.ABSENT, Seen.UNKNOWN, Seen.PRESENT)


def _rank(found: tuple[Evidence, Costs]) -> tuple[int, bool]:
    return _WORST.index(found[0].seen), found[0].at is None


def _on_way(
    scene: Scene, way: Chain, root: _Root, socket: Socket
) -> tuple[Evidence, Costs]:
    """Whether a parse is guarded on a way from a root, and what it costs if not."""
    loop = root.at if isinstance(root.at, nodes.Loop) else None
    if root.iterates:
        found = left(scene, root.at, PARSE_ERROR, loop)
    else:
        further = root.costs is Costs.CONNECTION
        found = fate(scene, way, PARSE_ERROR, loop, outside=further)
    lost = found.detached and root.costs is Costs.TREE
    costs = Costs.MESSAGE if lost else root.costs
    client = socket.fact.side is Side.CLIENT
    if found.stopped.absent and client and loop and _answers(scene, loop):
        why = "whoever waits for the answer gets the error"
        return Evidence(Seen.PRESENT, why), costs
    heard = _heard(scene, socket) if costs is Costs.MESSAGE else None
    if found.stopped.absent and heard is not None:
        return heard, costs
    return found.stopped, costs


def _heard(scene: Scene, socket: Socket) -> Evidence | None:
    """Where a library hands what a listener raises to another listener."""
    for attached in scene.handlers(socket, Event.ERROR):
        if is_caught(scene, socket):
            why = f"its library tells `{attached.name}` what is raised here"
            return Evidence(Seen.PRESENT, why, scene.place(attached.at))
    return None


def _answers(scene: Scene, loop: nodes.Loop) -> bool:
    """Whether a loop of a client takes messages until it has an answer to give."""
    return any(
        isinstance(node, nodes.Return) and node.value is not None
        for node in exits(scene.program, loop)
    )
