"""Paths: the ways by which code comes to run a node, call by call."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import (
    DIRECT,
    GIVEN,
    TIMED,
    Edge,
    How,
    edges,
    edges_in,
)
from wsaudit.analysis.runs import below
from wsaudit.analysis.waking import woken
from wsaudit.limits import DEEP, ROUNDS, STEPS_IN_ALL
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

Chain = tuple["Node", ...]
"""Nodes from the outside in: each runs the function that the next one is in."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way from a function or block to a node, by the edges from the outside in."""

    edges: tuple[Edge, ...]
    goal: Node

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The sites of its edges, and its goal."""
        return (*(edge.site for edge in self.edges), self.goal)

    def has(self, *hows: How) -> bool:
        """Whether one of its edges is of one of the kinds."""
        return any(edge.how in hows for edge in self.edges)


def paths(
    scene: Scene,
    start: nodes.Function | tuple[nodes.Statement, ...],
    goal: Node,
    *,
    hows: AbstractSet[How] = GIVEN,
    states: bool = False,
) -> tuple[Path, ...]:
    """The ways from a function, or from a block, to a node, the shortest first.

    A node of the start itself is reached by the path of it alone. No function is
    entered twice on one way.
    """
    search = _Search(scene, goal, hows, states=states)
    if isinstance(start, nodes.Function):
        search.from_function(start, (), frozenset({start}))
    elif start:
        search.from_block(start)
    found = sorted(search.found, key=len)
    return tuple(Path(each, goal) for each in found[:ROUNDS])


def chains(
    scene: Scene, start: nodes.Function | tuple[nodes.Statement, ...], goal: Node
) -> tuple[Chain, ...]:
    """The nodes of each of the `paths` from a function or block to a node."""
    return tuple(path.nodes for path in paths(scene, start, goal))


class _Search:
    """One search for a node; it may not take for ever."""

    def __init__(
        self, scene: Scene, goal: Node, hows: AbstractSet[How], *, states: bool
    ) -> None:
        self._scene = scene
        is_function = isinstance(goal, nodes.Function)
        self._home = goal if is_function else scene.program.function_of(goal)
        self._hows = hows
        self._states = states
        self._left = STEPS_IN_ALL
        self.found: list[tuple[Edge, ...]] = []

    def from_block(self, block: tuple[nodes.Statement, ...]) -> None:
        around = self._scene.program.function_of(block[0])
        if around is self._home:
            self.found.append(())
        elif self._home is not None:
            self._beyond(edges_in(self._scene, tree.own_in(block)), (), frozenset())

    def from_function(
        self,
        at: nodes.Function,
        above: tuple[Edge, ...],
        entered: frozenset[nodes.Function],
    ) -> None:
        if at is self._home:
            self.found.append(above)
            return
        if self._home is None or len(above) >= DEEP:
            return
        further = woken(self._scene, at) if self._states else ()
        self._beyond((*edges(self._scene, at), *further), above, entered)

    def _beyond(
        self,
        following: Iterable[Edge],
        above: tuple[Edge, ...],
        entered: frozenset[nodes.Function],
    ) -> None:
        for edge in following:
            if self._left <= 0:
                return
            self._left -= 1
            if edge.function not in entered and self._leads(edge):
                self.from_function(
                    edge.function, (*above, edge), entered | {edge.function}
                )

    def _leads(self, edge: Edge) -> bool:
        """Whether it is worth looking further: state may lead anywhere."""
        if edge.how not in self._hows | {"state"}:
            return False
        if edge.how not in DIRECT | TIMED and _run_inside(self._scene, edge):
            return False
        return self._states or self._home in below(self._scene, edge.function)


def _run_inside(scene: Scene, edge: Edge) -> bool:
    """Whether what is given to a function of the project is run by that one."""
    return isinstance(edge.site, nodes.Call) and any(
        edge.function in below(scene, callee)
        for callee in scene.program.callees(edge.site)
    )
