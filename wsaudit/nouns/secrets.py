"""Where what connections say goes besides the other end: logs, addresses, errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Side
from wsaudit.model.secrets import Credential, ErrorReply, Journal, Query
from wsaudit.nouns import each
from wsaudit.nouns.security import addresses, logged, telling
from wsaudit.nouns.security.credentials import handed
from wsaudit.nouns.security.renewing import credentials
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Fact, Trouble

MAKES = (Journal, Query, ErrorReply, Credential)


def find(scene: Scene) -> Iterator[Fact | Trouble]:
    """What each connection's code logs, asks for in its address, tells of errors."""
    yield from each(scene.sockets, lambda socket: _journal(scene, socket))
    yield from each(scene.sockets, lambda socket: _query(scene, socket))
    yield from _replies(scene)
    yield from each(scene.sockets, lambda socket: _shown(scene, socket))


def _shown(scene: Scene, socket: Socket) -> Iterator[Credential]:
    """What the clients show that come back, of pages only."""
    python = scene.program.module_of(socket.site).language == "python"
    if socket.fact.side is Side.CLIENT and not python:
        for node, renewed in credentials(scene, socket):
            yield Credential(
                at=scene.place(node),
                connections=(socket.fact,),
                text=scene.text(node),
                renewed=renewed,
            )


def _journal(scene: Scene, socket: Socket) -> Iterator[Journal]:
    found, count = logged.lines(scene, socket)
    if found or count:
        at = socket.endpoint.at if socket.endpoint is not None else socket.fact.at
        yield Journal(at=at, connections=(socket.fact,), lines=found)


def _query(scene: Scene, socket: Socket) -> Iterator[Query]:
    if socket.fact.side is Side.CLIENT and socket.url is not None:
        secret, once = (
            addresses.secret_of(scene, socket),
            addresses.once_of(scene, socket),
        )
        if secret or once:
            yield Query(
                at=socket.fact.at,
                connections=(socket.fact,),
                secret=secret,
                once=once,
            )
    elif socket.endpoint is not None and socket.entry is not None:
        for name, node in _asked_for(scene, socket.entry):
            if addresses.is_secret_key(name) and not _used_up(socket.entry, name):
                yield Query(
                    at=scene.place(node), connections=(socket.fact,), secret=name
                )
                return


def _used_up(entry: nodes.Function, name: str) -> bool:
    """Whether a key is taken out where it is looked up: it opens one connection."""
    return any(
        isinstance(node, nodes.Call)
        and tree.last_name(node.function) == "pop"
        and any(
            isinstance(given.value, nodes.Name) and given.value.id == name
            for given in node.arguments[:1]
        )
        for node in tree.own_of(entry)
    )


def _asked_for(
    scene: Scene, entry: nodes.Function
) -> Iterator[tuple[str, nodes.Expression]]:
    """The keys of the query that an endpoint asks for: parameters, and reads."""
    for parameter in handed(scene, entry):
        if isinstance(parameter.target, nodes.Name):
            yield parameter.target.id, parameter.target
    for node in tree.own_of(entry):
        match node:
            case nodes.Call(
                function=nodes.Member(object=bag, name="get"),
                arguments=(nodes.Argument(value=nodes.Literal(value=str() as key)), *_),
            ) if scene.says("holds-query", tree.last_name(bag)):
                yield key, node
            case nodes.Index(object=bag, index=nodes.Literal(value=str() as key)) if (
                scene.says("holds-query", tree.last_name(bag))
            ):
                yield key, node
            case _:
                continue


def _replies(scene: Scene) -> Iterator[ErrorReply]:
    """What servers tell their clients in handlers of exceptions."""
    units: dict[nodes.Function, list[Socket]] = {}
    for socket in scene.sockets:
        if socket.fact.side is Side.SERVER and socket.fact.judged:
            for function in socket.unit:
                units.setdefault(function, []).append(socket)
    for function in sorted(units, key=scene.place):
        for call, leaks, broad in telling.replies(scene, function):
            yield ErrorReply(
                at=scene.callee_place(call),
                connections=tuple(one.fact for one in units[function]),
                text=scene.text(call),
                leaks=leaks,
                broad=broad,
            )
