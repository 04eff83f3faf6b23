"""Answering: whether an end sends something when a message of some kind comes.

What would run is gone through as in `assuming`: a send on the socket that is reached
there, or one that a function does which is called there, is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.assuming import Course, course
from wsaudit.analysis.messages.dispatches import dispatches_of, handled, open_to
from wsaudit.analysis.messages.truth import Assumed
from wsaudit.analysis.runs import Below, spread
from wsaudit.analysis.triggers import handlers_of
from wsaudit.model import Event, Evidence, Seen
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.cases import DispatchSite
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_TAKES = ("receive", "iterate")


def answered(scene: Scene, socket: Socket, key: str, kind: str) -> Evidence:
    """Whether an end answers a message of a kind under a key; "" for a whole text."""
    found = handled(scene, socket)
    sources = [m.source for site in found.sites for m in site.messages]
    takes = _takes(scene, socket)
    starts = [*handlers_of(scene, socket, Event.MESSAGE), *_around(scene, takes)]
    assumed = Assumed((key,) if key else (), frozenset({*sources, *takes}), kind)
    what = course(scene, dict.fromkeys(starts), assumed)
    for site in found.sites:
        if site.function is not None:
            what.enter(site.function)
    for call in _reached(scene, what, takes):
        if _sends(scene, socket, what, call):
            why = f"`{kind}` is answered by `{scene.text(call.function)}()`"
            return Evidence(Seen.PRESENT, why, scene.place(call))
    if takes and all(_is_dropped(scene, take) for take in takes):
        return Evidence(Seen.ABSENT, "what it receives is dropped")
    sites = [site for site in dispatches_of(scene, socket) if site.path == assumed.path]
    named = next((site for site in sites if kind in site.values), None)
    if named is not None:
        return _silent(scene, what, named, kind)
    if (
        not key
        and found.sites
        and all(m.parsed for s in found.sites for m in s.messages)
    ):
        return Evidence(Seen.ABSENT, "it takes nothing but JSON")
    why = open_to(scene, socket, found)
    return Evidence(
        Seen.UNKNOWN if why else Seen.ABSENT, why or "it has no case for it"
    )


def _silent(scene: Scene, what: Course, site: DispatchSite, kind: str) -> Evidence:
    """What a case comes to that sends nothing itself."""
    bodies = {s for case in site.cases if kind in case.values for s in case.body}
    for call in what.reached:
        if isinstance(call, nodes.Call) and not bodies.isdisjoint(
            tree.within(call, scene.program.parents)
        ):
            name = tree.last_name(call.function)
            quiet = scene.says("quiet", name) or scene.says("logs", name)
            if not quiet and not scene.program.callees(call):
                return Evidence(
                    Seen.UNKNOWN, f"what `{scene.text(call.function)}()` does"
                )
    return Evidence(Seen.ABSENT, "its case for it sends nothing")


def _takes(scene: Scene, socket: Socket) -> list[Node]:
    """Where the messages of a socket are received, one by one or in a loop."""
    loops = [
        node.source
        for function in sorted(socket.unit, key=scene.place)
        for node in tree.own_of(function)
        if isinstance(node, nodes.Loop)
        and node.is_async
        and node.source is not None
        and socket in scene.sockets_of(node.source)
    ]
    return [*(use.call for use in scene.uses_of(socket, *_TAKES)), *loops]


def _around(scene: Scene, takes: list[Node]) -> Iterator[nodes.Function]:
    for take in takes:
        function = scene.program.function_of(take)
        if function is not None:
            yield function


def _reached(scene: Scene, what: Course, takes: list[Node]) -> list[nodes.Call]:
    """The calls that run for the message, not those that come before one is taken."""
    parents = scene.program.parents
    loops = {loop for take in takes for loop in list(tree.loops(take, parents))[:1]}
    loops |= {
        around for take in takes if isinstance(around := parents.get(take), nodes.Loop)
    }
    taking = set(_around(scene, takes))
    calls: dict[bool, list[nodes.Call]] = {True: [], False: []}
    for node in what.reached:
        if isinstance(node, nodes.Call):
            inside = scene.program.function_of(node) not in taking
            inside = inside or not loops.isdisjoint(tree.within(node, parents))
            calls[inside].append(node)
    own = [call for call in calls[True] if scene.program.function_of(call) in taking]
    before = set(_run_by(scene, calls[False])) - set(_run_by(scene, own)) - taking
    return [
        call for call in calls[True] if scene.program.function_of(call) not in before
    ]


def _run_by(scene: Scene, calls: list[nodes.Call]) -> Below:
    return spread(scene, [f for call in calls for f in scene.program.callees(call)])


def _sends(scene: Scene, socket: Socket, what: Course, call: nodes.Call) -> bool:
    use = scene.use(call)
    if use is not None and socket in use.sockets and use.op.means == "send":
        return True
    unseen = [each for each in scene.program.callees(call) if each not in what.entered]
    homes = {
        scene.program.function_of(each.call) for each in scene.uses_of(socket, "send")
    }
    return not homes.isdisjoint(spread(scene, unseen, but=socket.creator))


def _is_dropped(scene: Scene, take: Node) -> bool:
    """Whether nothing becomes of what is received."""
    around = scene.program.parents.get(take)
    while isinstance(around, nodes.Await):
        around = scene.program.parents.get(around)
    if isinstance(around, nodes.Loop):
        return isinstance(around.target, nodes.Name) and around.target.id == "_"
    return isinstance(around, nodes.Expr)
