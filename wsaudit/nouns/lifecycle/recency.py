"""Recency: whether late code asks first if its socket is still the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in, writes
from wsaudit.flow.conditions import known
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.lifecycle.successions import Succession
from wsaudit.nouns.reconnection.reasons import whys
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.model.lifecycle import LateKind
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Late:
    """Something that a handler does which outlives its socket."""

    kind: LateKind
    node: Node
    path: tuple[Node, ...]
    name: str


def asks_first(
    scene: Scene,
    socket: Socket,
    found: tuple[Succession, ...],
    attached: Attached,
    late: Late,
) -> Evidence:
    """Whether a handler asks whose event it is, or is taken off before."""
    if _taken_off(scene, socket, found, attached):
        return Evidence(Seen.PRESENT, "its handlers are taken off when it is replaced")
    unsure: Evidence | None = None
    for node in (late.node, *late.path):
        for one in known(scene.program, node):
            asks = _asks(scene, socket, found, one.test)
            if asks:
                why = "it asks whose event it is"
                return Evidence(Seen.PRESENT, why, scene.place(one.test))
            if asks is None:
                why = "whether a test on the way asks whose event it is"
                unsure = Evidence(Seen.UNKNOWN, why, scene.place(one.test))
    return unsure or Evidence(Seen.ABSENT)


def _taken_off(
    scene: Scene, socket: Socket, found: tuple[Succession, ...], attached: Attached
) -> bool:
    run = {function for each in found for function in each.run}
    nodes_off: list[Node] = [
        one.at for one in socket.attached if one.detaches and one.name == attached.name
    ]
    nodes_off += [use.call for use in scene.uses_of(socket, "unlisten")]
    if any(scene.program.function_of(node) in run for node in nodes_off):
        return True
    at = attached.at
    return isinstance(at, nodes.Call) and any(
        isinstance(argument.value, nodes.Record)
        and any(tree.key_of(entry) == "signal" for entry in argument.value.entries)
        for argument in at.arguments[2:]
    )


def _asks(
    scene: Scene, socket: Socket, found: tuple[Succession, ...], test: Node
) -> bool | None:
    """Whether a test asks for something of one connection; None if out of sight."""
    unsure = False
    for part in tree.walk(test):
        match part:
            case nodes.Name(id="this" | "self"):
                continue
            case nodes.Binary(left=left, right=right) if _compares(
                scene, socket, left, right
            ):
                return True
            case nodes.Name() | nodes.Member():
                if tree.last_name(part) in whys(scene) or _is_own(scene, socket, part):
                    return True
                if _is_told(scene, socket, found, part):
                    return True
            case nodes.Call() if not scene.program.callees(part):
                unsure = unsure or scene.use(part) is None
            case _:
                continue
    return None if unsure else False


def _compares(
    scene: Scene, socket: Socket, left: nodes.Expression, right: nodes.Expression
) -> bool:
    """Whether the socket that is held now is compared with another one."""
    held = kept_in(scene, socket.creation)
    for side, other in ((left, right), (right, left)):
        if scene.program.cell(side) in held:
            return not isinstance(tree.strip(other), nodes.Literal)
    return False


def _is_own(scene: Scene, socket: Socket, part: nodes.Name | nodes.Member) -> bool:
    """A variable of the run that made the socket; the target of the event."""
    if isinstance(part, nodes.Member):
        return part.name in {"target", "currentTarget", "srcElement"}
    binding = scene.program.binding(part)
    if binding is None:
        return False
    home = binding.scope.function_scope().node
    around = set(tree.ancestors(socket.site, scene.program.parents))
    return home in around and home not in _outer(scene, socket)


def _outer(scene: Scene, socket: Socket) -> set[Node]:
    """The functions around the one that makes the socket, which do not run again."""
    creator = socket.creator
    found = tree.ancestors(creator, scene.program.parents) if creator else ()
    return {node for node in found if isinstance(node, nodes.Function)}


def _is_told(
    scene: Scene,
    socket: Socket,
    found: tuple[Succession, ...],
    part: nodes.Name | nodes.Member,
) -> bool:
    """A flag that the replacing code writes, and the new connection does not undo."""
    cell = scene.program.cell(part)
    if cell is None or cell in kept_in(scene, socket.creation):
        return False
    run = {function for each in found for function in each.run}
    writers = {w.function for w in writes(scene, cell) if not w.first}
    return bool(writers & run) and socket.creator not in writers
