"""What endpoints send and what clients tell apart, for comparing the two ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.dispatches import handled, open_to
from wsaudit.analysis.messages.payloads import constants, shapes
from wsaudit.analysis.messages.rest import rest_of
from wsaudit.analysis.runs import below
from wsaudit.connections.scene import written
from wsaudit.model import Side
from wsaudit.model.protocol import Channel, ClientHearing, Said, ServerSpeech
from wsaudit.nouns.sending.pushes import looked_up
from wsaudit.nouns.sending.visits import visits
from wsaudit.program import tree
from wsaudit.source import Place
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

MAKES = (ServerSpeech, ClientHearing, Channel)


def find(scene: Scene) -> Iterator[ServerSpeech | ClientHearing]:
    """One fact for each endpoint and each client, where both ends are among them."""
    sides = {
        socket.fact.side
        for socket in scene.sockets
        if socket.fact.judged and not socket.fact.declared
    }
    if len(sides) < 2:
        return
    for socket in scene.sockets:
        if not socket.fact.judged or socket.fact.declared:
            continue
        if socket.endpoint is not None:
            yield _speech(scene, socket)
        elif socket.fact.side is Side.CLIENT:
            yield _hearing(scene, socket)


def _speech(scene: Scene, socket: Socket) -> ServerSpeech:
    said: dict[Said, None] = {}
    reason = ""
    modelled = False
    for use in socket.uses:
        if use.op.means == "send":
            more, why = _of_send(scene, use, socket)
            modelled = modelled or _of_models(scene, use)
            said.update(dict.fromkeys(more))
            reason = reason or why
    assert socket.endpoint is not None  # noqa: S101 - asked by the caller
    return ServerSpeech(
        at=socket.endpoint.at,
        connections=(socket.fact,),
        said=tuple(sorted(said, key=lambda one: (one.key, one.value, one.at))),
        open=reason,
        modelled=modelled,
    )


def _of_models(scene: Scene, use: Use) -> bool:
    """Whether what is sent is an object of a class that says what it has."""
    position = use.op.payload
    return (
        position is not None
        and len(use.call.arguments) > position
        and any(
            shape.cls is not None
            for shape in shapes(scene, use.call.arguments[position].value)
        )
    )


def _of_send(scene: Scene, use: Use, socket: Socket) -> tuple[list[Said], str]:
    position = use.op.payload
    if position is None or len(use.call.arguments) <= position:
        return [], "a message that is not in sight"
    said: list[Said] = []
    reason = ""
    for shape in shapes(scene, use.call.arguments[position].value):
        found, why = constants(scene, shape)
        reason = reason or why
        said.extend(
            Said(
                constant.key,
                constant.value,
                _place(scene, constant.at, use.call),
                f"{written(use.call.function)}()",
            )
            for constant in found
            if not _of_another(scene, constant.at, socket, use)
        )
    return said, reason


def _of_another(scene: Scene, node: Node, socket: Socket, use: Use) -> bool:
    """Whether a message is made for another endpoint, which sends by the same helper.

    What is sent to sockets of a registry may come from any endpoint.
    """
    around = {
        each
        for each in tree.within(node, scene.program.parents)
        if isinstance(each, nodes.Function)
    }
    if socket.entry is None or around & _run_by(scene, socket.entry):
        return False
    if looked_up(scene, use.receiver) is not None or any(
        each.use is use for each in visits(scene)
    ):
        return False
    return any(
        around & _run_by(scene, each.entry)
        for each in scene.sockets
        if each.endpoint is not None and each.entry is not None
    )


def _run_by(scene: Scene, entry: nodes.Function) -> set[nodes.Function]:
    return {entry, *below(scene, entry)}


def _place(scene: Scene, node: Node, send: Node) -> Place:
    return scene.place(node if node in scene.program.parents else send)


def _hearing(scene: Scene, socket: Socket) -> ClientHearing:
    found = handled(scene, socket)
    head = found.sites[0] if found.sites else None
    return ClientHearing(
        at=_first_line(scene, head.head) if head else socket.fact.at,
        connections=(socket.fact,),
        path=found.path,
        values=found.values,
        rest=rest_of(scene, found.sites).kind if found.sites else "none",
        open=open_to(scene, socket, found),
    )


def _first_line(scene: Scene, node: Node) -> Place:
    """The head of a dispatch: its test, not its branches."""
    whole = scene.place(node)
    for name in ("subject", "test"):
        inner = getattr(node, name, None)
        if inner is not None:
            return Place(whole.path, whole.start, inner.end)
    return whole
