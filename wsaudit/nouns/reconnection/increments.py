"""Increments: state that messages change step by step, so that a missed one is missed.

A message that replaces a whole state mends whatever was missed before it; one that is
added to a list, or changes one entry of it, does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import reads
from wsaudit.analysis.components import effects
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.feeds.parts import parts
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import returned
from wsaudit.analysis.runs import Below, spread
from wsaudit.analysis.states import (
    StateWrite,
    reducers_of,
    writes_in,
    written_cells,
)
from wsaudit.model import Event
from wsaudit.program import folding, tree
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell

_PASSING = re.compile(
    r"typing|cursor|pointer|toast|snack|notif|alert|logs?([A-Z_]|$)|output|console|"
    r"terminal|chunk|token|stream|frame|audio|error|latency|ping|metric|fps|debug|trace|"
    r"^last",
    re.IGNORECASE,
)
"""State of which nobody misses what is over: tails, cursors, passing notices."""
_LINES = re.compile(r"lines?([A-Z_]|$)", re.IGNORECASE)
_ADDS = frozenset({"push", "unshift", "add", "set", "splice", "delete"})
_OUT_OF_SIGHT = "what reducers or queries make of messages"
_ENTITIES = re.compile(r"(add|set|upsert|update|remove)(One|Many)")


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

    ``increments`` are the writes that keep the rest; ``others`` says why it is not
    known of some; ``any`` is true where there are any at all. ``passing`` is the name
    of a state that is added to, and that nobody misses parts of.
    """

    increments: tuple[Increment, ...]
    others: str
    any: bool
    passing: str = ""


def written(scene: Scene, socket: Socket) -> Written:
    """The writes of state that messages of a socket lead to."""
    names: dict[str, nodes.Call] = {}
    others, found = "", False
    run = _handling(scene, socket)
    for write in writes_in(scene, run):
        if write.kind == "query":
            found, others = True, others or _OUT_OF_SIGHT
            continue
        if not _of_message(scene, write):
            continue
        found = True
        reducers = reducers_of(scene, write)
        if write.kind in {"dispatch", "reducer"} and not reducers:
            others = others or _OUT_OF_SIGHT
            continue
        for function in reducers:
            roots = _first_parameter(scene, (function,))
            names.update(dict.fromkeys(altered(scene, function, roots), write.call))
            if any(_adds(scene, new, None, roots) for new in returned(function)):
                names[_slice_name(scene, function)] = write.call
        names.update(dict.fromkeys(_kept(scene, write), write.call))
        others = others or _made_of_itself(scene, write, run)
    passing = [name for name in names if _PASSING.search(name)]
    increments = tuple(
        Increment(name, call) for name, call in names.items() if name not in passing
    )
    return Written(increments, others, found, next(iter(passing), ""))


def _made_of_itself(scene: Scene, write: StateWrite, run: Below) -> str:
    """Whether what runs for a message looks at the state that it then replaces."""
    looked = {
        (one.state, *one.path[:1])
        for function in run
        for node in tree.own_of(function)
        if isinstance(node, nodes.Name | nodes.Member)
        for one in parts(scene, node)
    }
    for cell, _ in written_cells(scene, write):
        read = any(
            scene.program.function_of(each) in run for each in reads(scene, cell)
        )
        if read or (cell.owner, cell.name) in looked:
            return f"how the new `{cell.name}` is made of the one before"
    return ""


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
    functions = scene.functions_of(write.value) if write.value is not None else ()
    before = _first_parameter(scene, functions)
    for cell, value in written_cells(scene, write):
        name = cell.name if cell.kind in {"variable", "slot"} else ""
        given = (value,) if write.kind == "store" else _results(scene, write.value)
        news = [new for new in given if new is not None]
        if (
            not name
            or any(_is_cut(scene, new) for new in news)
            or _is_tail(scene, name, news)
        ):
            continue
        if any(
            _adds(scene, new, cell, before) or _copies(scene, new, cell, before)
            for new in news
        ) or any(True for each in functions for _ in altered(scene, each, before)):
            yield name


def _first_parameter(
    scene: Scene, functions: Iterable[nodes.Function]
) -> frozenset[Binding]:
    """The names of the old value in updaters and reducers: the first parameter."""
    found = {
        scene.program.binding(part)
        for function in functions
        for parameter in function.parameters[:1]
        for part in tree.walk(parameter.target)
        if isinstance(part, nodes.Name)
    }
    return frozenset(binding for binding in found if binding is not None)


