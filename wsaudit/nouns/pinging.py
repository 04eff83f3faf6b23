"""Pings by messages: who asks whether the other end is there, and who answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.answering import answered
from wsaudit.analysis.messages.dispatches import handled
from wsaudit.analysis.messages.payloads import constants, shapes
from wsaudit.connections.scene import written
from wsaudit.model import Evidence, Seen
from wsaudit.model.heartbeat import Pinging
from wsaudit.model.protocol import Said

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.source import Place

MAKES = (Pinging,)

_PING = re.compile(r"(app_?)?(ping|heart_?beat|hb|keep[-_]?alive)", re.IGNORECASE)
_PONG = re.compile(r".*(pong|ack|alive|beat)", re.IGNORECASE)


def find(scene: Scene) -> Iterator[Pinging]:
    """One fact for each end, where both ends are among them and one of them asks."""
    ends = [
        socket
        for socket in scene.sockets
        if socket.fact.judged and not socket.fact.declared
    ]
    if len({socket.fact.side for socket in ends}) < 2:
        return
    asks = {socket: tuple(_asks(scene, socket)) for socket in ends}
    for socket in ends:
        others = {
            (said.key, said.value): said
            for other in ends
            if other.fact.side is not socket.fact.side
            for said in asks[other]
        }
        if asks[socket] or others:
            yield Pinging(
                at=_place(scene, socket),
                connections=(socket.fact,),
                asks=asks[socket],
                answers=tuple(
                    (said, answered(scene, socket, said.key, said.value))
                    for said in others.values()
                ),
                hears=_hears(scene, socket),
            )


def _asks(scene: Scene, socket: Socket) -> Iterator[Said]:
    """The pings that an end sends, each kind once."""
    found: dict[tuple[str, str], Said] = {}
    for use in scene.uses_of(socket, "send"):
        for key, value in _said(scene, use, socket):
            if _PING.fullmatch(value):
                text = f"{written(use.call.function)}()"
                said = Said(key, value, scene.place(use.call), text)
                found.setdefault((key, value), said)
    yield from found.values()


def _said(scene: Scene, use: Use, socket: Socket) -> Iterator[tuple[str, str]]:
    """What a send says its message is: a key with its value, or the text itself."""
    position = use.op.payload
    if position is None or len(use.call.arguments) <= position:
        return
    for shape in shapes(scene, use.call.arguments[position].value, socket):
        told, _ = constants(scene, shape)
        if shape.text is not None and not told:
            yield "", shape.text
        yield from ((constant.key, constant.value) for constant in told)


def _hears(scene: Scene, socket: Socket) -> Evidence:
    """Whether an end has a case for the answer to a ping."""
    found = handled(scene, socket)
    named = any(_PONG.match(value) for value in found.values)
    return Evidence(Seen.PRESENT if named else Seen.ABSENT)


def _place(scene: Scene, socket: Socket) -> Place:
    """Where an end tells messages apart, or else where it is made."""
    found = handled(scene, socket)
    if found.sites:
        head = found.sites[0].head
        inner = getattr(head, "subject", None) or getattr(head, "test", None)
        return scene.place(inner if inner is not None else head)
    return socket.endpoint.at if socket.endpoint is not None else socket.fact.at
