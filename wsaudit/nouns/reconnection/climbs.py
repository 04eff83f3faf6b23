"""Climbs: from the creation of a socket up to the loop or handler that repeats it.

This is how a Python client comes back: the code that connects is run again, by a loop
around it, after an exception, after the loop that reads has ended, or by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.cells import counting
from wsaudit.analysis.components import given_to, is_component
from wsaudit.analysis.numbers import Setting, entered
from wsaudit.analysis.rounds import rounds
from wsaudit.analysis.runs import below, callers_of
from wsaudit.analysis.triggers import triggers
from wsaudit.flow.conditions import deciding
from wsaudit.flow.ways import breaks_off, left_after
from wsaudit.limits import DEEP, MANY
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.waits import Wait, awaited_before, slept
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.rounds import Path, Round
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

How = Only["loop", "retry", "handler", "after", "again", "callback", "decorator"]
"""What repeats: a loop, a loop that ends with the first success, an exception handler,
what follows the reading, a function that calls itself, what is called when a task is
done, a decorator."""


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """A way up: the calls from the outermost to the creation, and what repeats it.

    ``around`` is the loop, handler, call or decorator. ``survives`` is false for a
    loop that an exception of the connection ends.
    """

    sites: tuple[nodes.Call, ...]
    how: How
    around: Node
    survives: bool = True

    @property
    def reopens(self) -> bool:
        """Whether a lost connection is opened again, not only a failed attempt."""
        return self.how != "retry"


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """All climbs of a socket; ``open_ended`` names a function nobody here calls."""

    climbs: tuple[Climb, ...]
    open_ended: str = ""


def ascent(scene: Scene, socket: Socket) -> Ascent:
    """Everything above the creation of a socket, as far as calls resolve."""
    if socket.creation is None:
        return Ascent(())
    found: list[Climb] = []
    open_ended = ""
    levels: list[tuple[nodes.Call, ...]] = [(socket.creation,)]
    seen: set[nodes.Call] = set()
    while levels and len(seen) < MANY:
        sites = levels.pop(0)
        if sites[0] in seen:
            continue
        seen.add(sites[0])
        found.extend(_climbs(scene, socket, sites))
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
                found.append(Climb((caller, *sites), "again", caller))
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


def _climbs(
    scene: Scene, socket: Socket, sites: tuple[nodes.Call, ...]
) -> Iterator[Climb]:
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
            yield Climb(sites, "loop", loop, _survives(scene, loop, sites))
        elif loop.kind != "in" or counting(loop):
            yield Climb(sites, "retry", loop)
    for region in tree.tries(outer, parents):
        if region.part in {"handler", "final"} and _reads(scene, socket, region):
            yield Climb(sites, "handler", region.handler or region.statement)
    for reading in receive_loops(scene):
        if (
            socket in reading.sockets
            and reading.loop.end <= outer.start
            and scene.program.function_of(reading.loop)
            is scene.program.function_of(outer)
        ):
            yield Climb(sites, "after", reading.loop)
    function = scene.program.function_of(outer)
    definition = parents.get(function) if function is not None else None
    if isinstance(definition, nodes.FunctionDef):
        for decorator in definition.decorators:
            if scene.says("retries", tree.last_name(decorator)):
                yield Climb(sites, "decorator", decorator)


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


# -- what is waited for --------------------------------------------------------------


def ways_of(
    scene: Scene, socket: Socket, climb: Climb
) -> tuple[tuple[tuple[Wait, ...], bool], ...]:
    """What is waited for before the creation runs again, on each way round.

    And whether the way is that of an attempt that came to nothing.
    """
    python = scene.program.module_of(climb.around).language == "python"
    found = (
        rounds(scene, socket, climb.sites, partial(_sleeping, scene, climb))
        if python and climb.how == "loop"
        else ()
    )
    if found:
        return tuple((tuple(_slept(scene, climb, one)), one.failed) for one in found)
    return ((waits_of(scene, climb), False),)


def _setting(scene: Scene, climb: Climb, path: Path) -> Setting:
    """Where the last node of a path is looked at: inside the calls before it."""
    tests = frozenset(
        test for site in climb.sites for test in deciding(scene.program, site)
    )
    setting = Setting(scene, tests=tests)
    for site, inner in pairwise(path):
        function = scene.program.function_of(inner)
        if function is not None and isinstance(site, nodes.Call):
            setting = entered(setting, site, function)
    return setting


def _sleeping(scene: Scene, climb: Climb, path: Path, level: int) -> list[nodes.Call]:
    """The calls beside a node of a path that let time pass."""
    function = scene.program.function_of(path[level])
    setting = _setting(scene, climb, path[: level + 1])
    return [
        call
        for call in (scene.calls_in((function,)) if function is not None else ())
        if next(slept(setting, call), None) is not None
    ]


def _slept(scene: Scene, climb: Climb, one: Round) -> Iterator[Wait]:
    for path, at in one.passed:
        if isinstance(at, nodes.Call):
            yield from slept(_setting(scene, climb, path), at)


def waits_of(scene: Scene, climb: Climb) -> tuple[Wait, ...]:
    """What is waited for before the creation runs again, in order of place."""
    tests = frozenset(
        test for site in climb.sites for test in deciding(scene.program, site)
    )
    setting = Setting(scene, tests=tests)
    found: dict[Node, Wait] = {}
    for index, site in enumerate(climb.sites):
        for wait in (*awaited_before(setting, site), *_in_loops(setting, climb, site)):
            found.setdefault(wait.at, wait)
        following = climb.sites[index + 1 : index + 2]
        function = scene.program.function_of(following[0]) if following else None
        if function is not None:
            setting = entered(setting, site, function)
    return tuple(sorted(found.values(), key=lambda wait: scene.place(wait.at)))


def _in_loops(setting: Setting, climb: Climb, site: nodes.Call) -> Iterator[Wait]:
    """The sleeps of the loops around a call, outside of the session itself."""
    for loop in tree.loops(site, setting.scene.program.parents):
        if loop.source is not site:
            yield from _beside(setting, loop.body, site)
        if loop is climb.around:
            return


def _beside(
    setting: Setting, block: tuple[nodes.Statement, ...], site: nodes.Call
) -> Iterator[Wait]:
    for statement in block:
        if not (statement.start <= site.start and site.end <= statement.end):
            yield from _sleeps(setting, (statement,))
            continue
        match statement:
            case nodes.Try(body=body, handlers=handlers, other=other, final=final):
                yield from _beside(setting, _holding(body, site), site)
                for handler in handlers:
                    inside = _holding(handler.body, site)
                    if inside:
                        yield from _beside(setting, inside, site)
                    yield from _sleeps(setting, handler.body)
                yield from _sleeps(setting, (*other, *final))
            case nodes.With(body=body) | nodes.Block(body=body):
                yield from _beside(setting, _holding(body, site), site)
            case nodes.If(then=then, other=other):
                inside = _holding(then, site) or _holding(other, site)
                yield from _beside(setting, inside, site)
            case _:
                continue


def _holding(
    block: tuple[nodes.Statement, ...], site: Node
) -> tuple[nodes.Statement, ...]:
    """A block from the statement that holds a node on, if one does."""
    return tuple(s for s in block if s.start <= site.start and site.end <= s.end)


def _sleeps(setting: Setting, block: tuple[nodes.Statement, ...]) -> Iterator[Wait]:
    reading = {one.loop for one in receive_loops(setting.scene)}
    for node in tree.own_in(block):
        inside = any(
            around in reading
            for around in tree.within(node, setting.scene.program.parents)
            if around.start >= block[0].start and around.end <= block[-1].end
        )
        if isinstance(node, nodes.Call) and not inside:
            yield from slept(setting, node)
