"""Ending: whether what a connection runs beside itself is over when it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from wsaudit.analysis.coverage import waits
from wsaudit.analysis.destinations import goes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.paths import Path, chains, paths
from wsaudit.analysis.runs import spread
from wsaudit.analysis.sessions import Leaving, failing, gone, missed
from wsaudit.analysis.triggers import handlers_of
from wsaudit.flow.ways import Start, exits, leads
from wsaudit.model import Event, Evidence, Seen, Side
from wsaudit.model.lifecycle import WayOut
from wsaudit.model.tasks import Ending
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_NAMED = re.compile(r"cancel\w|stop|clean|shut|finish|terminate|dispose", re.IGNORECASE)


def ending(scene: Scene, task: nodes.Call, home: nodes.Function) -> Ending | None:
    """What ends a task that uses a server's socket; None where it uses none."""
    for socket in scene.sockets:
        if socket.fact.side is Side.SERVER and home in socket.unit:
            found = list(_using(scene, socket, task))
            if found:
                return _ending(scene, socket, task, home, found)
    return None


def _using(scene: Scene, socket: Socket, task: nodes.Call) -> Iterator[Path]:
    """How the coroutine of a task gets to what it does with a socket."""
    work = tree.strip(task.arguments[0].value)
    for callee in scene.program.callees(work) if isinstance(work, nodes.Call) else ():
        for use in socket.uses:
            yield from paths(scene, callee, use.call, hows=AT_ONCE)


def _ending(
    scene: Scene,
    socket: Socket,
    task: nodes.Call,
    home: nodes.Function,
    found: list[Path],
) -> Ending:
    uses = [scene.use(path.goal) for path in found if isinstance(path.goal, nodes.Call)]
    if any(use and use.op.means in {"receive", "iterate"} for use in uses):
        return Ending(Evidence(Seen.PRESENT, "it meets the end of the connection"))
    sure, maybe = _stops(scene, task, home)
    if _at_close(scene, socket, sure):
        return Ending(Evidence(Seen.PRESENT, "it is cancelled when the socket closes"))
    here = _in(scene, home, sure)
    lacks = _missed(scene, socket, task, home, here)
    if not lacks:
        return Ending(Evidence(Seen.PRESENT, "it is over on every way out"))
    if sure and not here:
        return Ending(Evidence(Seen.UNKNOWN, "when it is cancelled elsewhere"))
    out, at = next(iter(lacks.items()))
    wider = here | _in(scene, home, maybe)
    if maybe and out not in _missed(scene, socket, task, home, wider):
        return Ending(Evidence(Seen.UNKNOWN, "what is cancelled on the way out"))
    if _handed(scene, task):
        return Ending(Evidence(Seen.UNKNOWN, "what becomes of it where it is handed"))
    if not any(_endless(scene, path) for path in found):
        return Ending(Evidence(Seen.UNKNOWN, "how long it runs by itself"))
    first = None if at is task else scene.place(at)
    return Ending(Evidence(Seen.ABSENT, at=first), out if here else None)


def _endless(scene: Scene, path: Path) -> bool:
    """Whether the socket is used in a loop that only an exception leaves."""
    for node in path.nodes:
        for loop in tree.loops(node, scene.program.parents):
            test = folding.fold(scene.program, loop.test) if loop.test else None
            inside = (
                each
                for each in exits(scene.program, loop)
                if all(
                    region.part != "handler"
                    for region in tree.tries(each, scene.program.parents)
                )
            )
            if loop.kind == "while" and test and test.value and not any(inside):
                return True
    return False


# -- what ends a task ----------------------------------------------------------------


def _stops(
    scene: Scene, task: nodes.Call, home: nodes.Function
) -> tuple[set[Node], set[Node]]:
    """What cancels a task or waits until it is over, and what may be doing so."""
    sure: set[Node] = set()
    maybe: set[Node] = {
        call
        for call in tree.block_calls(home.body)
        if _NAMED.search(tree.last_name(call.function))
        and not scene.use(call)
        and not scene.program.callees(call)
    }
    for call in scene.program.calls_named("cancel"):
        if isinstance(call.function, nodes.Member):
            held = _holds(scene, call.function.object, task)
            if held is not False:
                (sure if held else maybe).add(call)
    for node in tree.own_of(home):
        if isinstance(node, nodes.Await):
            held = _waited(scene, node, task)
            if held is not False:
                (sure if held else maybe).add(node)
    return sure, maybe


