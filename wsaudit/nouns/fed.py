"""Fed: the client state that messages write, and what becomes of what was there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.feeds import Feed, feeds, message_runs
from wsaudit.analysis.feeds.parts import Path, StatePart, parts
from wsaudit.analysis.feeds.selections import selections
from wsaudit.analysis.feeds.writes import bound_to, hands_out_drafts, write_values
from wsaudit.connections.scene import written
from wsaudit.model.states import (
    Freshness,
    Growth,
    History,
    LastMessage,
    Optimistic,
    Selector,
    StateChange,
    StateWrite,
    Tabs,
    Updater,
)
from wsaudit.nouns.states.changes import changes, told
from wsaudit.nouns.states.copies import copies
from wsaudit.nouns.states.freshness import freshness
from wsaudit.nouns.states.growth import growth
from wsaudit.nouns.states.histories import histories
from wsaudit.nouns.states.lasts import lasts
from wsaudit.nouns.states.losses import losses
from wsaudit.nouns.states.optimism import Local, guarded, overwritten
from wsaudit.nouns.states.selectors import selector
from wsaudit.nouns.states.tabs import tabs
from wsaudit.nouns.states.updaters import updaters
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.model import Connection, Fact
    from wsaudit.syntax.nodes import Node

_NEW = nodes.Record | nodes.Sequence | nodes.Call
MAKES = (
    StateWrite,
    StateChange,
    Selector,
    Updater,
    History,
    Freshness,
    Tabs,
    Growth,
    LastMessage,
)


def find(scene: Scene) -> Iterator[Fact]:
    """The state writes that messages run, and the changes in place beside them."""
    told_of: set[Node] = set()
    for feed in feeds(scene):
        yield _write(scene, feed, told_of)
    seen: set[nodes.Expression] = set()
    for socket, runs in message_runs(scene):
        for change in changes(scene, runs):
            if change.at not in seen:
                seen.add(change.at)
                yield StateChange(
                    at=scene.place(change.at),
                    connections=(socket.fact,),
                    name=_name(scene, change.part),
                    told=told(scene, change),
                )

    yield from updaters(scene)
    yield from freshness(scene)
    yield from tabs(scene)
    yield from growth(scene)
    yield from lasts(scene)
    fed = _fed(scene)
    for state, connections in fed.items():
        yield from histories(scene, state, connections)
    for chosen in selections(scene):
        by = fed.get(chosen.state)
        found = selector(scene, chosen, by) if by else None
        if found is not None:
            yield found


def _fed(scene: Scene) -> dict[Node, tuple[Connection, ...]]:
    """The states that messages write, each with the connections that they come by."""
    found: dict[Node, dict[Connection, None]] = {}
    for feed in feeds(scene):
        if isinstance(feed.write.key, values.Instance):
            found.setdefault(feed.write.key.site, {})[feed.socket.fact] = None
    return {state: tuple(connections) for state, connections in found.items()}


def _write(scene: Scene, feed: Feed, told_of: set[Node]) -> StateWrite:
    """A write; the copies of its state with the first of them."""
    write = feed.write
    state = write.key.site if isinstance(write.key, values.Instance) else None
    first = state is not None and state not in told_of
    if state is not None:
        told_of.add(state)
    local = overwritten(scene, feed)
    return StateWrite(
        at=scene.callee_place(write.call),
        connections=(feed.socket.fact,),
        text=written(write.call.function),
        losses=tuple(losses(scene, write)),
        merges=_merges(scene, feed),
        renews=_renews(scene, feed),
        stored=write.kind == "store",
        copies=copies(scene).get(state, ()) if state is not None and first else (),
        overwrites=_optimistic(scene, feed, local) if local is not None else None,
    )


def _optimistic(scene: Scene, feed: Feed, local: Local) -> Optimistic:
    return Optimistic(
        scene.callee_place(local.call),
        _name(scene, local.part),
        scene.program.name_of(local.function),
        guarded(scene, feed),
    )


def _renews(scene: Scene, feed: Feed) -> bool:
    """Whether a write gives a new array, map or record, or hands out a draft."""
    key = feed.write.key
    if isinstance(key, values.Instance) and hands_out_drafts(scene, key.site):
        return True
    for value in write_values(scene, feed.write):
        entries = value.node.entries if isinstance(value, values.Rec) else ()
        if isinstance(value, values.Seq) or (entries and feed.write.kind != "store"):
            return True
        if any(isinstance(tree.strip(each.value), _NEW) for each in entries):
            return True
    return False


def _merges(scene: Scene, feed: Feed) -> str:
    """How a write keeps the rest of the records that it writes."""
    key = feed.write.key
    if not isinstance(key, values.Instance):
        return ""
    if hands_out_drafts(scene, key.site):
        return "the state is a draft, of which the rest stays"
    whole = ""
    for value in write_values(scene, feed.write):
        entries = value.node.entries if isinstance(value, values.Rec) else ()
        if (entries and feed.write.kind != "store") or any(
            isinstance(tree.strip(entry.value), nodes.Record) for entry in entries
        ):
            whole = "the record that it writes has all that is known of it"
        for node in tree.walk(value.node) if isinstance(value, values.Rec) else ():
            if isinstance(node, nodes.Entry) and node.kind == "spread":
                for one in parts(scene, node.value):
                    name = ".".join(one.path)
                    return (
                        f"`{name or written(node.value)}` is spread, so the rest stays"
                    )
    return whole


def _name(scene: Scene, part: StatePart) -> str:
    """What to call a part of a state."""
    hook = bound_to(scene, part.state)
    return _dotted((*((hook,) if hook else ()), *part.path)) or "the state"


def _dotted(steps: Path) -> str:
    return "".join(
        "[…]" if step == "[]" else f".{step}" if at else step
        for at, step in enumerate(steps)
    )
