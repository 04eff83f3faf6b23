"""Chains: the calls by which code that runs reaches a function further down."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

Chain = tuple["Node", ...]
"""Nodes from the outside in: each call runs the function that the next one is in."""

DEPTH = 6
_MANY = 12


def steps(
    scene: Scene, block: Iterable[nodes.Statement]
) -> Iterator[tuple[nodes.Call, nodes.Function]]:
    """The calls of a block with each function that they run, or are given to run."""
    for node in tree.own_in(tuple(block)):
        if isinstance(node, nodes.WithItem) and isinstance(node.value, nodes.Call):
            for method in values.managing(scene.program, node.value):
                yield node.value, method
        if not isinstance(node, nodes.Call):
            continue
        callees = scene.program.callees(node)
        for callee in callees:
            yield node, callee
        for argument in node.arguments:
            given = argument.value
            if isinstance(given, nodes.Function) and not any(
                given in scene.reaches(callee) for callee in callees
            ):
                yield node, given


def chains(
    scene: Scene, start: Iterable[nodes.Statement], goal: Node
) -> Iterator[Chain]:
    """The ways from a block to a node: calls from the outside in, the node last.

    A node of the block itself is reached by the chain of it alone. No function is
    entered twice on one way, and no more than `DEPTH` deep.
    """
    block = tuple(start)
    home = scene.program.function_of(goal)
    found = _search(scene, block, home, (), frozenset())
    for chain in itertools.islice(found, _MANY):
        yield (*chain, goal)


def _search(
    scene: Scene,
    block: tuple[nodes.Statement, ...],
    home: nodes.Function | None,
    above: tuple[nodes.Call, ...],
    entered: frozenset[nodes.Function],
) -> Iterator[tuple[nodes.Call, ...]]:
    if block and scene.program.function_of(block[0]) is home:
        yield above
        return
    if home is None or len(above) >= DEPTH:
        return
    for site, callee in steps(scene, block):
        if callee in entered:
            continue
        if callee is home or home in scene.reaches(callee):
            yield from _search(
                scene, callee.body, home, (*above, site), entered | {callee}
            )
