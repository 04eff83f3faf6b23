"""Increments: state that messages change step by step, so that a missed one is missed.

A message that replaces a whole state mends whatever was missed before it; one that is
added to a list, or changes one entry of it, does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.runs import RUN, Below, spread
from wsaudit.analysis.states import StateWrite, writes_in, written_cells
from wsaudit.model import Event
from wsaudit.program import tree
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell

_PASSING = re.compile(
    r"typing|cursor|pointer|toast|snack|notif|alert|logs?([A-Z_]|$)|lines|output|console|"
    r"terminal|chunk|token|stream|frame|audio|error|latency|ping|metric|fps|debug|trace|"
    r"^last",
    re.IGNORECASE,
)
"""State of which nobody misses what is over: tails, cursors, passing notices."""
_ADDS = frozenset({"push", "unshift", "add", "set", "splice"})
_CUTS = frozenset({"slice", "splice", "takeRight", "take", "shift"})


@dataclass(frozen=True, slots=True, eq=False)
class Increment:
    """A write of state that keeps what was there; ``name`` is what the state is called.

    ``write`` is the writing call.
    """

    name: str
    write: nodes.Call


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What the messages of a socket do to the client's state.

    ``increments`` are the writes that keep the rest; ``others`` is true where there are
    writes of which it is not known; ``any`` where there are any at all.
    """

    increments: tuple[Increment, ...]
    others: bool
    any: bool


def written(scene: Scene, socket: Socket) -> Written:
    """The writes of state that messages of a socket lead to."""
    increments: list[Increment] = []
    others = found = False
    for write in writes_in(scene, _handling(scene, socket)):
        if not _of_message(scene, write):
            continue
        found = True
        if write.kind in {"dispatch", "reducer", "query"}:
            others = True
            continue
        names = tuple(_kept(scene, write))
        increments.extend(Increment(name, write.call) for name in names)
    return Written(tuple(increments), others, found)


def _handling(scene: Scene, socket: Socket) -> Below:
    """What runs for a message: handlers, what they call, effects on the last one."""
    starts = [
        function
        for attached in scene.handlers(socket, Event.MESSAGE)
        for function in attached.functions
    ]
    starts.extend(
        effect.callback
        for effect in effects(scene)
        if any(_is_message(scene, each, socket) for each in effect.dependencies or ())
    )
    return spread(scene, starts, hows=RUN)


def _is_message(scene: Scene, node: nodes.Expression, socket: Socket) -> bool:
    if not carriers(scene).carries(node):
        return False
    return any(message.socket is socket for message in messages(scene, node))


def _of_message(scene: Scene, write: StateWrite) -> bool:
    """Whether a message has a part in what is written, as far as names tell."""
    told = carriers(scene)
    return any(told.carries(a.value) for a in write.call.arguments) or any(
        told.carries(value) for value in _results(scene, write.value)
    )


def _results(
    scene: Scene, value: nodes.Expression | None
) -> Iterator[nodes.Expression]:
    """The new values: what is given, or what an updater function returns."""
    if value is None:
        return
    functions = scene.functions_of(value)
    if not functions:
        yield value
    for function in functions:
        for node in tree.own_of(function):
            if isinstance(node, nodes.Return) and node.value is not None:
                yield node.value


# -- what is kept ----------------------------------------------------------------------


def _kept(scene: Scene, write: StateWrite) -> Iterator[str]:
    """The names of the states that a write changes in part only."""
    before = _before(scene, write.value)
    for cell, value in written_cells(scene, write):
        name = _name(cell)
        given = (value,) if write.kind == "store" else _results(scene, write.value)
        news = [new for new in given if new is not None]
        if not name or _PASSING.search(name) or any(map(_is_cut, news)):
            continue
        if any(_adds(scene, new, cell, before) for new in news) or _mutates(
            scene, write.value, before
        ):
            yield name


def _before(scene: Scene, value: nodes.Expression | None) -> frozenset[Binding]:
    """The names of the old value in an updater function: its first parameter."""
    functions = scene.functions_of(value) if value is not None else ()
    found = {
        scene.program.binding(part)
        for function in functions
        for parameter in function.parameters[:1]
        for part in tree.walk(parameter.target)
        if isinstance(part, nodes.Name)
    }
    return frozenset(binding for binding in found if binding is not None)


def _adds(
    scene: Scene, new: nodes.Expression, cell: Cell, before: frozenset[Binding]
) -> bool:
    """Whether a new value keeps entries of the old one, beside those of a message.

    ``{ ...old, name: x }`` replaces one field for good; ``{ ...old, [id]: x }`` one of
    many.
    """
    inner = tree.strip(new)
    if not isinstance(inner, nodes.Record):
        return _is_made_of(scene, inner, cell, before)
    return any(
        entry.kind != "spread"
        and (
            (tree.key_of(entry) is None and _spreads(scene, inner, cell, before))
            or _adds(scene, entry.value, cell, before)
        )
        for entry in inner.entries
    )


def _spreads(
    scene: Scene, record: nodes.Record, cell: Cell, before: frozenset[Binding]
) -> bool:
    return any(
        entry.kind == "spread" and _is_made_of(scene, entry.value, cell, before)
        for entry in record.entries
    )


def _mutates(
    scene: Scene, value: nodes.Expression | None, before: frozenset[Binding]
) -> bool:
    """``set((state) => { state.items.push(x); })``, as immer allows."""
    functions = scene.functions_of(value) if value is not None else ()
    return any(
        last_name(call.function) in _ADDS
        and isinstance(call.function, nodes.Member)
        and _mentions(scene, call.function.object, before)
        for call in scene.calls_in(functions)
    )


def _name(cell: Cell) -> str:
    return cell.name if cell.kind in {"variable", "slot"} else ""


def _is_cut(value: nodes.Expression) -> bool:
    """Whether a new list keeps the last few entries only."""
    return any(
        isinstance(node, nodes.Call) and last_name(node.function) in _CUTS
        for node in tree.walk(value)
    )


def _is_made_of(
    scene: Scene, value: nodes.Expression, cell: Cell, before: frozenset[Binding]
) -> bool:
    """Whether a new value is made of the old one."""
    return _mentions(scene, value, before) or any(
        isinstance(node, nodes.Name | nodes.Member) and scene.program.cell(node) == cell
        for node in tree.walk(value)
    )


def _mentions(scene: Scene, node: nodes.Node, before: frozenset[Binding]) -> bool:
    return bool(before) and any(
        isinstance(part, nodes.Name) and scene.program.binding(part) in before
        for part in tree.walk(node)
    )
