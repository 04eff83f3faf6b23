"""Successors: entries of a registry that are taken out by a key that others may have.

A client that comes back registers again under its name, often before the server has
noticed that its old connection is gone. What the old one takes out then is the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Change, takes
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import Origin, origins
from wsaudit.analysis.runs import Below, spread
from wsaudit.analysis.triggers import handlers_of
from wsaudit.flow.conditions import known
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.registry import Entry, Held
from wsaudit.nouns.server.registries import is_self
from wsaudit.nouns.server.undoing import Undoing
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.server.registries import Registered
    from wsaudit.syntax.nodes import Node

_KEPT = frozenset({Held.SOCKET, Held.RECORD})


def entries(scene: Scene, registered: Registered, undo: Undoing) -> Iterator[Entry]:
    """The entries under a key that the end of a connection takes out."""
    put = registered.change
    if put.key is None or registered.held not in _KEPT:
        return
    for take in _at_the_end(scene, registered, undo):
        key = take.key
        if key is None or registered.socket in scene.sockets_of(key):
            continue
        node = take.node
        place = scene.callee_place(node) if isinstance(node, nodes.Call) else None
        yield Entry(
            at=place or scene.place(node),
            connections=(registered.socket.fact,),
            registry=scene.text(take.container) if take.container else "",
            key=scene.text(key),
            shared=_shared(scene, registered.socket, put.key),
            own=_own(scene, registered, take),
            socket=registered.socket.fact.name,
            blind=_is_blind(scene, registered.socket, take),
            registered_at=scene.place(put.node),
        )


def _at_the_end(
    scene: Scene, registered: Registered, undo: Undoing
) -> Iterator[Change]:
    """What is taken out of the registry by what runs when a connection ends."""
    run = _run(scene, registered.socket, undo)
    for take in takes(scene, registered.cell):
        inside = take.node in {undo.at, *tree.walk(undo.at)}
        if inside or take.function in run:
            yield take


def _run(scene: Scene, socket: Socket, undo: Undoing) -> Below:
    closing = handlers_of(scene, socket, Event.CLOSE)
    call = tree.strip(undo.at) if isinstance(undo.at, nodes.Await) else undo.at
    callees = scene.program.callees(call) if isinstance(call, nodes.Call) else ()
    return spread(scene, callees or closing, deep=3)


# -- the key ---------------------------------------------------------------------------


def _shared(scene: Scene, socket: Socket, key: nodes.Expression) -> Evidence:
    """Whether two connections may have a key: present, absent for a fresh one."""
    found = [
        _kind(scene, socket, one)
        for one in origins(scene.program, key)
        if not isinstance(one.node, nodes.Literal)
    ]
    if False in found:
        return Evidence(Seen.ABSENT, "each connection has a key of its own")
    if found and None not in found:
        return Evidence(Seen.PRESENT, "", scene.place(key))
    return Evidence(Seen.UNKNOWN, f"whether two connections may have one {_said(key)}")


def _said(key: nodes.Expression) -> str:
    return f"`{tree.last_name(key)}`" if tree.last_name(key) else "key"


def _kind(scene: Scene, socket: Socket, origin: Origin) -> bool | None:
    """True for what a client brings along, False for what is made for a connection."""
    for part in tree.walk(origin.node):
        match part:
            case nodes.Call() if scene.dialects.speaks(
                "fresh", tree.last_name(part.function)
            ):
                return False
            case nodes.Member(object=inner, name=name) if socket in scene.sockets_of(
                inner
            ):
                return not scene.says("own-id", name)
            case nodes.Name() if socket in scene.sockets_of(part):
                return False
            case _:
                continue
    if any(messages(scene, origin.node)) or _is_of_handshake(scene, socket, origin):
        return True
    if isinstance(origin.node, nodes.Name) and socket.entry is not None:
        return _is_parameter(scene, origin.node, socket.entry) or None
    return None


def _is_of_handshake(scene: Scene, socket: Socket, origin: Origin) -> bool:
    """Whether it is a part of the request, or of what a dependency made of that."""
    node = origin.node
    if origin.path[:1] == ("scope",):
        return is_self(scene, socket, node)
    return socket.entry is not None and any(
        node in tree.walk(each) for each in socket.entry.parameters
    )


def _is_parameter(scene: Scene, name: nodes.Name, entry: nodes.Function) -> bool:
    """Whether a name is what the framework gives an endpoint out of its address."""
    binding = scene.program.binding(name)
    return binding is not None and any(
        write.source in entry.parameters for write in binding.writes
    )


# -- whether it is still its own -------------------------------------------------------


def _own(scene: Scene, registered: Registered, take: Change) -> Evidence:
    """Whether it asks before it takes out, or nobody could have taken its place."""
    for one in known(scene.program, take.node):
        if _asks(scene, registered, one.test):
            why = "it asks first whether the entry is its own"
            return Evidence(Seen.PRESENT, why, scene.place(one.test))
    for one in known(scene.program, registered.change.node):
        match one.test:
            case nodes.Binary(op="in" | "not in", right=right) as test if (
                scene.program.cell(right) == registered.cell
                and one.holds is (test.op == "not in")
            ):
                why = "a second connection under the key is refused"
                return Evidence(Seen.PRESENT, why, scene.place(test))
            case _:
                continue
    return Evidence(Seen.ABSENT)


def _asks(scene: Scene, registered: Registered, test: Node) -> bool:
    """Whether a test compares what is in the registry with something."""
    if not isinstance(test, nodes.Binary) or test.op in {"in", "not in"}:
        return False
    sides = (test.left, test.right)
    if any(isinstance(tree.strip(side), nodes.Literal) for side in sides):
        return False
    return any(_is_entry(scene, registered, side) for side in sides)


def _is_entry(scene: Scene, registered: Registered, side: nodes.Expression) -> bool:
    """Whether an expression reads an entry, or is a socket or what stands for one."""
    for part in tree.walk(side):
        if isinstance(part, nodes.Name | nodes.Member | nodes.Index | nodes.Call):
            cell = scene.program.cell(part)
            if cell is not None and cell.owner == registered.cell:
                return True
            if registered.socket in scene.sockets_of(part):
                return True
    return False


def _is_blind(scene: Scene, socket: Socket, take: Change) -> bool:
    """Whether the function that takes an entry out is not even given the socket."""
    function = take.function
    if function is None or function is socket.entry or socket.cls is not None:
        return False
    if any(
        function in attached.functions or function in spread(scene, attached.functions)
        for attached in scene.handlers(socket, Event.CLOSE)
    ):
        return False
    return not any(
        isinstance(parameter.target, nodes.Name)
        and socket in scene.sockets_of(parameter.target)
        for parameter in function.parameters
    )
