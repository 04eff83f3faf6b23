"""Cleanup coverage: whether a cleanup runs on every way on from some point.

`covered` asks it of one start: a node that has run, or that has thrown something.
`waits` has the points of a coroutine where it may be interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    Catcher,
    Thrown,
    catches,
    managed,
    may_catch,
    thrown_by,
)
from wsaudit.flow.graph import Catching
from wsaudit.flow.made import graph_of
from wsaudit.flow.ways import Start, ways
from wsaudit.model import Seen
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class Raising:
    """The exceptions of a scene, for following them through a graph."""

    scene: Scene

    def caught(self, by: Catching, thrown: Thrown) -> bool | None:
        """Whether a handler, or the end of a ``with``, stops an exception."""
        scene = self.scene
        if isinstance(by, nodes.Handler):
            if catches(scene, by, thrown):
                return True
            return None if may_catch(scene, by, thrown) else False
        found: list[Catcher] = [
            catcher
            for item in by.items
            for catcher in managed(scene, by, item.value)
            if may_catch(scene, catcher, thrown)
        ]
        if not found:
            return False
        sure = any(each.resolved and catches(scene, each, thrown) for each in found)
        return True if sure else None

    def raised(self, by: nodes.Raise) -> Thrown:
        """What a ``raise`` with a value throws."""
        return thrown_by(self.scene, by)


def covered(
    scene: Scene,
    home: nodes.Function,
    cleanups: Iterable[Node],
    start: Start[Thrown],
) -> Seen:
    """Whether one of the cleanups runs on every way on from a start.

    A cleanup under a condition counts where the condition is asked: it asks whether
    there is anything to clean up. Ways that lead into another round of a loop around
    the start end there. A ``with`` among the cleanups cleans up when it is left.
    """
    parents = scene.program.parents
    around = set(tree.within(start.node, parents))
    meets = {each for node in cleanups for each in _asked(scene, node)} - around
    rounds = {each for each in around if isinstance(each, nodes.Loop)}
    graph = graph_of(scene.program, home)
    ends = ways(scene.program, graph, [start], meets | rounds, Raising(scene))
    missed = [end for end in ends if not end.met]
    if any(end.sure for end in missed):
        return Seen.ABSENT
    return Seen.UNKNOWN if missed else Seen.PRESENT


def _asked(scene: Scene, node: Node) -> Iterator[Node]:
    """A cleanup, and the conditions that it stands under in its own block."""
    yield node
    for around in tree.within(node, scene.program.parents):
        match around:
            case nodes.Try() | nodes.With() | nodes.Handler() | nodes.Function():
                return
            case nodes.Loop(kind="while" | "do" | "for") | nodes.Loop(is_async=True):
                return
            case nodes.If() | nodes.Switch() | nodes.Case() | nodes.Loop():
                yield around
            case nodes.Conditional(test=test):
                yield test
            case nodes.Logical(operands=operands):
                yield operands[0]
            case _:
                continue


def waits(home: nodes.Function) -> Iterator[Node]:
    """Where a coroutine can be interrupted: what it waits for, in order.

    A generator can also be where it yields.
    """
    for node in tree.own_of(home):
        match node:
            case nodes.Await():
                yield node
            case nodes.Loop(is_async=True) | nodes.With(is_async=True):
                yield node
            case nodes.Yield() if home.is_generator:
                yield node
            case _:
                continue
