"""The control flow of one function, with the ways that exceptions take.

A graph is made of points, numbered in the order of building. A point is where a node
has run: a call has returned, an awaited thing is there (others ran meanwhile), a test
has come out, a simple statement is done. What holds other code has its point where it
begins: an ``if``, a ``switch``, a ``try``, a round of a loop. Some have more to tell:

* a loop over something asks for its next element there, which is true while there is
  one,
* a ``with`` is left there; where it is entered is the point of its items,
* a case has its patterns compared there, and a handler has caught something.

A ``finally`` stands in the graph once for each way out through it, so that what comes
in by one way goes on by the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

Edge = tuple[int, bool | None]
"""A point that follows, and how the test at this one came out to get there."""
Home = nodes.Function | nodes.Module
Catching = nodes.Handler | nodes.With

ENTRY, RETURNED, RAISED = 0, 1, 2
"""Where a function begins, and its two ends: it returned, or an exception left it."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """The points of a statement, the first and the one that comes after its last.

    ``ends`` are those after which it has run to its end.
    """

    begin: int
    stop: int
    ends: frozenset[int]


@dataclass(slots=True, eq=False)
class Graph:
    """The points of a function and what follows them; see the module's docstring.

    ``fails`` holds where an exception goes from a point that something fails after:
    the point that decides about it, which is in ``catching`` if anything may catch it.
    What it does not hold leaves the function.
    """

    home: Home
    at: list[Node | None] = field(default_factory=lambda: [None, None, None])
    after: list[list[Edge]] = field(default_factory=lambda: [[], [], []])
    points: dict[Node, list[int]] = field(default_factory=dict)
    unwinds: list[int] = field(default_factory=lambda: [RAISED, RAISED, RAISED])
    """Where an exception that is raised at a point goes first."""
    fails: dict[int, list[Edge]] = field(default_factory=dict)
    catching: dict[int, list[tuple[Catching, int]]] = field(default_factory=dict)
    """Of a point that decides about an exception: what may catch it, and goes where."""
    again: set[int] = field(default_factory=set)
    """The raises that raise again what their handler has caught."""
    ran: dict[Node, list[Stretch]] = field(default_factory=dict)
    """Where each statement stands, once for each copy of it."""
    leaving: dict[Node, Node | None] = field(default_factory=dict)
    """What a ``break`` or ``continue`` leaves, or goes on with; None: the function."""
    dominators: list[int] | None = None
    """What every way to a point passes; see `wsaudit.flow.dominance`."""
    ranks: list[tuple[int, int]] | None = None
    _before: list[list[int]] | None = None
    _straight: list[int] | None = None
    _before_unfailing: list[list[int]] | None = None

    def of(self, node: Node, parents: dict[Node, Node | nodes.Module]) -> list[int]:
        """The points where a node has run: its own, or those of what it is part of."""
        at: Node | nodes.Module | None = node
        while isinstance(at, Node):
            found = self.points.get(at)
            if found is not None:
                return found
            if isinstance(at, nodes.Function) and at is not node:
                break
            at = parents.get(at)
        return []

    def following(self, point: int, *, failing: bool) -> Iterator[Edge]:
        """What runs next; ``failing`` counts in that anything in a ``try`` may fail."""
        yield from self.after[point]
        if failing:
            yield from self.fails.get(point, ())
            for _, caught in self.catching.get(point, ()):
                yield caught, None
            if point in self.catching and self.unwinds[point] != RAISED:
                yield self.unwinds[point], None

    def is_last(self, point: int) -> bool:
        """Whether the process ends at a point."""
        return not self.after[point] and point not in self.catching

    def before(self) -> list[list[int]]:
        """The points that each point follows, failures counted in."""
        if self._before is None:
            self._before = [[] for _ in self.at]
            for point in range(len(self.at)):
                for following, _ in self.following(point, failing=True):
                    self._before[following].append(point)
        return self._before

    def before_unfailing(self) -> list[list[int]]:
        """The points that each point follows while nothing fails."""
        if self._before_unfailing is None:
            self._before_unfailing = [[] for _ in self.at]
            for point, edges in enumerate(self.after):
                for following, _ in edges:
                    self._before_unfailing[following].append(point)
        return self._before_unfailing

    def straight(self) -> list[int]:
        """Of each point the one that it always follows, and that always leads to it.

        The first of them, where a stretch of such code begins; loops begin another.
        """
        if self._straight is None:
            before = self.before()
            first = self._straight = list(range(len(self.at)))
            for point in range(RAISED + 1, len(first)):
                leads = before[point]
                if len(leads) == 1 and leads[0] < point and self._goes_on(leads[0]):
                    first[point] = first[leads[0]]
        return self._straight

    def _goes_on(self, point: int) -> bool:
        if point == ENTRY or isinstance(self.at[point], nodes.Loop):
            return False
        edges = self.after[point]
        return point not in self.catching and len(edges) == 1 and edges[0][1] is None

    def reach(
        self,
        starts: Iterable[int],
        avoiding: frozenset[int] = frozenset(),
        *,
        failing: bool = True,
    ) -> set[int]:
        """The points that some points lead to, ways through ``avoiding`` left out."""
        found: set[int] = set()
        queue = list(starts)
        while queue:
            for following, _ in self.following(queue.pop(), failing=failing):
                if following not in found and following not in avoiding:
                    found.add(following)
                    queue.append(following)
        return found
