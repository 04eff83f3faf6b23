"""Rounds: how a loop of attempts comes back to the next one, and past what.

An attempt comes to nothing, or the connection that it made is lost. `rounds` follows
both through the functions in between, by what their handlers really catch, to where the
next attempt begins. A loop that some end leads out of has no round that begins with it.
Where no end is in sight, as in JavaScript, the connection ends where the code goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import OS_ERROR, Thrown, thrown_by
from wsaudit.analysis.coverage import Raising
from wsaudit.analysis.paths import chains
from wsaudit.analysis.sessions import gone
from wsaudit.flow.made import graph_at
from wsaudit.flow.ways import Start, ways
from wsaudit.model.lifecycle import WayOut
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

Path = tuple["Node", ...]
"""Nodes from the outside in: each call runs the function that the next one is in."""
Marks = Callable[["Path", int], Collection["Node"]]
"""What is looked for on the way, in the function of the node at a place of a path."""
_MANY = 64
"""How many ways are followed through one function."""


@dataclass(frozen=True, slots=True)
class Round:
    """A way from one attempt to the next: the marks that it passes, each with its path.

    ``failed`` for an attempt that came to nothing, false for a connection that is lost.
    """

    passed: tuple[tuple[Path, Node], ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class _Out:
    """How a function is left, or ``again`` where the outermost call is met."""

    again: bool
    thrown: Thrown | None
    passed: tuple[tuple[Path, Node], ...]


def rounds(
    scene: Scene, socket: Socket, sites: tuple[nodes.Call, ...], marks: Marks
) -> tuple[Round, ...]:
    """The ways round from the creation of a socket to the outermost of some calls.

    ``sites`` lead to the creation, the outermost first: that may be a call by which a
    function comes to run again that is on the way.
    """
    home = scene.program.function_of(sites[0])
    again = [i for i, at in enumerate(sites) if scene.program.function_of(at) is home]
    inner = sites[again[-1] :]
    found: dict[Round, None] = {}
    for starts in (_begins(scene, socket, inner), (_goes_on(inner),)):
        for path, start, failed in () if found else starts:
            for out in _outward(scene, path, len(path) - 1, start, marks, sites[0]):
                if out.again:
                    found[Round(out.passed, failed)] = None
    return tuple(found)


def _goes_on(sites: tuple[nodes.Call, ...]) -> tuple[Path, Start[Thrown], bool]:
    return sites, Start(sites[-1]), False


def _begins(
    scene: Scene, socket: Socket, sites: tuple[nodes.Call, ...]
) -> Iterator[tuple[Path, Start[Thrown], bool]]:
    """Where an attempt fails, and where a connection that it made is lost."""
    yield sites, Start(sites[-1], OS_ERROR), True
    homes = [scene.program.function_of(site) for site in sites]
    lost = [
        (function, leaving)
        for function in scene.in_order(socket.unit)
        for leaving in gone(scene, socket, function)
        if scene.program.function_of(leaving.at) is function
    ]
    if not lost:
        yield _goes_on(sites)
    broken = any(leaving.out is WayOut.DISCONNECT for _, leaving in lost)
    for function, leaving in lost:
        if broken and leaving.out is not WayOut.DISCONNECT:
            continue  # A clean end: an attempt at once harms nobody.
        if function in homes:
            level = homes.index(function)
            yield (*sites[:level], leaving.at), leaving.start, False
            continue
        for chain in chains(scene, homes[-1].body, leaving.at) if homes[-1] else ():
            yield (*sites[:-1], *chain), leaving.start, False


def _outward(
    scene: Scene,
    path: Path,
    level: int,
    start: Start[Thrown],
    marks: Marks,
    again: Node,
) -> Iterator[_Out]:
    """Follow a start out of its function, and out of those around it."""
    for out in _in_function(scene, path, level, start, marks, again):
        if level == 0:
            yield out
            continue
        outer: Start[Thrown] = Start(path[level - 1], out.thrown)
        for further in _outward(scene, path, level - 1, outer, marks, again):
            passed = (*out.passed, *further.passed)
            yield _Out(further.again, further.thrown, passed)


def _in_function(
    scene: Scene,
    path: Path,
    level: int,
    start: Start[Thrown],
    marks: Marks,
    again: Node,
) -> Iterator[_Out]:
    """The ways on from a start inside its own function, and what they pass."""
    graph = graph_at(scene.program, path[level])
    sought = {
        _asked(scene, each, path[level]): each
        for each in marks(path, level)
        if each not in path
    }
    goal = {again} if level == 0 else set()
    queue: list[tuple[Start[Thrown], tuple[Node, ...]]] = [(start, ())]
    seen: set[Node] = set()
    left = _MANY
    while queue and left:
        at, passed = queue.pop()
        left -= 1
        met = tuple(((*path[:level], each), each) for each in passed)
        meets = goal | sought.keys()
        for end in ways(scene.program, graph, [at], meets, Raising(scene)):
            if end.met and end.at in goal:
                yield _Out(again=True, thrown=None, passed=met)
            elif end.met and end.at is not None:
                mark = sought[end.at]
                if mark not in seen:
                    seen.add(mark)
                    queue.append((Start(mark), (*passed, mark)))
            elif end.raises:
                raised = isinstance(end.at, nodes.Raise) and end.at.value is not None
                thrown = thrown_by(scene, end.at) if raised else start.thrown  # type: ignore[arg-type]
                yield _Out(again=False, thrown=thrown or OS_ERROR, passed=met)
            else:
                yield _Out(again=False, thrown=None, passed=met)


def _asked(scene: Scene, mark: Node, beside: Node) -> Node:
    """A mark, or the conditions that it stands under beside the path.

    Under a condition it counts where that is asked: whether there is a next attempt
    may hang on the same.
    """
    found = mark
    for around in tree.within(mark, scene.program.parents):
        holds = around.start <= beside.start and beside.end <= around.end
        if holds:
            break
        if isinstance(around, nodes.If | nodes.Switch):
            found = around
    return found
