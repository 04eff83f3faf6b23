"""Ways: where the code of a function leads from some points, and past what.

* `ways`: each end of the ways from some points: what they meet, or how they leave,
* `may_reach`: whether some way leads to a node, as tests are taken to come out,
* `between`: what lies on the ways from one node to another,
* `ahead`: all that some points lead to,
* `always_before`, `always_run`: whether something has run on every way to a node, or
  to the end of a function,
* `breaks_off`: whether a block never runs to its end,
* `left_after`: whether a loop is always left after a node,
* `exits`: the statements that leave a loop.

Each is a search over points, linear in the size of the function.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from wsaudit.flow.dominance import dominates, is_reached
from wsaudit.flow.graph import (
    ENTRY,
    RAISED,
    RETURNED,
    Catching,
    Graph,
)
from wsaudit.flow.made import graph_at, graph_of
from wsaudit.program import tree
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program import Program

E = TypeVar("E")
Assuming = Callable[[Node], "bool | None"]
"""How a test is taken to come out; None where both ways are open."""


class Exceptions(Protocol[E]):
    """What is known of exceptions, which are whatever tells them apart."""

    def caught(self, by: Catching, thrown: E) -> bool | None:
        """Whether a handler, or the end of a ``with``, stops an exception."""

    def raised(self, by: nodes.Raise) -> E:
        """What a ``raise`` with a value throws."""


@dataclass(frozen=True, slots=True)
class Start(Generic[E]):
    """Where a way begins: where a node has run, or where it has thrown something.

    With ``comes_out`` the node is a test or a loop, which came out so.
    """

    node: Node
    thrown: E | None = None
    comes_out: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """Where a way ends: ``met`` one of what was asked for, or it left the function.

    ``at`` is what it met, or the last node that it passed. ``raises`` when an exception
    left. Not ``sure`` when a handler on the way may catch what came, or not.
    """

    at: Node | None
    met: bool = False
    raises: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _State(Generic[E]):
    """A point on a way, and the exception that is under way there or was caught."""

    point: int
    thrown: E | None
    sure: bool


def ways(
    program: Program,
    graph: Graph,
    starts: Iterable[Start[E]],
    meets: Collection[Node],
    exceptions: Exceptions[E] | None = None,
    assuming: Assuming | None = None,
) -> tuple[End, ...]:
    """The ends of all ways from some starts, each once; none when all go round.

    A way that meets something ends there. Apart from what is thrown at the starts and
    by ``raise`` nothing is taken to fail.
    """
    found: dict[object, End] = {}
    search = _Search(program, graph, exceptions, assuming)
    wanted = {p: node for node in meets for p in graph.of(node, program.parents)}
    queue: list[tuple[_State[E], Node | None]] = [
        (state, None) for start in starts for state in search.begin(start)
    ]
    seen: set[_State[E]] = set()
    while queue:
        state, last = queue.pop()
        if state in seen:
            continue
        seen.add(state)
        node = graph.at[state.point]
        if state.point in wanted:
            end = End(wanted[state.point], met=True)
        elif state.point in {RETURNED, RAISED}:
            end = End(last, raises=state.point == RAISED, sure=state.sure)
        else:
            queue += [(each, node or last) for each in search.next(state)]
            continue
        found.setdefault((end.at, end.met, end.raises, end.sure), end)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Search(Generic[E]):
    program: Program
    graph: Graph
    exceptions: Exceptions[E] | None
    assuming: Assuming | None

    def begin(self, start: Start[E]) -> Iterator[_State[E]]:
        for point in self.graph.of(start.node, self.program.parents):
            if start.thrown is not None:
                yield _State(self.graph.unwinds[point], start.thrown, sure=True)
                continue
            for following, came_out in self.graph.after[point]:
                if start.comes_out is None or came_out is start.comes_out:
                    yield _State(following, None, sure=True)

    def next(self, state: _State[E]) -> Iterator[_State[E]]:
        graph, point = self.graph, state.point
        if point in graph.catching:
            yield from self._caught(state)
            return
        node = graph.at[point]
        thrown = state.thrown
        if isinstance(node, nodes.Raise) and point not in graph.again:
            thrown = self.exceptions.raised(node) if self.exceptions else None
        assumed = self.assuming(node) if self.assuming and node is not None else None
        for following, came_out in graph.after[point]:
            if assumed is None or came_out is None or came_out is assumed:
                yield _State(following, thrown, state.sure)

    def _caught(self, state: _State[E]) -> Iterator[_State[E]]:
        """Where an exception goes from what decides about it."""
        sure = state.sure
        for catching, begins in self.graph.catching[state.point]:
            stops = None if isinstance(catching, nodes.Handler) else False
            if self.exceptions is not None and state.thrown is not None:
                stops = self.exceptions.caught(catching, state.thrown)
            if stops is False:
                continue
            yield _State(begins, state.thrown, sure and stops is True)
            if stops:
                return
            sure = False
        yield _State(self.graph.unwinds[state.point], state.thrown, sure)


def may_reach(program: Program, node: Node, assuming: Assuming) -> bool:
    """Whether some way leads from the beginning of a function to a node."""
    graph = graph_at(program, node)
    ends = set(graph.of(node, program.parents))
    queue, seen = [ENTRY], {ENTRY}
    while queue and seen.isdisjoint(ends):
        point = queue.pop()
        at = graph.at[point]
        assumed = assuming(at) if at is not None else None
        for following, came_out in graph.following(point, failing=True):
            open_ = assumed is None or came_out is None or came_out is assumed
            if open_ and following not in seen:
                seen.add(following)
                queue.append(following)
    return not seen.isdisjoint(ends)


def between(
    program: Program,
    first: Node | None,
    second: Node,
    avoiding: Iterable[Node] = (),
) -> tuple[Node, ...]:
    """What runs on some way from one node to another, in the order of the source.

    Both ends are left out, and so is each way that comes back to one of them or meets
    what is to be avoided. Without a first node it is the beginning of the function.
    """
    graph = graph_at(program, second)
    begin = [ENTRY] if first is None else graph.of(first, program.parents)
    end = graph.of(second, program.parents)
    ends = (second,) if first is None else (first, second)
    barred = _points(program, graph, (*ends, *avoiding))
    ahead_of = graph.reach(begin, barred)
    behind: set[int] = set()
    before = graph.before()
    queue = list(end)
    while queue:
        for point in before[queue.pop()]:
            if point in ahead_of and point not in behind:
                behind.add(point)
                queue.append(point)
    found = {node for point in behind if (node := graph.at[point]) is not None}
    return tuple(sorted(found, key=lambda node: (node.start, node.end)))


def awaits_between(program: Program, first: Node | None, second: Node) -> bool:
    """Whether others may run between two nodes: something is awaited on some way.

    Without a first node, since the beginning of the function.
    """
    return any(
        isinstance(node, nodes.Await)
        or (isinstance(node, nodes.Loop | nodes.With) and node.is_async)
        for node in between(program, first, second)
    )


def leads(
    program: Program, first: Node, second: Node, avoiding: Iterable[Node] = ()
) -> bool:
    """Whether some way leads from one node to another of the same function."""
    graph = graph_at(program, first)
    barred = _points(program, graph, avoiding)
    reached = graph.reach(graph.of(first, program.parents), barred)
    return not reached.isdisjoint(graph.of(second, program.parents))


def leads_out(program: Program, node: Node) -> bool:
    """Whether a function may end after a node without a ``return``."""
    graph = graph_at(program, node)
    reached = graph.reach(graph.of(node, program.parents))
    return any(
        following == RETURNED
        for point in reached
        if not isinstance(graph.at[point], nodes.Return)
        for following, _ in graph.after[point]
    )


def always_before(program: Program, firsts: Iterable[Node], second: Node) -> bool:
    """Whether one of some nodes has run on every way from the beginning to a second."""
    graph = graph_at(program, second)
    ends = graph.of(second, program.parents)
    points = _points(program, graph, firsts)
    if len(points) != 1:
        return points.isdisjoint(ends) and graph.reach([ENTRY], points).isdisjoint(ends)
    [point] = points
    return all(
        dominates(graph, point, end) or not (end == point or is_reached(graph, end))
        for end in ends
    )


def always_run(
    program: Program, function: nodes.Function, wanted: Iterable[Node]
) -> bool:
    """Whether one of some nodes has run whenever a function has returned."""
    graph = graph_of(program, function)
    points = _points(program, graph, wanted)
    return RETURNED not in graph.reach([ENTRY], points)


def _points(program: Program, graph: Graph, found: Iterable[Node]) -> frozenset[int]:
    return frozenset(p for node in found for p in graph.of(node, program.parents))


def breaks_off(program: Program, block: tree.Block, *, loop: bool = False) -> bool:
    """Whether a block never runs to its end: it always returns, raises, breaks.

    With ``loop`` it does not lead into another round of the loop around it either.
    What fails is followed as far as the block catches it. A statement that the graph
    left out, since its test never holds, leaves nothing.
    """
    graph = graph_at(program, block[0]) if block else None
    if graph is None or any(each not in graph.ran for each in (block[0], block[-1])):
        return False
    around = tree.within(block[0], program.parents)
    loops = [each for each in around if isinstance(each, nodes.Loop)]
    again = _points(program, graph, loops[:1]) if loop else frozenset()
    for first, last in zip(graph.ran[block[0]], graph.ran[block[-1]], strict=False):
        reached = _inside(graph, first.begin, last.stop)
        out = any(
            not first.begin <= point < last.stop or graph.is_last(point)
            for point in reached
        )
        if not out or not reached.isdisjoint(again | last.ends):
            return False
    return True


def left_after(program: Program, node: Node, loop: nodes.Loop) -> bool:
    """Whether a loop is always left once a node in it has run, while nothing fails."""
    graph = graph_at(program, node)
    reached = graph.reach(graph.of(node, program.parents), failing=False)
    inside = graph.ran[loop]
    return reached.isdisjoint(_points(program, graph, [loop])) and not any(
        reached.issubset(range(each.begin, each.stop)) for each in inside
    )


def _inside(graph: Graph, begin: int, stop: int) -> set[int]:
    """What the first of some points leads to; of failures, those caught among them."""
    found = {begin}
    queue = [begin]
    while queue:
        point = queue.pop()
        failing = [each for each, _ in graph.fails.get(point, ())]
        if point in graph.catching:
            failing.append(graph.unwinds[point])
            failing += [
                caught
                for by, caught in graph.catching[point]
                if isinstance(by, nodes.Handler)
            ]
        following = {each for each, _ in graph.after[point]}
        following.update(each for each in failing if begin <= each < stop)
        queue += following - found
        found |= following
    return found


def exits(program: Program, loop: nodes.Loop) -> Iterator[Node]:
    """The statements that leave a loop: its breaks, and the returns and raises in it.

    Also what leaves it for another round of a loop further out.
    """
    graph = graph_at(program, loop)
    inside = set(tree.own_in(loop.body))
    for node in tree.own_in(loop.body):
        match node:
            case nodes.Return() | nodes.Raise():
                yield node
            case nodes.Break():
                if graph.leaving.get(node) not in inside:
                    yield node
            case nodes.Continue():
                if graph.leaving.get(node) not in inside | {loop}:
                    yield node
            case _:
                continue


def ahead(
    graph: Graph, points: Iterable[int], assuming: Assuming | None = None
) -> tuple[Node, ...]:
    """The nodes that some points lead to while nothing fails, in the source's order."""
    found: set[int] = set()
    queue = list(points)
    while queue:
        point = queue.pop()
        node = graph.at[point]
        assumed = assuming(node) if assuming and node is not None else None
        for following, came_out in graph.after[point]:
            known = assumed is not None and came_out is not None
            if following in found or (known and came_out is not assumed):
                continue
            found.add(following)
            queue.append(following)
    reached = {node for point in found if (node := graph.at[point]) is not None}
    return tuple(sorted(reached, key=lambda node: (node.start, node.end)))
