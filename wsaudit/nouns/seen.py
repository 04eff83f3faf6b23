"""Seen: the ids of messages that a program remembers, so that none counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import (
    Change,
    bound,
    leaves,
    name_of,
    outlives,
    put_in,
    writes,
)
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import Message
from wsaudit.analysis.messages.parts import parts_below
from wsaudit.analysis.order import outlasts
from wsaudit.flow.conditions import holding
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.ordering import SeenIds
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

MAKES = (SeenIds,)

_HAS = frozenset({"has", "includes", "get"})


def find(scene: Scene) -> Iterator[SeenIds]:
    """One fact for each store of ids that decides whether a message counts."""
    told: set[Cell] = set()
    for change in put_in(scene, frozenset(carriers(scene).functions)):
        held = change.cell(scene)
        message = _id(scene, change)
        if held is None or held in told or message is None:
            continue
        if _only_new(scene, change, held) and _stays(scene, held, message, change):
            told.add(held)
            yield SeenIds(
                at=scene.place(_callee(change.node)),
                connections=(message.socket.fact,),
                name=name_of(scene, held, "it"),
                forgotten=_forgotten(scene, held, change),
            )


def _id(scene: Scene, change: Change) -> Message | None:
    """The part of a message that is put in as a mark, and nothing else with it."""
    key = change.key if change.key is not None else change.value
    value = change.value if change.key is not None else None
    marks = value is None or (
        folding.fold(scene.program, value) is not None
        or scene.says("tells-time", _called(value))
    )
    if key is None or not marks or not carriers(scene).carries(key):
        return None
    found = [m for m in parts_below(scene, key) if m.socket.fact.judged]
    return found[0] if found else None


def _called(value: nodes.Expression) -> str:
    return tree.last_name(value.function) if isinstance(value, nodes.Call) else ""


def _callee(node: Node) -> Node:
    return node.function if isinstance(node, nodes.Call) else node


def _only_new(scene: Scene, change: Change, held: Cell) -> bool:
    """Whether something is put in only where it is not in yet."""
    for test, holds in holding(scene.program, change.node):
        match test:
            case nodes.Binary(op="in" | "not in" as op, right=right):
                asked, missing = right, holds == (op == "not in")
            case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
                name in _HAS
            ):
                asked, missing = inner, not holds
            case _:
                continue
        if missing and scene.program.cell(asked) == held:
            return True
    return False


def _stays(scene: Scene, held: Cell, message: Message, change: Change) -> bool:
    """Whether a store outlives the connection, or the client's, its messages."""
    socket = message.socket
    if socket.fact.side is Side.SERVER:
        return outlives(scene, held, socket.entry or change.function)
    return outlasts(held, tuple(f for f in (change.function,) if f is not None))


def _forgotten(scene: Scene, held: Cell, change: Change) -> Evidence:
    for leaving in leaves(scene, held):
        return Evidence(Seen.PRESENT, "ids leave it", scene.place(leaving.node))
    made = [write.value for write in writes(scene, held) if write.value is not None]
    held_in = () if change.container is None else (change.container,)
    for each in (*made, *held_in):
        limit = bound(scene, each)
        if not limit.unknown:
            return limit
    return Evidence(Seen.UNKNOWN, "how many ids it holds")
