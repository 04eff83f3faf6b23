"""Climbs: from the creation of a socket up to the loop or handler that repeats it.

This is how a Python client comes back: the code that connects is run again, by a loop
around it, after an exception, after the loop that reads has ended, or by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import counting
from wsaudit.analysis.components import given_to, is_component
from wsaudit.analysis.runs import below, callers_of
from wsaudit.analysis.triggers import triggers
from wsaudit.flow.ways import breaks_off, left_after
from wsaudit.limits import DEEP, MANY
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.routes import How, Route
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """The routes above a socket; ``open_ended`` names a function nobody here calls."""

    routes: tuple[Route, ...]
    open_ended: str = ""


def ascent(scene: Scene, socket: Socket) -> Ascent:
    """Everything above the creation of a socket, as far as calls resolve."""
    if socket.creation is None:
        return Ascent(())
    found: list[Route] = []
    open_ended = ""
    levels: list[tuple[nodes.Call, ...]] = [(socket.creation,)]
    seen: set[nodes.Call] = set()
    while levels and len(seen) < MANY:
        sites = levels.pop(0)
        if sites[0] in seen:
            continue
        seen.add(sites[0])
        found.extend(_repeating(scene, socket, sites))
        function = scene.program.function_of(sites[0])
        if function is None or len(sites) > DEEP or _begins(scene, function):
            continue
        callers = callers_of(scene, function)
        if not callers and not triggers(scene, function):
            open_ended = open_ended or scene.program.name_of(function) or "a function"
        inside = {scene.program.function_of(site) for site in sites}
        for caller in callers:
            above = scene.program.function_of(caller)
            if above in inside:
                found.append(_route(scene, (caller, *sites), "again", caller))
            else:
                levels.append((caller, *sites))
    return Ascent(tuple(found), open_ended)


def _begins(scene: Scene, function: nodes.Function) -> bool:
    """Whether a framework runs a function: an effect, a component, a lifecycle."""
    if scene.program.module_of(function).language == "python":
        return False
    if scene.program.name_of(function) in scene.dialects.spoken(
        "begins-life"
    ) or is_component(scene, function):
        return True
    call = given_to(scene.program, function)
    return call is not None and scene.word("effect", call) is not None


def _route(
    scene: Scene,
    sites: tuple[nodes.Call, ...],
    how: How,
    around: Node,
    *,
    survives: bool = True,
) -> Route:
    homes = (scene.program.function_of(site) for site in sites[1:])
    entered = tuple(home for home in homes if home is not None)
    return Route(sites, entered, how, around, survives)


def _repeating(
    scene: Scene, socket: Socket, sites: tuple[nodes.Call, ...]
) -> Iterator[Route]:
    """What repeats the outermost of some calls, where it stands."""
    outer = sites[0]
    parents = scene.program.parents
    for loop in tree.loops(outer, parents):
        if loop.source is outer or _drains(scene, loop):
            continue
        if (
            _endless(loop)
            and not left_after(scene.program, outer, loop)
            and not _until_connected(scene, loop, socket)
        ):
            survives = _survives(scene, loop, sites)
            yield _route(scene, sites, "loop", loop, survives=survives)
        elif loop.kind != "in" or counting(loop):
            yield _route(scene, sites, "retry", loop)
    for region in tree.tries(outer, parents):
        if region.part in {"handler", "final"} and _reads(scene, socket, region):
            handler = region.handler or region.statement
            yield _route(scene, sites, "handler", handler)
    for reading in receive_loops(scene):
        if (
            socket in reading.sockets
            and reading.loop.end <= outer.start
            and scene.program.function_of(reading.loop)
            is scene.program.function_of(outer)
        ):
            yield _route(scene, sites, "after", reading.loop)
    function = scene.program.function_of(outer)
    definition = parents.get(function) if function is not None else None
    if isinstance(definition, nodes.FunctionDef):
        for decorator in definition.decorators:
            if scene.says("retries", tree.last_name(decorator)):
                yield _route(scene, sites, "decorator", decorator)


def _endless(loop: nodes.Loop) -> bool:
    """A loop that is there to go round, not to go through something."""
    return loop.kind in {"while", "do", "for"} or counting(loop) == "count"


def _drains(scene: Scene, loop: nodes.Loop) -> bool:
    """``while (queue.length > 0)``: it goes through what waits, once each."""
    return loop.test is not None and any(
        (isinstance(part, nodes.Member) and scene.says("sizes", part.name))
        or (
            isinstance(part, nodes.Call)
            and scene.says("counts", tree.last_name(part.function))
        )
        for part in tree.walk(loop.test)
    )


def _until_connected(scene: Scene, loop: nodes.Loop, socket: Socket) -> bool:
    """``while self.socket is None``: the loop is over once there is a connection."""
    return loop.test is not None and any(
        isinstance(part, nodes.Name | nodes.Member) and socket in scene.sockets_of(part)
        for part in tree.walk(loop.test)
    )


def _survives(scene: Scene, loop: nodes.Loop, sites: tuple[nodes.Call, ...]) -> bool:
    """Whether an exception on the way leaves the loop going.

    In JavaScript the end of a connection is an event and no exception.
    """
    if scene.program.module_of(loop).language != "python":
        return True
    for index, site in enumerate(sites):
        for region in tree.tries(site, scene.program.parents):
            if region.part != "body" or (
                index == 0 and region.statement.end > loop.end
            ):
                continue
            stays = index == 0
            for handler in region.statement.handlers:
                left = breaks_off(scene.program, handler.body, loop=stays)
                if not left or (not stays and not _raises(handler)):
                    return True
    return False


def _raises(handler: nodes.Handler) -> bool:
    return any(isinstance(node, nodes.Raise) for node in tree.own_in(handler.body))


def _reads(scene: Scene, socket: Socket, region: tree.Region) -> bool:
    """Whether the body of a ``try`` is where the connection is used."""
    body = region.statement.body
    uses = {use.call for use in socket.uses if use.op.means in {"receive", "iterate"}}
    loops = {one.loop for one in receive_loops(scene) if socket in one.sockets}
    for node in tree.own_in(body):
        if node in uses or node in loops:
            return True
        if isinstance(node, nodes.Call):
            for callee in scene.program.callees(node):
                inner = below(scene, callee)
                if any(scene.program.function_of(one) in inner for one in uses | loops):
                    return True
    return False
