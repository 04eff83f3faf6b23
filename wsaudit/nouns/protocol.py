"""What each end sends and what it tells apart, for comparing the two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.destinations import goes
from wsaudit.analysis.effects import Does, effects
from wsaudit.analysis.messages.dispatches import handled, open_to
from wsaudit.analysis.messages.kinds import constants as texts
from wsaudit.analysis.messages.payloads import constants, shapes
from wsaudit.analysis.messages.remainders import holds_message
from wsaudit.analysis.messages.rest import rest_of
from wsaudit.analysis.runs import below
from wsaudit.connections.scene import written
from wsaudit.model import Event, Side
from wsaudit.model.protocol import Channel, Hearing, Requests, Said, Speech, Target
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.sending.pushes import looked_up
from wsaudit.nouns.sending.visits import visits
from wsaudit.program import tree
from wsaudit.source import Place
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.rest import Rest
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

_REFUSING = frozenset(
    {Does.SENDS, Does.CLOSES, Does.LOGS, Does.AWAITS, Does.LEAVES, Does.RAISES}
)
MAKES = (Speech, Hearing, Channel, Requests, Target)


def find(scene: Scene) -> Iterator[Speech | Hearing]:
    """Both facts for each endpoint and each client, where both ends are among them."""
    ends = [
        socket
        for socket in scene.sockets
        if socket.fact.judged
        and not socket.fact.declared
        and (socket.endpoint is not None or socket.fact.side is Side.CLIENT)
    ]
    if len({socket.fact.side for socket in ends}) < 2:
        return
    for socket in ends:
        yield _speech(scene, socket)
        yield _hearing(scene, socket)


def _speech(scene: Scene, socket: Socket) -> Speech:
    said: dict[Said, None] = {}
    reason = ""
    modelled = False
    for use in socket.uses:
        if use.op.means == "send":
            more, why = said_by(scene, use, socket)
            modelled = modelled or _of_models(scene, use, socket)
            said.update(dict.fromkeys(more))
            reason = reason or why
    return Speech(
        at=socket.endpoint.at if socket.endpoint else socket.fact.at,
        connections=(socket.fact,),
        said=tuple(sorted(said, key=lambda one: (one.key, one.value, one.at))),
        open=reason,
        modelled=modelled,
    )


def _of_models(scene: Scene, use: Use, socket: Socket) -> bool:
    """Whether what is sent is an object of a class that says what it has."""
    position = use.op.payload
    return (
        position is not None
        and len(use.call.arguments) > position
        and any(
            shape.cls is not None
            for shape in shapes(scene, use.call.arguments[position].value, socket)
        )
    )


def said_by(scene: Scene, use: Use, socket: Socket) -> tuple[list[Said], str]:
    """The constants that a send may say, and why it may say others."""
    if use.op.topic is not None:
        return _of_event(scene, use, use.op.topic)
    position = use.op.payload
    if position is None or len(use.call.arguments) <= position:
        return [], "a message that is not in sight"
    said: list[Said] = []
    reason = ""
    for shape in shapes(scene, use.call.arguments[position].value, socket):
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


def _of_event(scene: Scene, use: Use, position: int) -> tuple[list[Said], str]:
    """The name of an event that a message is sent as."""
    names: tuple[str, ...] = ()
    whole = False
    for argument in use.call.arguments[position : position + 1]:
        names, whole = texts(scene, argument.value)
    text = f"{written(use.call.function)}()"
    said = [Said("", name, scene.place(use.call), text) for name in names]
    return said, "" if whole else "an event whose name is computed"


def _place(scene: Scene, node: Node, send: Node) -> Place:
    return scene.place(node if node in scene.program.parents else send)


def _hearing(scene: Scene, socket: Socket) -> Hearing:
    found = handled(scene, socket)
    head = found.sites[0] if found.sites else None
    rest = rest_of(scene, found.sites) if found.sites else None
    own = socket.endpoint.at if socket.endpoint else socket.fact.at
    return Hearing(
        at=_first_line(scene, head.head) if head else own,
        connections=(socket.fact,),
        path=found.path,
        values=found.values,
        rest=rest.kind if rest else "none",
        open=open_to(scene, socket, found) or _acted_on(scene, socket, rest),
        prefixes=frozenset(
            value
            for site in found.sites
            for case in site.cases
            if case.prefix
            for value in case.values
        ),
        deaf=_deaf(scene, socket),
    )


def _acted_on(scene: Scene, socket: Socket, rest: Rest | None) -> str:
    """What an endpoint does about other kinds, "" where it only refuses them."""
    if rest is None or socket.endpoint is None:
        return ""
    for each in scene.clients():
        if each.creator in socket.unit and any(scene.uses_of(each, "send")):
            return f"messages of other kinds may go on to `{each.fact.name}`"
    if rest.kind == "acts" and not _refuses(scene, rest.at):
        return "something is done about messages of other kinds"
    for node in rest.apart:
        use = scene.use(node) if isinstance(node, nodes.Call) else None
        if use is not None and any(
            holds_message(scene, argument.value) for argument in use.call.arguments
        ):
            return "messages of other kinds are answered"
    return ""


def _refuses(scene: Scene, node: Node | None) -> bool:
    """Whether a call does no more than to tell somebody, or to end the connection."""
    done = {
        effect.does
        for callee in (
            scene.program.callees(node) if isinstance(node, nodes.Call) else ()
        )
        for effect in effects(scene, callee)
    }
    return Does.SENDS in done and done <= _REFUSING


def _deaf(scene: Scene, socket: Socket) -> str:
    """Why nothing that an endpoint is sent has any effect, "" where it may have."""
    taken = list(scene.uses_of(socket, "receive", "iterate"))
    handlers = scene.handlers(socket, Event.MESSAGE, Event.OTHER)
    if socket.endpoint is None or socket.fact.escapes or any(handlers):
        return ""
    iterated = any(
        one.op is None and socket in one.sockets
        for loop in receive_loops(scene)
        for one in loop.receives
    )
    if iterated or any(_is_used(scene, use.call) for use in taken):
        return ""
    return "it drops what it receives" if taken else "it never receives"


def _is_used(scene: Scene, receive: nodes.Call) -> bool:
    """Whether anything becomes of what a receive gives."""
    return any(
        each.way not in {"dropped", "awaited"} for each in goes(scene.program, receive)
    )


def _first_line(scene: Scene, node: Node) -> Place:
    """The head of a dispatch: its test, not its branches."""
    whole = scene.place(node)
    for name in ("subject", "test"):
        inner = getattr(node, name, None)
        if inner is not None:
            return Place(whole.path, whole.start, inner.end)
    return whole
