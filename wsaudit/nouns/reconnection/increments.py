"""Increments: state that messages change step by step, so that a missed one is missed.

A message that replaces a whole state mends whatever was missed before it; one that is
added to a list, or changes one entry of it, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import reads
from wsaudit.analysis.feeds import message_runs
from wsaudit.analysis.feeds.parts import ANY, StatePart, parts
from wsaudit.analysis.feeds.writes import bound_to, written_values
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import meant, returned
from wsaudit.analysis.runs import Below
from wsaudit.analysis.states import (
    StateWrite,
    reducers_of,
    writes_in,
    written_cells,
)
from wsaudit.nouns.states.changes import changed_in, changes
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What the messages of a socket do to the client's state.

    ``name`` is what the code calls the first state of which a ``write`` keeps the rest,
    ``others`` says why it is not known whether some do. ``passing`` is the name of a
    state that is added to, and that nobody misses parts of.
    """

    name: str
    write: nodes.Call | None
    others: str
    passing: str


def written(scene: Scene, socket: Socket) -> Written | None:
    """The writes of state that messages of a socket lead to, None without any."""
    names: dict[str, nodes.Call] = {}
    others, found = "", False
    run = dict(message_runs(scene))[socket]
    for write in writes_in(scene, run):
        reducers = reducers_of(scene, write)
        query = write.kind == "query"
        if not query and not _of_message(scene, write):
            continue
        found = True
        if query or (write.kind in {"dispatch", "reducer"} and not reducers):
            others = others or "what reducers or queries make of messages"
            continue
        kept = (*_altered(scene, write, reducers), *_kept(scene, write, reducers))
        names.update((_called(scene, part), write.call) for part in kept)
        others = others or _made_of_itself(scene, write, run)
    if not found:
        return None
    passing = [name for name in names if scene.dialects.sounds("soon-over", name)]
    lasting = [each for each in names.items() if each[0] not in passing]
    name, call = min(lasting, key=lambda one: scene.place(one[1]), default=("", None))
    return Written(name, call, others, next(iter(passing), ""))


def _made_of_itself(scene: Scene, write: StateWrite, run: Below) -> str:
    """Whether what runs for a message looks at the state that it then replaces.

    Of the last few entries that are kept of a list nobody misses one for long.
    """
    looked = {
        (one.state, *one.path[:1])
        for function in run
        for node in tree.own_of(function)
        if isinstance(node, nodes.Name | nodes.Member)
        for one in parts(scene, node)
    }
    cut = {
        (part.state, *part.path[:1])
        for part, new in written_values(scene, write)
        if _is_cut(scene, new)
    }
    for cell, _ in written_cells(scene, write):
        if (cell.owner, cell.name) in cut:
            continue
        read = any(
            scene.program.function_of(each) in run for each in reads(scene, cell)
        )
        if read or (cell.owner, cell.name) in looked:
            return f"how the new `{cell.name}` is made of the one before"
    return ""


def _of_message(scene: Scene, write: StateWrite) -> bool:
    """Whether a message has a part in what is written, as far as names tell."""
    told = carriers(scene)
    given = (value for _, value in written_values(scene, write))
    passed = (argument.value for argument in write.call.arguments)
    return any(map(told.carries, (*passed, *given)))


# -- what is kept ----------------------------------------------------------------------


def _altered(
    scene: Scene, write: StateWrite, reducers: tuple[nodes.Function, ...]
) -> Iterator[StatePart]:
    """The parts of which an updater or reducer changes one entry, in place.

    A part that is replaced whole is not among them.
    """
    updaters = scene.functions_of(write.value) if write.value is not None else ()
    inner = [
        node
        for function in (*updaters, *reducers)
        for node in tree.walk(function)
        if isinstance(node, nodes.Function)
    ]
    for change in changes(scene, inner):
        call = change.by if isinstance(change.by, nodes.Call) else None
        steps = call is not None and _steps(scene, last_name(call.function))
        if steps or ANY in change.part.path:
            yield change.part
    for call in scene.calls_in(inner):
        if scene.says("alters-entities", last_name(call.function)):
            for argument in call.arguments:
                yield from parts(scene, argument.value)


def _steps(scene: Scene, name: str) -> bool:
    return scene.says("adds", name) or scene.says("removes", name)


def _kept(
    scene: Scene, write: StateWrite, reducers: tuple[nodes.Function, ...]
) -> Iterator[StatePart]:
    """The parts of which a write keeps entries, beside those of a message."""
    given = [*written_values(scene, write)]
    for function in reducers:
        for parameter in function.parameters[:1]:
            before = parts(scene, parameter.target)
            given += [(part, new) for part in before for new in returned(function)]
    for part, _ in given:
        news = [new for other, new in given if other == part]
        if any(_is_cut(scene, new) for new in news) or _is_tail(scene, part, news):
            continue
        if any(_adds(scene, new, part) or _copies(scene, new, part) for new in news):
            yield part


def _called(scene: Scene, part: StatePart) -> str:
    """What the code calls a part of a state, down to the list or map that it is in."""
    path = part.path[: part.path.index(ANY)] if ANY in part.path else part.path
    bind = scene.program.parents.get(part.state)
    made = last_name(bind.target) if isinstance(bind, nodes.Bind) else "the state"
    return path[-1] if path else bound_to(scene, part.state) or made


def _is_tail(scene: Scene, part: StatePart, news: list[nodes.Expression]) -> bool:
    """Whether a list is one of lines of text, of which old ones matter less."""
    parsed = any(
        message.parsed
        for new in news
        for node in tree.walk(new)
        if isinstance(node, nodes.Name | nodes.Member)
        for message in messages(scene, node)
    )
    return scene.dialects.sounds("lines", _called(scene, part)) and not parsed


def _copies(scene: Scene, new: nodes.Expression, part: StatePart) -> bool:
    """``const next = { ...old }; next[id] = x; return next``."""
    value = meant(scene.program, new)
    function = scene.program.function_of(new)
    if value is None or function is None or not _is_made_of(scene, value, part):
        return False
    wanted = scene.program.cell(tree.strip(new))
    return any(
        scene.program.cell(at.object if isinstance(at, nodes.Index) else at) == wanted
        for node in tree.walk(function)
        for at in changed_in(scene, node)
    )


def _adds(scene: Scene, new: nodes.Expression, part: StatePart) -> bool:
    """Whether a new value keeps entries of the old one, beside those of a message.

    ``{ ...old, name: x }`` replaces one field for good; ``{ ...old, [id]: x }`` one of
    many.
    """
    inner = tree.strip(meant(scene.program, new) or new)
    if not isinstance(inner, nodes.Record):
        return _is_made_of(scene, inner, part)
    spread = any(
        entry.kind == "spread" and _is_made_of(scene, entry.value, part)
        for entry in inner.entries
    )
    return any(
        (spread and tree.key_of(entry) is None) or _adds(scene, entry.value, part)
        for entry in inner.entries
        if entry.kind != "spread"
    )


def _is_cut(scene: Scene, value: nodes.Expression) -> bool:
    """Whether a new list keeps the last few entries only."""
    return any(
        isinstance(node, nodes.Call) and scene.says("cuts", last_name(node.function))
        for node in tree.walk(value)
    )


def _is_made_of(scene: Scene, value: Node, part: StatePart) -> bool:
    """Whether a new value is made of the old one."""
    if isinstance(value, nodes.Name | nodes.Member | nodes.Index | nodes.Call):
        found = parts(scene, value)
        if found:
            return any(one.meets(part) for one in found)
    return any(_is_made_of(scene, each, part) for each in tree.children(value))
