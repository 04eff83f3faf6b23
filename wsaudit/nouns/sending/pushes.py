"""Pushes: a server sends to the socket of another client, looked up in a collection.

Who sends on his own end finds out in his own handler that the client is gone. Who
looks up another's must expect that it has just left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import EXCEPTION
from wsaudit.analysis.cells import takes
from wsaudit.analysis.exceptions import Ends, ends
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import meant, parameter_of
from wsaudit.analysis.triggers import handling
from wsaudit.limits import STEPS
from wsaudit.model import Event
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.paths import Chain
    from wsaudit.connections.scene import Scene, Socket, Use

_RUNTIME = "builtins.RuntimeError"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A socket taken from a collection: the expression, the key, the collection."""

    node: nodes.Expression
    key: nodes.Expression | None
    collection: nodes.Expression


def looked_up(scene: Scene, node: nodes.Expression, depth: int = 0) -> Lookup | None:
    """Where a receiver is taken from a collection by key, one socket of many.

    None for an element of a loop over the collection, and for anything else.
    """
    if depth > STEPS:
        return None
    match node:
        case nodes.Index(object=collection, index=key):
            return Lookup(node, key, collection)
        case nodes.Call(
            function=nodes.Member(object=collection, name="get" | "pop" | "at"),
            arguments=arguments,
        ):
            first = arguments[0].value if arguments else None
            return Lookup(node, first, collection)
        case nodes.Member(object=inner):
            return looked_up(scene, inner, depth + 1)
        case nodes.Cast(value=inner) | nodes.Await(value=inner):
            return looked_up(scene, inner, depth + 1)
        case nodes.Name():
            given = meant(scene.program, node)
            return looked_up(scene, given, depth + 1) if given is not None else None
        case _:
            return None


def one_of_many(scene: Scene, lookup: Lookup) -> bool:
    """Whether the key varies: ``state["socket"]`` is one socket, not one of many."""
    if lookup.key is None:
        return False
    return folding.fold(scene.program, lookup.key) is None


def ways(scene: Scene, use: Use, lookup: Lookup) -> Iterator[Chain]:
    """The ways to a push: from the outermost caller in sight down to its send.

    A way that comes from an endpoint with the key that it knows its own client by is
    left out: that is an answer, not a push.
    """
    yield from _up(scene, (use.call,), lookup.key, frozenset())


def _up(
    scene: Scene,
    chain: Chain,
    key: nodes.Expression | None,
    entered: frozenset[nodes.Function],
) -> Iterator[Chain]:
    function = scene.program.function_of(chain[0])
    if function is None or function in entered or len(chain) > STEPS:
        yield chain
        return
    if _is_handler(scene, function):
        if key is None or not _own(scene, key):
            yield chain
        return
    sites = [
        site for site in scene.program.callers(function) if isinstance(site, nodes.Call)
    ]
    if not sites:
        yield chain
    for site in sites:
        outer = _passed(scene, site, function, key) if key is not None else None
        yield from _up(scene, (site, *chain), outer, entered | {function})


def _passed(
    scene: Scene, site: nodes.Call, function: nodes.Function, key: nodes.Expression
) -> nodes.Expression | None:
    """What a caller passes for the parameter that a key is."""
    parameter = parameter_of(scene.program, key)
    if parameter is None or parameter not in function.parameters:
        return None
    argument = scene.program.argument_for(site, function, parameter)
    return argument if isinstance(argument, nodes.Node) else None


def _is_handler(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function is an endpoint, or handles an event of a server's end."""
    return any(
        socket.endpoint is not None
        and (
            socket.entry is function
            or any(function in attached.functions for attached in socket.attached)
        )
        for socket in scene.sockets
    )


def _own(scene: Scene, key: nodes.Expression) -> bool:
    """Whether an endpoint's key is not one that a client has sent."""
    return not messages(scene, key) and not (
        isinstance(key, nodes.Index | nodes.Call) and _of_message(scene, key)
    )


def _of_message(scene: Scene, key: nodes.Index | nodes.Call) -> bool:
    inner = key.object if isinstance(key, nodes.Index) else key.function
    return bool(messages(scene, inner))


def end_of_send(scene: Scene, chain: Chain, dialect: str) -> Ends:
    """What becomes of a failed send on one way: caught if any of its kinds is.

    In an endpoint only what is caught within one turn of its loop counts: further out
    it ends the connection of the one who sends.
    """
    outermost = chain[0]
    loop = next(tree.loops(outermost, scene.program.parents), None)
    function = scene.program.function_of(outermost)
    inside = loop if function and _is_handler(scene, function) else None
    found = [
        ends(scene, chain, exception, inside).how
        for exception in _raised(scene, dialect)
    ]
    for kind in (Ends.CAUGHT, Ends.UNKNOWN, Ends.DETACHED):
        if kind in found:
            return kind
    return Ends.ESCAPES


def _raised(scene: Scene, dialect: str) -> list[str]:
    """What a send to a client that is gone raises."""
    names = [
        name
        for one in scene.dialects.lineage(dialect)
        for word in one.word
        if word.kind == "disconnect"
        for name in word.match
    ]
    return [*names, _RUNTIME, EXCEPTION]


def removed_on_close(
    scene: Scene, collection: nodes.Expression, sockets: tuple[Socket, ...]
) -> bool:
    """Whether the sockets of a collection are taken out of it as they close."""
    while isinstance(collection, nodes.Call) and isinstance(
        collection.function, nodes.Member
    ):
        collection = collection.function.object
    if any(
        isinstance(value, values.External)
        and value.receiver is not None
        and value.receiver.site in scene.served
        for value in scene.program.values(collection)
    ):
        return True  # ``server.clients`` holds those that are connected.
    cell = scene.program.cell(collection)
    closing = handling(scene, sockets, Event.CLOSE, Event.ERROR)
    return cell is not None and any(
        change.function in closing for change in takes(scene, cell)
    )
