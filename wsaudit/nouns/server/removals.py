"""Removals: whether anything that runs takes a registered connection out again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Change, bound, leaves, taken, unfollowed
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.roots import entries, roots
from wsaudit.analysis.runs import spread
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.heartbeat.beats import beats
from wsaudit.program import tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.heartbeat.beats import Beat
    from wsaudit.nouns.server.registries import Registered
    from wsaudit.nouns.server.undoing import Undoing


def undone(scene: Scene, registered: Registered, undo: Undoing | None) -> Evidence:
    """Whether a connection is taken out of a collection when it ends.

    ``undo`` is the cleanup on its ways out, if there is one.
    """
    container = registered.change.container
    if container is not None and bound(scene, container).present:
        return Evidence(Seen.PRESENT, "the collection lets go of it by itself")
    if undo is not None:
        seen = Seen.UNKNOWN if undo.doubt else Seen.PRESENT
        why = undo.doubt or "taken out when the connection ends"
        return Evidence(seen, why, scene.place(undo.at))
    hidden = _hidden(scene, registered.socket)
    if hidden:
        return Evidence(Seen.UNKNOWN, hidden)
    return Evidence(Seen.ABSENT, "not taken out when the connection ends")


def removal(scene: Scene, registered: Registered, at_the_end: Evidence) -> Evidence:
    """Whether anything that runs takes a registered connection out again.

    Absent only when every removal is in code that never runs, or runs for other
    endpoints alone.
    """
    if not at_the_end.absent:
        return at_the_end
    found = [*leaves(scene, registered.cell)]
    found += _of_holders(scene, registered)
    for other in found:
        evidence = _elsewhere(scene, registered.socket, other)
        if evidence is not None:
            return evidence
    return Evidence(Seen.ABSENT, "nothing takes it out")


def reaped(scene: Scene, registered: Registered, at_the_end: Evidence) -> Evidence:
    """Whether a client that is gone without a word is taken out.

    Absent where nothing but what runs for its own messages does, at that place.
    """
    if not at_the_end.absent:
        return at_the_end
    said: Change | None = None
    served = entries(scene)
    looks = [f for beat in beats(scene, registered.socket) for f in _code(beat)]
    sweeping = spread(scene, looks, hows=AT_ONCE)
    for other in leaves(scene, registered.cell):
        function = scene.program.function_of(other.node)
        if function is None or _empties(other):
            continue
        at = scene.place(other.node)
        if _sends(scene, function) and _on_failure(scene, other.node, function):
            return Evidence(Seen.PRESENT, "taken out when a send to it fails", at)
        if function in sweeping:
            return Evidence(Seen.PRESENT, "taken out by a look at intervals", at)
        starts = set(roots(scene, function))
        if not starts or not starts <= served.keys():
            return Evidence(Seen.UNKNOWN, "when else it is taken out", at)
        said = said or other
    if said is None:
        return Evidence(Seen.UNKNOWN, "nothing takes it out")
    return Evidence(Seen.ABSENT, "only its messages do", scene.place(said.node))


def _on_failure(scene: Scene, node: nodes.Node, function: nodes.Function) -> bool:
    """Whether a node runs where something failed, or for each of many connections."""
    return any(
        isinstance(around, nodes.Handler)
        or (
            isinstance(around, nodes.Loop)
            and around.kind == "in"
            and not around.is_async
        )
        for at in (node, *scene.program.callers(function))
        for around in tree.within(at, scene.program.parents)
    )


def _code(beat: Beat) -> Iterator[nodes.Function]:
    """The functions of what runs again and again."""
    for part in beat.code:
        if isinstance(part, nodes.Function):
            yield part


def _elsewhere(scene: Scene, socket: Socket, change: Change) -> Evidence | None:
    """What a removal off the ways out of a connection says; None for nothing."""
    function = scene.program.function_of(change.node)
    if function is None or _empties(change):
        return None
    at = scene.place(change.node)
    if _sends(scene, function):
        return Evidence(Seen.PRESENT, "taken out when a send to it fails", at)
    starts = set(roots(scene, function))
    served = entries(scene)
    others = {entry for entry, owner in served.items() if owner is not socket}
    if starts <= others:
        return None
    name = scene.program.name_of(function) or "a callback"
    if starts <= served.keys():
        why = f"`{name}` takes it out, but only while the connection is in use"
    else:
        why = f"`{name}` takes it out, at some other time"
    return Evidence(Seen.UNKNOWN, why, at)


def _hidden(scene: Scene, socket: Socket) -> str:
    """What could hide a removal, "" when nothing can."""
    if socket.fact.partly_read:
        return "its file has syntax errors"
    if socket.fact.escapes:
        return socket.fact.escapes
    for function in scene.in_order(socket.unit):
        for call in unfollowed(scene, function):
            if _mentions(scene, socket, call):
                return f"`{scene.text(call.function)}` cannot be followed"
    return ""


def _mentions(scene: Scene, socket: Socket, call: nodes.Call) -> bool:
    return any(socket in scene.sockets_of(each.value) for each in call.arguments)


def _of_holders(scene: Scene, registered: Registered) -> Iterator[Change]:
    """Removals of the object that has the collection: a room that is dropped."""
    cls = registered.cell.container.owner
    if not isinstance(cls, nodes.ClassDef):
        return
    holder = values.Object(cls)
    for each in taken(scene):
        cell = each.cell(scene)
        if cell is not None and holder in scene.program.element_writes(cell):
            yield each


def _empties(change: Change) -> bool:
    """Whether a change throws everything away, as a shutdown does."""
    match change.node, change.value:
        case nodes.Call(function=function), _:
            return last_name(function) == "clear"
        case _, nodes.Sequence(items=()) | nodes.Record(entries=()):
            return True
        case _, nodes.Call(arguments=()):
            return change.kind == "replace"
        case _:
            return False


def _sends(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function, or a caller of it, sends: it drops whom it cannot reach."""
    sending = {
        scene.program.function_of(use.call)
        for use in scene.uses
        if use.op.means in {"send", "ping"}
    }
    around = {function}
    for site in scene.program.callers(function):
        home = scene.program.function_of(site)
        if home is not None:
            around.add(home)
    outer = {scene.program.function_of(each) for each in around} - {None}
    return bool((around | outer) & sending)
