"""Runs: which functions run because another one does.

`below` is everything that runs in the end when a function does, `spread` the same of
several, by some kinds of edges; `callers_of` and `above` look upwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wsaudit.analysis.edges import (
    Edge,
    How,
    edges,
    handed,
    in_place,
    is_handler_name,
)
from wsaudit.analysis.waking import woken
from wsaudit.limits import DEEP, MANY
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


S = TypeVar("S")


@dataclass(frozen=True, slots=True, eq=False)
class Below(AbstractSet[nodes.Function]):
    """The functions that run when some do, nearest first, each with its last edge.

    ``steps`` is how many edges lead to each.
    ``whole`` is false where there are more than were followed: what is not in it may
    still run.
    """

    edges: dict[nodes.Function, Edge | None]
    steps: dict[nodes.Function, int]
    whole: bool

    def near(self, steps: int) -> tuple[nodes.Function, ...]:
        """Those that no more than some edges lead to."""
        return tuple(each for each in self.edges if self.steps[each] <= steps)

    def __contains__(self, function: object) -> bool:
        return function in self.edges

    def __iter__(self) -> Iterator[nodes.Function]:
        return iter(self.edges)

    def __len__(self) -> int:
        return len(self.edges)

    @classmethod
    def _from_iterable(cls, it: Iterable[S]) -> frozenset[S]:
        return frozenset(it)


# -- downwards -----------------------------------------------------------------------


@asked
def below(
    scene: Scene, function: nodes.Function, but: nodes.Function | None = None
) -> Below:
    """The functions that run when a function runs, itself the first of them.

    Also those that it only makes, or keeps for others; not by way of ``but``.
    """
    return spread(scene, (function,), but=but)


def spread(
    scene: Scene,
    starts: Iterable[nodes.Function],
    *,
    hows: AbstractSet[How] | None = None,
    states: bool = False,
    but: nodes.Function | None = None,
    deep: int = DEEP,
) -> Below:
    """The functions that run when some do, by edges of these kinds (all, if None).

    With ``states`` also by the effects that see the state change.
    """
    seen: dict[nodes.Function, Edge | None] = dict.fromkeys(starts)
    steps = dict.fromkeys(seen, 0)
    level = list(seen)
    for step in range(1, deep + 1):
        following: list[nodes.Function] = []
        for function in level:
            further = woken(scene, function) if states else ()
            for edge in (*edges(scene, function), *further):
                if edge.function in seen or edge.function is but:
                    continue
                if hows is None or edge.how in hows or edge.how == "state":
                    seen[edge.function] = edge
                    steps[edge.function] = step
                    following.append(edge.function)
        if len(seen) >= MANY:
            return Below(seen, steps, whole=False)
        level = following
    return Below(seen, steps, whole=not level)


# -- upwards -------------------------------------------------------------------------


@asked
def givers(scene: Scene, function: nodes.Function) -> tuple[Edge, ...]:
    """What a function is given to, where it is written or by a name of it."""
    own = in_place(scene, function)
    found = [] if own.how == "made" else [own]
    name = scene.program.name_of(function)
    for held, node in scene.program.handed.given_at(scene.program, function, (name,)):
        edge = _given(scene, node, function)
        if edge is None or edge.how == "kept":
            continue
        if function in scene.functions_of(held):
            found.append(edge)
    return tuple(found)


def _given(scene: Scene, node: Node, function: nodes.Function) -> Edge | None:
    """The call or element that an argument or attribute hands a function to."""
    holder = scene.program.parents.get(node)
    if isinstance(node, nodes.Argument) and isinstance(holder, nodes.Call):
        return Edge(handed(scene, holder), holder, function)
    if not isinstance(holder, nodes.Markup) or not isinstance(node, nodes.Entry):
        return None
    if is_handler_name(tree.key_of(node) or ""):
        return Edge("event", node, function)
    return None


@asked
def callers_of(scene: Scene, function: nodes.Function) -> tuple[nodes.Call, ...]:
    """The calls that run a function, in the code that is not there for tests.

    Also where a class calls a method of itself that a class derived from it overrides,
    and the calls that the function is handed to.
    """
    given = [edge.site for edge in givers(scene, function)]
    known = [*scene.program.callers(function), *_own_calls(scene, function), *given]
    return tuple(
        each
        for each in dict.fromkeys(known)
        if isinstance(each, nodes.Call) and not is_test_path(scene.place(each).path)
    )


def _own_calls(scene: Scene, function: nodes.Function) -> Iterator[nodes.Call]:
    """``self.connect()`` in a base class, where the method is overridden here."""
    program = scene.program
    definition = program.parents.get(function)
    cls = program.class_around(function)
    if not isinstance(definition, nodes.FunctionDef) or cls is None:
        return
    bases = set(program.classes.lineage(cls)) - {cls}
    for call in program.calls_named(definition.name) if bases else ():
        match call.function:
            case nodes.Member(object=nodes.Name(id="self" | "this")):
                if program.class_around(call) in bases:
                    yield call
            case _:
                continue


@asked
def above(scene: Scene, node: Node) -> Below:
    """The functions that lead to a node: those around it, and what runs them."""
    seen: dict[nodes.Function, Edge | None] = {}
    steps: dict[nodes.Function, int] = {}
    level: list[Node] = [node]
    for step in range(DEEP):
        following: list[Node] = []
        for each in level:
            for around in (each, *tree.ancestors(each, scene.program.parents)):
                if isinstance(around, nodes.Function):
                    if around in seen:
                        break  # And so are those around it.
                    seen[around] = None
                    steps[around] = step
                    following += callers_of(scene, around)
        level = following
    return Below(seen, steps, whole=not level)