def _is_tail(scene: Scene, name: str, news: list[nodes.Expression]) -> bool:
    """Whether a list is one of lines of text, of which old ones matter less."""
    parsed = any(
        message.parsed
        for new in news
        for part in tree.walk(new)
        if isinstance(part, nodes.Name | nodes.Member)
        for message in messages(scene, part)
    )
    return bool(_LINES.search(name)) and not parsed


def _copies(
    scene: Scene, new: nodes.Expression, cell: Cell, before: frozenset[Binding]
) -> bool:
    """``const next = { ...old }; next[id] = x; return next``."""
    binding = scene.program.binding(new) if isinstance(new, nodes.Name) else None
    function = scene.program.function_of(new)
    value = binding.writes[0].value if binding is not None and binding.writes else None
    return (
        binding is not None
        and function is not None
        and value is not None
        and _is_made_of(scene, value, cell, before)
        and any(True for _ in altered(scene, function, frozenset({binding})))
    )


def _slice_name(scene: Scene, function: nodes.Function) -> str:
    """What the code calls the slice that a reducer is of."""
    for around in tree.ancestors(function, scene.program.parents):
        if isinstance(around, nodes.Bind):
            return last_name(around.target)
    return "the state"


def altered(
    scene: Scene, function: nodes.Function, roots: frozenset[Binding]
) -> Iterator[str]:
    """The names of what a function changes one entry of, in place.

    A part that is replaced whole is not among them.
    """
    inside = {*roots, *_entries_of(scene, function, roots)}
    for node in tree.walk(function):
        match node:
            case (
                nodes.Bind(target=nodes.Index() as at)
                | nodes.Assign(target=nodes.Index() as at)
            ):
                entry = folding.fold(scene.program, at.index) is None
                if entry and _root(scene, at.object) in roots:
                    yield last_name(at.object)
            case (
                nodes.Bind(target=nodes.Member(object=at))
                | nodes.Assign(target=nodes.Member(object=at))
            ):
                if _root(scene, at) in inside - roots:
                    yield last_name(at)
            case nodes.Unary(op="delete", value=nodes.Index() as at):
                if _root(scene, at.object) in roots:
                    yield last_name(at.object)
            case nodes.Call(function=nodes.Member(object=at, name=name)):
                if name in _ADDS and _root(scene, at) in roots:
                    yield last_name(at)
                elif _ENTITIES.fullmatch(name) and any(
                    _root(scene, each.value) in roots for each in node.arguments
                ):
                    yield name
            case _:
                continue


def _entries_of(
    scene: Scene, function: nodes.Function, roots: frozenset[Binding]
) -> Iterator[Binding]:
    """The local names of single entries: ``const run = state.runs[id]``."""
    for node in tree.walk(function):
        if not isinstance(node, nodes.Bind) or not isinstance(node.target, nodes.Name):
            continue
        match node.value:
            case nodes.Index(object=at):
                pass
            case nodes.Call(function=nodes.Member(object=at, name=name)) if (
                scene.dialects.speaks("gives-one", name)
            ):
                pass
            case _:
                continue
        binding = scene.program.binding(node.target)
        if binding is not None and _root(scene, at) in roots:
            yield binding


def _root(scene: Scene, node: nodes.Expression) -> Binding | None:
    """The variable that a chain of members begins with."""
    inner = tree.strip(node)
    while isinstance(inner, nodes.Member | nodes.Index):
        inner = tree.strip(inner.object)
    return scene.program.binding(inner) if isinstance(inner, nodes.Name) else None


def _adds(
    scene: Scene, new: nodes.Expression, cell: Cell | None, before: frozenset[Binding]
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
    scene: Scene, record: nodes.Record, cell: Cell | None, before: frozenset[Binding]
) -> bool:
    return any(
        entry.kind == "spread" and _is_made_of(scene, entry.value, cell, before)
        for entry in record.entries
    )


def _is_cut(scene: Scene, value: nodes.Expression) -> bool:
    """Whether a new list keeps the last few entries only."""
    return any(
        isinstance(node, nodes.Call) and scene.says("cuts", last_name(node.function))
        for node in tree.walk(value)
    )


def _is_made_of(
    scene: Scene,
    value: nodes.Expression,
    cell: Cell | None,
    before: frozenset[Binding],
) -> bool:
    """Whether a new value is made of the old one."""
    return _mentions(scene, value, before) or any(
        cell is not None
        and isinstance(node, nodes.Name | nodes.Member)
        and scene.program.cell(node) == cell
        for node in tree.walk(value)
    )


def _mentions(scene: Scene, node: nodes.Node, before: frozenset[Binding]) -> bool:
    return bool(before) and any(
        isinstance(part, nodes.Name) and scene.program.binding(part) in before
        for part in tree.walk(node)
    )
