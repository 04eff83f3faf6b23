"""Histories: what can be undone, and whether what messages bring is part of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import puts
from wsaudit.analysis.feeds import feeds, message_runs
from wsaudit.analysis.feeds.parts import StatePart, parts
from wsaudit.analysis.feeds.writes import makers, writes_to, written_entries
from wsaudit.model import Connection, Evidence, Seen
from wsaudit.model.states import History
from wsaudit.program import tree, values
from wsaudit.program.cells import Cell
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_ABSENT = Evidence(Seen.ABSENT)


def histories(
    scene: Scene, state: Node, connections: tuple[Connection, ...]
) -> Iterator[History]:
    """The histories over the parts of a state that messages write."""
    fed = {
        part
        for feed in feeds(scene)
        for part, _ in written_entries(scene, feed.write)
        if part.state is state
    }
    yield from _by_library(scene, state, fed, connections)
    yield from _by_hand(scene, state, fed, connections)


# -- the history of a library ----------------------------------------------------------


def _by_library(
    scene: Scene, state: Node, fed: set[StatePart], connections: tuple[Connection, ...]
) -> Iterator[History]:
    for call in makers(state):
        word = scene.word("keeps-history", call)
        if word is None:
            continue
        names = {part.path[0] for part in fed if part.path}
        options = call.arguments[(word.takes or 1) :]
        kept = _kept(scene, options[0].value, word.group) if options else None
        left = names if kept is None else names & kept
        spared = _paused(scene) or _ABSENT
        if not left and names:
            why = f"`{word.group}` leaves out what messages write"
            spared = Evidence(Seen.PRESENT, why)
        if names:
            yield History(
                at=scene.callee_place(call),
                connections=connections,
                names=tuple(sorted(left or names)),
                spared=spared,
            )


def _kept(scene: Scene, options: nodes.Expression, name: str) -> set[str] | None:
    """The keys that an option lets into a history; None where it lets in all."""
    found: set[str] | None = None
    for value in scene.program.values(options):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            if tree.key_of(entry) == name:
                found = set()
                for function in scene.functions_of(entry.value):
                    for result in scene.program.results(function):
                        if isinstance(result, values.Rec):
                            keys = map(tree.key_of, result.node.entries)
                            found.update(key for key in keys if key is not None)
    return found


def _paused(scene: Scene) -> Evidence | None:
    """Whether the code of messages keeps what it writes out of a history."""
    for _, runs in message_runs(scene):
        for call in scene.calls_in(runs):
            name = last_name(call.function)
            if scene.dialects.speaks("suspends-history", name):
                why = f"`{name}()` keeps it out of the history"
                return Evidence(Seen.PRESENT, why, scene.place(call))
    return None


# -- a history of one's own ------------------------------------------------------------


def _by_hand(
    scene: Scene, state: Node, fed: set[StatePart], connections: tuple[Connection, ...]
) -> Iterator[History]:
    """A write that puts back what a container got of that very part before."""
    by_messages = {feed.write.call for feed in feeds(scene)}
    for write in writes_to(scene, state):
        if write.call in by_messages:
            continue
        for part, value in written_entries(scene, write):
            if value is None or not any(part.meets(other) for other in fed):
                continue
            kept_in = _history_of(scene, part, value)
            if kept_in is not None:
                name = part.path[0] if part.path else "the state"
                yield History(
                    at=scene.callee_place(write.call),
                    connections=connections,
                    names=(name,),
                    spared=_emptied(scene, kept_in) or _paused(scene) or _ABSENT,
                )


def _history_of(
    scene: Scene, part: StatePart, value: nodes.Expression
) -> StatePart | Cell | None:
    """Where a value comes from that was a part of the state at another time."""
    for one in parts(scene, value):
        store = StatePart(one.state, one.path[:1])
        if one.path[1:] and not store.meets(part) and _holds(scene, store, part):
            return store
    cell = scene.program.cell(value)
    if cell is None or cell.kind != "content":
        return None
    container = cell.container
    put = [change.value for change in puts(scene, container) if change.value]
    return container if any(_is_of(scene, each, part) for each in put) else None


def _holds(scene: Scene, store: StatePart, part: StatePart) -> bool:
    """Whether a slot is given a list with what another part of the state is."""
    return any(
        other == store and value is not None and _is_of(scene, value, part)
        for write in writes_to(scene, store.state)
        for other, value in written_entries(scene, write)
    )


def _is_of(scene: Scene, value: nodes.Expression, part: StatePart) -> bool:
    """Whether a part of a state stands in a value, itself or in a copy."""
    return any(
        one.meets(part) and len(one.path) <= len(part.path)
        for node in tree.walk(value)
        if isinstance(node, nodes.Name | nodes.Member)
        for one in parts(scene, node)
    )


def _emptied(scene: Scene, kept_in: StatePart | Cell) -> Evidence | None:
    """Whether messages empty a history, or change what is in it."""
    why = "messages change the history as well"
    for feed in feeds(scene):
        for part, _ in written_entries(scene, feed.write):
            if isinstance(kept_in, StatePart) and part.meets(kept_in):
                return Evidence(Seen.PRESENT, why, scene.place(feed.write.call))
    for _, runs in message_runs(scene) if isinstance(kept_in, Cell) else ():
        for function in scene.in_order(runs):
            for node in tree.own_of(function):
                if isinstance(node, nodes.Name) and scene.program.cell(node) == kept_in:
                    return Evidence(Seen.PRESENT, why, scene.place(node))
    return None
