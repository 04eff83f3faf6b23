"""Seen: the ids of messages that a program remembers, so that none counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import (
    Change,
    bound,
    leaves,
    name_of,
    put_in,
    writes,
)
from wsaudit.analysis.components import given_to
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.parts import judged_part
from wsaudit.analysis.order import outlasts_connection
from wsaudit.flow.conditions import holding
from wsaudit.model import Evidence, Seen
from wsaudit.model.ordering import SeenIds
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell

MAKES = (SeenIds,)


def find(scene: Scene) -> Iterator[SeenIds]:
    """One fact for each store of ids that decides whether a message counts."""
    told: set[Cell] = set()
    for change in put_in(scene, frozenset(carriers(scene).functions)):
        held = change.cell(scene)
        socket = _whose_id(scene, change)
        if held is None or held in told or socket is None:
            continue
        home = tuple(_around(scene, change.function))
        if _only_new(scene, change, held) and outlasts_connection(
            scene, held, socket, home
        ):
            told.add(held)
            yield SeenIds(
                at=scene.point(change.node),
                connections=(socket.fact,),
                name=name_of(scene, held, "it"),
                forgotten=_forgotten(scene, held, change),
            )


def _around(scene: Scene, function: nodes.Function | None) -> Iterator[nodes.Function]:
    """A function, and those around it that have it called for each of some items."""
    while function is not None:
        yield function
        call = given_to(scene.program, function)
        each = call and scene.says("runs-each", tree.last_name(call.function))
        function = scene.program.function_of(function) if each else None


def _whose_id(scene: Scene, change: Change) -> Socket | None:
    """Whose message has a part that is put in as a mark, and nothing else with it."""
    key = change.key if change.key is not None else change.value
    value = change.value if change.key is not None else None
    marks = value is None or (
        folding.fold(scene.program, value) is not None
        or scene.says("tells-time", _called(value))
    )
    if key is None or not marks:
        return None
    part = judged_part(scene, key)
    return part.socket if part is not None else _validated(scene, change, key)


def _validated(scene: Scene, change: Change, key: nodes.Expression) -> Socket | None:
    """Whose message a part is of that went through a validator.

    What a page makes ids of may be anything that its messages have led to.
    """
    if scene.program.module_of(key).language != "python":
        return None
    if not carriers(scene).carries(key):
        return None
    served = (each for each in scene.sockets if change.function in each.unit)
    return next((each for each in served if each.fact.judged), None)


def _called(value: nodes.Expression) -> str:
    return tree.last_name(value.function) if isinstance(value, nodes.Call) else ""


def _only_new(scene: Scene, change: Change, held: Cell) -> bool:
    """Whether something is put in only where it is not in yet."""
    for test, holds in holding(scene.program, change.node):
        match test:
            case nodes.Binary(op="in" | "not in" as op, right=right):
                asked, missing = right, holds == (op == "not in")
            case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
                scene.says("looks-up", name)
            ):
                asked, missing = inner, not holds
            case _:
                continue
        if missing and scene.program.cell(asked) == held:
            return True
    return False


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
