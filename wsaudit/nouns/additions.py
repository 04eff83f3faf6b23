"""Additions: what counts again when its message does, and what servers send again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.absence import first
from wsaudit.analysis.components import given_to
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.feeds import Feed, feeds
from wsaudit.analysis.feeds.parts import ANY, StatePart
from wsaudit.analysis.feeds.writes import brings, writes_to
from wsaudit.analysis.messages.assuming import course
from wsaudit.analysis.messages.dispatches import handled
from wsaudit.analysis.messages.truth import Assumed
from wsaudit.analysis.runs import spread
from wsaudit.analysis.triggers import handlers_of, run_after
from wsaudit.connections.capabilities import capability
from wsaudit.model import Event, Evidence, Fact, Seen, Side
from wsaudit.model.ordering import Addition, Replay
from wsaudit.nouns.protocol import said_by
from wsaudit.nouns.reconnection.greetings import before_reading
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.nouns.states.growth import (
    added_to,
    asked_first,
    bound_name,
    given_parts,
    is_part,
)
from wsaudit.nouns.states.optimism import guarded, told_apart
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import key_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

MAKES = (Addition, Replay)

How = Only["list", "several", "sum", "keyed"]


def find(scene: Scene) -> Iterator[Fact]:
    """The states that grow with each message, and what new clients are sent."""
    for socket in scene.sockets:
        if socket.fact.side is Side.SERVER and socket.fact.judged:
            for use in before_reading(scene, socket):
                yield _replay(scene, socket, use)
    told: set[tuple[Node, StatePart]] = set()
    for feed in feeds(scene):
        for part, value in given_parts(scene, feed.write):
            how = _added(scene, value, part)
            if how is not None and (feed.write.call, part) not in told:
                told.add((feed.write.call, part))
                found = _addition(scene, feed, part, value, how)
                if found.kinds or found.rest or brings(scene, value):
                    yield found


# -- servers ---------------------------------------------------------------------------


def _replay(scene: Scene, socket: Socket, use: Use) -> Replay:
    said, _ = said_by(scene, use, socket)
    return Replay(
        at=scene.place(use.call),
        connections=(socket.fact,),
        kinds=frozenset(one.value for one in said),
        single=_of_store(scene, use),
    )


def _of_store(scene: Scene, use: Use) -> bool:
    """Whether a send is done for each thing in a store, and sends that."""
    around = list(tree.loops(use.call, scene.program.parents))
    targets = [loop.target for loop in around if loop.target is not None]
    ends = all(loop.kind == "in" and not loop.is_async for loop in around)
    home = scene.program.function_of(use.call)
    call = given_to(scene.program, home) if home is not None else None
    if call is not None and scene.says("runs-each", tree.last_name(call.function)):
        targets += [one.target for one in home.parameters[:1]] if home else []
    items = {
        scene.program.binding(part)
        for target in targets
        for part in tree.walk(target)
        if isinstance(part, nodes.Name)
    }
    return ends and any(
        isinstance(part, nodes.Name) and scene.program.binding(part) in items
        for argument in use.call.arguments
        for part in tree.walk(argument.value)
    )


# -- clients ---------------------------------------------------------------------------


def _added(scene: Scene, value: nodes.Expression, part: StatePart) -> How | None:
    """How a new value of a part is made of the old one and of a message."""
    match value:
        case nodes.Binary(op="+" | "-", left=left, right=right):
            mine = is_part(scene, left, part) or is_part(scene, right, part)
            return "sum" if mine else None
        case nodes.Sequence(items=items) if added_to(scene, value, part):
            taken = [one.value for one in items if isinstance(one, nodes.Spread)]
            others = [each for each in taken if not is_part(scene, each, part)]
            return "several" if any(brings(scene, e) for e in others) else "list"
        case nodes.Call() if added_to(scene, value, part):
            return "list"
        case nodes.Record(entries=entries):
            named = [each for each in entries if each.kind != "spread"]
            inside = [
                _added(scene, tree.strip(each.value), part.then(key_of(each) or ANY))
                for each in named
            ]
            added = [how for how in inside if how not in {None, "keyed"}]
            keyed = "keyed" in inside or any(key_of(each) is None for each in named)
            return added[0] if added else "keyed" if keyed else None
        case _:
            return None


_KEYED = Evidence(Seen.PRESENT, "it keeps one entry under each key")


def _addition(
    scene: Scene, feed: Feed, part: StatePart, value: nodes.Expression, how: How
) -> Addition:
    socket, call = feed.socket, feed.write.call
    found = handled(scene, socket)
    kinds = {kind for kind in found.values if call in _run_by(scene, socket, kind)}
    return Addition(
        at=scene.callee_place(call),
        connections=(socket.fact,),
        name=part.path[-1] if part.path else bound_name(feed.write),
        how=how,
        once=_KEYED if how == "keyed" else _once(scene, feed, part, value),
        returns=reopening(scene, socket).evidence,
        kinds=frozenset(kinds),
        known=found.values,
        rest=call in _run_by(scene, socket, None),
    )


@asked
def _run_by(scene: Scene, socket: Socket, kind: str | None) -> frozenset[Node]:
    """What runs for a message of a kind, or of none that is known."""
    found = handled(scene, socket)
    events = [
        function
        for attached in scene.handlers(socket, Event.OTHER, Event.MESSAGE)
        if attached.name == kind
        for function in attached.functions
    ]
    if events:
        return frozenset(scene.calls_in(run_after(scene, events)))
    sources = frozenset(m.source for site in found.sites for m in site.messages)
    homes = (site.function for site in found.sites if site.form != "event")
    starts = [*handlers_of(scene, socket, Event.MESSAGE), *filter(None, homes)]
    run = course(scene, starts, Assumed(found.path, sources, kind))
    calls = [node for node in run.reached if isinstance(node, nodes.Call)]
    called = {each for call in calls for each in scene.program.callees(call)}
    aside = spread(scene, scene.in_order(called - run.entered), hows=AT_ONCE)
    return frozenset((*calls, *scene.calls_in(aside)))


def _once(
    scene: Scene, feed: Feed, part: StatePart, value: nodes.Expression
) -> Evidence:
    """Whether a message that comes again, on the next connection, leaves no trace."""
    recovery = capability(scene, feed.socket, "state_recovery")
    if recovery is not None and recovery.seen is Seen.PRESENT:
        return Evidence(Seen.UNKNOWN, "what the library asks to be sent again")
    asks = asked_first(scene, value, part)
    if asks is not None and asks.name not in {"length", "size"}:
        return Evidence(Seen.PRESENT, "it is asked what is there", scene.place(asks))
    told = first(told_apart(scene, feed), _begins_anew(scene, feed.socket, part))
    if told.absent and guarded(scene, feed).present:
        return Evidence(Seen.UNKNOWN, "whether what is compared tells copies apart")
    return told


def _begins_anew(scene: Scene, socket: Socket, part: StatePart) -> Evidence:
    """Whether a part is given a value of its own as the connection ends or opens."""
    ends = handlers_of(scene, socket, Event.OPEN, Event.CLOSE, Event.ERROR)
    starts = [*ends, *([socket.creator] if socket.creator is not None else [])]
    run = spread(scene, starts, hows=AT_ONCE)
    for write in writes_to(scene, part.state):
        if scene.program.function_of(write.call) in run:
            for given, value in given_parts(scene, write):
                anew = given.meets(part) and _added(scene, value, part) is None
                if anew and not is_part(scene, value, part):
                    why = f"`{part.path[-1] if part.path else 'it'}` begins anew"
                    return Evidence(Seen.PRESENT, why, scene.place(write.call))
    return Evidence(Seen.ABSENT)
