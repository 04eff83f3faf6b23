"""Intents: whether the way back learns that a connection was closed on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.absence import first
from wsaudit.analysis.cells import kept_in, writes
from wsaudit.analysis.edges import RUN, TIMED
from wsaudit.analysis.lifecycle import closing, endings, unmounting
from wsaudit.analysis.outcomes import comes_out
from wsaudit.analysis.runs import below, spread
from wsaudit.analysis.triggers import after, listeners, mounts, triggers
from wsaudit.connections.origins import argument_of
from wsaudit.flow.conditions import Known, atoms, known
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import STEPS
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.reconnection import Intent
from wsaudit.nouns.reconnection.bycode import Closed, holds
from wsaudit.nouns.reconnection.closes import head_of
from wsaudit.nouns.reconnection.reasons import whys
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import folding, tree
from wsaudit.program.asked import asked
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.runs import Below
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.reopening import Reopening
    from wsaudit.nouns.reconnection.routes import Route
    from wsaudit.program.cells import Cell
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

_NONE_SENT = (1005, 1000)
"""What may arrive after a close without a code."""
_ORDER = (Seen.ABSENT, Seen.UNKNOWN, Seen.PRESENT)


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """A close on purpose, and the functions that run for it."""

    scene: Scene
    socket: Socket
    close: nodes.Call
    run: Below
    unmounts: bool


def intent(scene: Scene, socket: Socket, found: Reopening) -> Intent | None:
    """The close on purpose that the ways back are told least of; None without one."""
    if found.library or not found.evidence.present:
        return None
    told = [
        Intent(at, scene.callee_place(end.close), evidence, unmounts=end.unmounts)
        for end in _ends(scene, socket)
        for at, evidence in _ways(end, found)
    ]
    return min(told, key=lambda one: _ORDER.index(one.told.seen), default=None)


def untold(scene: Scene, socket: Socket) -> tuple[Route, ...]:
    """The ways back that a close on purpose leads to, since they are not told of it."""
    found = reopening(scene, socket)
    if found.library or not found.evidence.present:
        return ()
    return tuple(
        route
        for end in _ends(scene, socket)
        for route in _from_close(end, found)
        if _told(end, route).absent
    )


def _ends(scene: Scene, socket: Socket) -> Iterator[_End]:
    """The closes that mean it: nothing connects again with them, and the page stays."""
    mounted = mounts(scene, socket)
    unmounted = unmounting(scene, mounted)
    events = {f for one in listeners(scene) for f in scene.functions_of(one.given)}
    for function in endings(scene, socket, mounted):
        close = closing(scene, socket, function)
        if (
            close is None
            or function in events
            or not _related(scene, close, socket)
            or (function not in unmounted and _watches(scene, function))
            or socket.creator in spread(scene, (function,), hows=RUN)
            or is_test_path(scene.place(function).path)
            or _does_again(scene, function, close)
        ):
            continue
        callers = map(scene.program.function_of, scene.program.callers(function))
        with_it = [function, *(one for one in callers if one is not None)]
        unmounts = function in unmounted
        run = spread(scene, (*with_it, *unmounted) if unmounts else with_it)
        yield _End(scene, socket, close, run, unmounts)


def _watches(scene: Scene, function: nodes.Function) -> bool:
    """Whether a timer runs what closes: a watchdog, which wants the way back."""
    return any(one.kind in TIMED for one in triggers(scene, function))


def _related(scene: Scene, close: nodes.Call, socket: Socket) -> bool:
    """Whether a close is of what opens, not of another class with the same base."""
    closing_class = scene.program.class_around(close)
    opening = scene.program.class_around(socket.site)
    if closing_class is None or opening is None:
        return True
    lineage = scene.program.classes.lineage
    return closing_class in lineage(opening) or opening in lineage(closing_class)


def _does_again(scene: Scene, function: nodes.Function, close: nodes.Call) -> bool:
    """Whether what closes is called after what comes next: `reconnect`."""
    return any(
        scene.dialects.sounds("does-again", scene.program.name_of(each) or "")
        for each in (function, scene.program.function_of(close))
        if each is not None
    )


def _ways(end: _End, found: Reopening) -> Iterator[tuple[Place, Evidence]]:
    """Each way back from the close event, or round a loop, and whether it is told."""
    scene = end.scene
    for route in _from_close(end, found):
        yield head_of(scene, route.around), _told(end, route)
    for route in found.routes:
        loop = route.around
        if route.reopens and route.survives and isinstance(loop, nodes.Loop):
            at = scene.line_head(loop, loop.body[0].start)
            told = _round(end, loop, route.sites)
            yield at, first(*told, _cancelled(end), _moves(end))


def _from_close(end: _End, found: Reopening) -> Iterator[Route]:
    """The ways back from the close event; what is unmounted heeds no state."""
    for route in found.routes:
        ignored = end.unmounts and route.has("state")
        if route.event is Event.CLOSE and not ignored:
            yield route


def _told(end: _End, route: Route) -> Evidence:
    """Whether a way back learns of the end."""
    tests = [one for site in route.sites for one in known(end.scene.program, site)]
    told = [_asks(end, one.test, one) for one in tests]
    return first(*told, _taken_off(end), _moves(end))


def _taken_off(end: _End) -> Evidence | None:
    """Whether the end detaches or replaces the handler of the close."""
    scene = end.scene
    changed: list[Node] = [
        one.at for one in end.socket.attached if one.event is Event.CLOSE
    ]
    changed += [use.call for use in scene.uses_of(end.socket, "unlisten")]
    for node in changed:
        if scene.program.function_of(node) in end.run:
            why = "the handler is taken off"
            return Evidence(Seen.PRESENT, why, scene.place(node))
    return None


def _moves(end: _End) -> Evidence | None:
    """Whether the end changes the address, perhaps to come back to the other one."""
    scene, url = end.scene, end.socket.url
    for part in _parts(scene, url, 0) if url is not None else ():
        if not isinstance(part, nodes.Name | nodes.Member):
            continue
        cell = scene.program.cell(part)
        for write in writes(scene, cell) if cell is not None else ():
            if write.function in end.run and not write.first:
                why = "whether it is closed in order to open another address"
                return Evidence(Seen.UNKNOWN, why, scene.place(write.node))
    return None


def _cancelled(end: _End) -> Evidence | None:
    for call in end.scene.calls_in(end.run):
        if tree.last_name(call.function).startswith("cancel"):
            why = "the task is cancelled"
            return Evidence(Seen.PRESENT, why, end.scene.place(call))
    return None


def _round(
    end: _End, loop: nodes.Loop, sites: tuple[nodes.Call, ...]
) -> Iterator[Evidence | None]:
    """What the tests of a loop ask, and of what it runs; and what else may leave it."""
    runner = end.scene.program.function_of(sites[-1])
    inside = below(end.scene, runner) if runner is not None else ()
    tested = list(tree.walk(loop))
    tested += [node for function in inside for node in tree.own_of(function)]
    for node in tested:
        if isinstance(node, nodes.If | nodes.Loop) and node.test is not None:
            yield from (_asks(end, test, None) for test in atoms(node.test))
        elif isinstance(node, nodes.Handler) and breaks_off(
            end.scene.program, node.body, loop=True
        ):
            why = "which ends of a connection leave the loop"
            yield Evidence(Seen.UNKNOWN, why, end.scene.place(node))


# -- what a test asks ----------------------------------------------------------------


def _asks(end: _End, test: Node, outcome: Known | None) -> Evidence | None:
    """Whether a test on the way back asks what an end has done.

    ``outcome`` is how it comes out on this way, where that is known.
    """
    scene = end.scene
    switch = scene.program.parents.get(test) if isinstance(test, nodes.Case) else None
    whole = switch.subject if isinstance(switch, nodes.Switch) else test
    found: list[Evidence | None] = []
    for part in _parts(scene, whole, 0):
        if isinstance(part, nodes.Name | nodes.Member):
            code = tree.last_name(part) in whys(scene)
            of_code = _of_code(end, outcome) if code else None
            if of_code is not None and not of_code.present:
                return of_code
            found.append(of_code or _of_cell(end, part, outcome))
        elif isinstance(part, nodes.Call) and not (
            scene.program.callees(part)
            or scene.use(part)
            or scene.says("impartial", tree.dotted(part.function).split(".")[0])
        ):
            why = f"what `{scene.text(part.function)}()` tells"
            found.append(Evidence(Seen.UNKNOWN, why, scene.place(part)))
    return first(*found)


def _parts(scene: Scene, node: Node, depth: int) -> Iterator[Node]:
    """What a test is made of, also by another name and in what it calls."""
    for part in tree.walk(node):
        yield part
        if depth >= STEPS:
            continue
        if isinstance(part, nodes.Call):
            for function in scene.program.callees(part):
                for inner in tree.own_of(function):
                    if isinstance(inner, nodes.Return | nodes.If):
                        yield from _parts(scene, inner, depth + 1)
        value = _named_value(scene, part) if isinstance(part, nodes.Name) else None
        if value is not None:
            yield from _parts(scene, value, depth + 1)


def _named_value(scene: Scene, name: nodes.Name) -> nodes.Expression | None:
    """What a name stands for; nothing where a call gave it before the way begins."""
    binding = scene.program.binding(name)
    if binding is None or not binding.constant:
        return None
    value = binding.writes[0].value
    called = isinstance(value, nodes.Call | nodes.Await)
    here = value is not None and (
        scene.program.function_of(value) is scene.program.function_of(name)
    )
    return value if here or not (called or isinstance(value, nodes.Function)) else None


def _of_code(end: _End, outcome: Known | None) -> Evidence | None:
    """Whether the code that the end closes with comes out otherwise in a test."""
    if outcome is None:
        return Evidence(Seen.PRESENT, "it asks for the reason of the close")
    scene = end.scene
    use = scene.use(end.close)
    given = argument_of(end.close, use.op.code if use else 0, "code")
    code = folding.fold_number(scene.program, given) if given is not None else None
    codes = _NONE_SENT if given is None else () if code is None else (int(code),)
    same = [
        holds(Closed(scene, end.socket, each), outcome.test) is outcome.holds
        for each in codes
    ]
    if same and all(same):
        return Evidence(Seen.ABSENT)
    if same[:1] == [True]:
        return Evidence(Seen.UNKNOWN, "which code arrives after a close without one")
    at = scene.place(outcome.test)
    return Evidence(Seen.PRESENT, "it asks for the reason of the close", at)


def _of_cell(
    end: _End, part: nodes.Name | nodes.Member, outcome: Known | None
) -> Evidence | None:
    """Whether the end writes what a test reads, so that it comes out otherwise."""
    scene = end.scene
    cell = scene.program.cell(part)
    if cell is None:
        return None
    at = scene.place(part)
    back = after(scene, end.socket, *Event)
    elsewhere = False
    for write in writes(scene, cell):
        if write.first or not _turns(scene, outcome, cell, write.value):
            continue
        if write.function in end.run:
            why = f"it tests `{scene.text(part)}`, which the end writes"
            return Evidence(Seen.PRESENT, why, at)
        elsewhere = elsewhere or write.function not in back
    if cell not in kept_in(scene, end.socket.creation):
        if cell in _called_on(scene, end):
            why = f"it tests `{scene.text(part)}`, which the end changes"
            return Evidence(Seen.PRESENT, why, at)
        if elsewhere:
            why = f"whether `{scene.text(part)}` is written before the close"
            return Evidence(Seen.UNKNOWN, why, at)
    return None


@asked
def _called_on(scene: Scene, end: _End) -> frozenset[Cell | None]:
    """The cells of what an end calls methods of."""
    return frozenset(
        scene.program.cell(call.function.object)
        for call in scene.calls_in(end.run)
        if isinstance(call.function, nodes.Member)
    )


def _turns(
    scene: Scene, outcome: Known | None, cell: Cell, value: nodes.Expression | None
) -> bool:
    """Whether a test may come out otherwise once a cell has been given a value.

    A count that the end sets back lets the next attempts through.
    """
    so = comes_out(scene, outcome, cell, value) if outcome is not None else False
    begins = value is not None and folding.fold_number(scene.program, value) == 0
    return so is False or (so is None and not begins)