def _waited(scene: Scene, node: nodes.Await, task: nodes.Call) -> bool | None:
    """Whether an ``await`` goes on when a task is over, alone or with all others."""
    inner = tree.strip(node.value)
    word = scene.word("together", inner) if isinstance(inner, nodes.Call) else None
    if word is None or not isinstance(inner, nodes.Call):
        return _holds(scene, node.value, task) or False
    if any(each.keyword in {"return_when", "timeout"} for each in inner.arguments):
        return False
    return _any(_holds(scene, each.value, task) for each in inner.arguments)


def _holds(scene: Scene, node: nodes.Expression, task: nodes.Call) -> bool | None:
    """Whether an expression is a task, or has it among others; None if unknown."""
    node = node.value if isinstance(node, nodes.Spread) else node
    return _any(_is(scene, each, task) for each in scene.program.values(node))


def _is(scene: Scene, value: values.Value, task: nodes.Call) -> bool | None:
    match value:
        case values.Instance(of=of, site=nodes.Call() as site) if "[" in of:
            return _any(_holds(scene, each.value, task) for each in site.arguments)
        case values.Instance(site=site):
            return site is task
        case values.Seq(node=nodes.Sequence(items=items)):
            return _any(_holds(scene, each, task) for each in items)
        case values.Unknown():
            return None
        case _:
            return False


def _handed(scene: Scene, task: nodes.Call) -> bool:
    """Whether a task is given to something that cannot be followed."""
    return any(
        isinstance(each.at, nodes.Call)
        and each.way == "passed"
        and tree.last_name(each.at.function) not in values.ADDERS
        and scene.word("together", each.at) is None
        and not scene.program.callees(each.at)
        for each in goes(scene.program, task)
    )


def _any(found: Iterable[bool | None]) -> bool | None:
    every = set(found)
    return True if True in every else None if None in every else False


# -- on which ways -------------------------------------------------------------------


def _in(scene: Scene, home: nodes.Function, found: set[Node]) -> set[Node]:
    """Where a function comes to some nodes."""
    return {each[0] for node in found for each in chains(scene, home.body, node)}


def _at_close(scene: Scene, socket: Socket, stops: set[Node]) -> bool:
    homes = {scene.program.function_of(node) for node in stops}
    return bool(homes & spread(scene, handlers_of(scene, socket, Event.CLOSE)))


def _missed(
    scene: Scene,
    socket: Socket,
    task: nodes.Call,
    home: nodes.Function,
    stops: set[Node],
) -> dict[WayOut, Node]:
    """The kinds of ways out on which nothing ends a task, and where each begins."""
    ways = [Leaving(WayOut.END, Start(task))]
    ways += [
        Leaving(WayOut.END, way.start)
        for way in gone(scene, socket, home)
        if leads(scene.program, task, way.at, stops - {way.at})
    ]
    risky = [node for node in waits(home) if _runs_at(scene, task, node, stops)]
    found = missed(scene, home, stops, (*ways, *failing(risky))).points
    return {out: found[out][0] for out in WayOut if out in found}


def _runs_at(
    scene: Scene, task: nodes.Call, point: Node, stops: AbstractSet[Node]
) -> bool:
    """Whether a task may still run where its function waits, short of the way out."""
    if isinstance(point, nodes.Await) and _holds(scene, point.value, task):
        return False
    if point in set(tree.within(task, scene.program.parents)):
        return False  # Leaving the ``async with`` around it comes after the way out.
    around = tree.tries(point, scene.program.parents)
    return all(each.part not in {"handler", "final"} for each in around) and leads(
        scene.program, task, point, stops - {point}
    )
