"""Deliveries: every send on a socket that may not be open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.exceptions import Ends, ends
from wsaudit.analysis.roots import runs
from wsaudit.connections.capabilities import capability
from wsaudit.model import Event, Seen, Side
from wsaudit.model.delivery import UNSAFE, Delivery, Standing
from wsaudit.nouns.sending import pushes
from wsaudit.nouns.sending.flags import emptied
from wsaudit.nouns.sending.ready import Readiness, readiness, tested
from wsaudit.nouns.sending.visits import visits
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Use

MAKES = (Delivery,)


def find(scene: Scene) -> Iterator[Delivery]:
    """The sends of browsers and Node, and those of servers to other clients' ends.

    A Python client's send says by an exception that it failed; it is left out.
    """
    for use in scene.uses:
        if use.op.means != "send" or not use.op.not_open:
            continue
        python = scene.program.module_of(use.call).language == "python"
        server = all(socket.fact.side is Side.SERVER for socket in use.sockets)
        if server and runs(scene, use.call):
            of_server = _pushed if python else _of_node_server
            yield from of_server(scene, use)
        elif not server and not python:
            yield _of_client(scene, use)


def _of_client(scene: Scene, use: Use) -> Delivery:
    if use.op.not_open == "queue" or _queues(scene, use):
        return _delivery(scene, use, Standing.QUEUED, "the library queues")
    handled = _handled(scene, use)
    if handled:
        return _delivery(scene, use, Standing.HANDLED, handled)
    found = readiness(scene, use.call, use.sockets)
    if found.standing not in UNSAFE:
        return _known(scene, use, found)
    if all(socket.fact.declared for socket in use.sockets):
        why = "the socket is handed in from elsewhere"
        return _delivery(scene, use, Standing.UNKNOWN, why)
    delivery = _known(scene, use, found)
    if use.op.not_open == "raise" and _rejection_caught(scene, use.call):
        return _delivery(scene, use, Standing.HANDLED, "what it throws is caught")
    if not delivery.closed and ends(scene, (use.call,)).caught:
        why = "what it throws while connecting is caught"
        return _delivery(scene, use, Standing.HANDLED, why)
    return delivery


def _rejection_caught(scene: Scene, call: nodes.Call) -> bool:
    """Whether what a send throws, or its promise is rejected with, is caught."""
    around = scene.program.parents.get(call)
    chained = isinstance(around, nodes.Member) and around.name == "catch"
    return chained or ends(scene, (call,)).caught


def _queues(scene: Scene, use: Use) -> bool:
    """Whether the library was told to keep what is sent until it is connected."""
    found = [
        capability(scene, socket, "queue")
        for socket in use.sockets
        if not socket.fact.declared
    ]
    return bool(found) and all(one and one.seen is Seen.PRESENT for one in found)


def _handled(scene: Scene, use: Use) -> str:
    """Where a library says that a send failed: to a function, or by throwing."""
    if not use.op.calls_back:
        return ""
    if any(scene.functions_of(argument.value) for argument in use.call.arguments[1:]):
        return "a function is told of a failure"
    if ends(scene, (use.call,)).caught:
        return "a failure is caught"
    return ""


def _of_node_server(scene: Scene, use: Use) -> Iterator[Delivery]:
    """A send in Node to the socket of another client, which may be closing."""
    lookup = pushes.looked_up(scene, use.receiver)
    gone_over = [
        each.source
        for each in visits(scene)
        if each.use is use and len(each.chain) == 1
    ]
    if lookup is not None and pushes.one_of_many(scene, lookup):
        collection = lookup.collection
    elif gone_over:
        collection = gone_over[0]
    else:
        return
    handled = _handled(scene, use)
    if handled:
        yield _delivery(scene, use, Standing.HANDLED, handled)
        return
    found = tested(scene, use.call, use.sockets)
    if found.standing in {*UNSAFE, Standing.STALE} and (
        pushes.removed_on_close(scene, collection, use.sockets)
    ):
        why = f"closed sockets leave `{scene.text(collection)}`"
        yield _delivery(scene, use, Standing.OPEN, why)
        return
    yield _known(scene, use, found, to=scene.text(collection))


def _pushed(scene: Scene, use: Use) -> Iterator[Delivery]:
    """A send in Python to the socket of another client, which raises when it is gone.

    Loops over many are another matter: there one failure stops the rest.
    """
    lookup = pushes.looked_up(scene, use.receiver)
    if lookup is None or not pushes.one_of_many(scene, lookup) or _repeated(scene, use):
        return
    found = tested(scene, use.call, use.sockets)
    if found.standing in {Standing.OPEN, Standing.UNKNOWN, Standing.STALE}:
        yield _known(scene, use, found)
        return
    ways = list(pushes.ways(scene, use, lookup))
    to = scene.text(lookup.collection)
    for way in ways:
        if pushes.end_of_send(scene, way, use.sockets[0].dialect) is Ends.ESCAPES:
            at = way[0] if len(way) > 1 else None
            why = "nothing catches its failure"
            found = Readiness(Standing.UNCHECKED, why, at)
            yield _known(scene, use, found, to=to)
            return
    if ways:
        yield _delivery(scene, use, Standing.HANDLED, "its failure is caught")


def _repeated(scene: Scene, use: Use) -> bool:
    parents = scene.program.parents
    return any(loop.kind == "in" for loop in tree.loops(use.call, parents)) or any(
        isinstance(around, nodes.Comprehension)
        for around in tree.within(use.call, parents)
    )


def _known(scene: Scene, use: Use, found: Readiness, *, to: str = "") -> Delivery:
    because = scene.place(found.at) if found.at is not None else None
    fact = _delivery(scene, use, found.standing, found.why)
    return replace(fact, because=because, to=to)


def _delivery(scene: Scene, use: Use, standing: Standing, why: str) -> Delivery:
    python = scene.program.module_of(use.call).language == "python"
    return Delivery(
        at=scene.callee_place(use.call),
        connections=tuple(socket.fact for socket in use.sockets),
        text=f"{scene.text(use.call.function)}()",
        standing=standing,
        why=why,
        throws=python or use.op.not_open == "raise",
        state=scene.dialects.state_of(use.sockets[0].dialect) or "readyState",
        connecting=not python
        and use.op.not_open != "drop"
        and not _was_open(scene, use),
        closed=python or not emptied(scene, use.receiver, use.sockets),
    )


def _was_open(scene: Scene, use: Use) -> bool:
    """Whether a send stands in a handler that runs once the socket has opened."""
    opened = {
        function
        for socket in use.sockets
        for attached in scene.handlers(socket, Event.OPEN, Event.MESSAGE, Event.CLOSE)
        for function in attached.functions
    } | {socket.entry for socket in use.sockets}
    return any(
        around in opened for around in tree.ancestors(use.call, scene.program.parents)
    )
