"""Conditions: which tests have come out where, and what they say of a value.

* `known`: the tests whose outcome is the same whenever a node runs, the latest first,
* `holding`: those of them that are expressions, by how they came out,
* `deciding`: the tests on which it depends whether a node runs,
* `ensured`: those that are known once a function has returned,
* `ran_before`: what has run on every way to a node,
* `unheeded`: the ``if`` statements before a node that decide nothing,
* `about`: what a test says of a value.

A test here is one that cannot be taken apart; `implied` tells which of them follow
from a whole one: a, and the contrary of b, from ``a and not b``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.flow.dominance import dominating, is_reached
from wsaudit.flow.graph import RAISED, RETURNED, Graph
from wsaudit.flow.made import graph_at, graph_of
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program import Program


ORDERED = frozenset({"<", "<=", ">", ">="})
"""The operators that compare by size."""


@dataclass(frozen=True, slots=True)
class Known:
    """A test that has come out one way; it has its outcome since it was evaluated.

    ``test`` is an expression, the Case whose patterns are compared, or the Loop that
    still has an element, or has none any more.
    """

    test: Node
    holds: bool


@dataclass(frozen=True, slots=True)
class Said:
    """That a value is, or is not, like another, or true where there is no other."""

    of: nodes.Expression
    so: bool
    other: nodes.Expression | None = None
    op: str = "=="


@asked
def known(program: Program, node: Node) -> tuple[Known, ...]:
    """The tests that have come out one way whenever a node runs, the latest first."""
    graph = graph_at(program, node)
    return _at(graph, graph.of(node, program.parents))


def holding(program: Program, node: Node) -> Iterator[tuple[nodes.Expression, bool]]:
    """The `known` tests of a node that are expressions, and how each came out."""
    for one in known(program, node):
        if isinstance(one.test, nodes.Expression):
            yield one.test, one.holds


@asked
def deciding(program: Program, node: Node) -> tuple[nodes.Expression, ...]:
    """The simple tests on whose outcome it depends whether a node runs, nearest first.

    Within a round of the loops around it, and while nothing fails: of ``a or b`` both,
    though neither is known where the whole one holds. The subject of a ``switch``
    stands for its cases.
    """
    graph = graph_at(program, node)
    straight = graph.straight()
    goals = frozenset(straight[point] for point in graph.of(node, program.parents))
    rounds = frozenset(
        point
        for around in tree.within(node, program.parents)
        if isinstance(around, nodes.Loop)
        for point in graph.points.get(around, ())
    )
    return _deciding(program, graph, goals, rounds)


@asked
def _deciding(
    program: Program, graph: Graph, goals: frozenset[int], rounds: frozenset[int]
) -> tuple[nodes.Expression, ...]:
    """The simple tests on whose outcome it depends whether some points are reached."""
    leading = _back(graph.before(), goals, rounds)
    passing = _back(graph.before_unfailing(), {RETURNED, RAISED}, rounds, goals)
    found: dict[nodes.Expression, None] = {}
    for point in sorted(leading - goals, reverse=True):
        test = graph.at[point]
        outcomes: dict[bool, set[int]] = {True: set(), False: set()}
        for following, came_out in graph.after[point]:
            if came_out is not None:
                outcomes[came_out].add(following)
        yes, no = (
            (leading.isdisjoint(each), passing.isdisjoint(each))
            for each in outcomes.values()
        )
        around = program.parents.get(test) if isinstance(test, nodes.Case) else None
        if isinstance(around, nodes.Switch):
            test = around.subject
        if yes != no and isinstance(test, nodes.Expression):
            found[test] = None
    return tuple(found)


def _back(
    before: list[list[int]],
    goals: AbstractSet[int],
    rounds: AbstractSet[int],
    avoiding: AbstractSet[int] = frozenset(),
) -> set[int]:
    """The points that lead to some points, those themselves among them.

    What leads to another round of some loops does not count as leading to the loop;
    with ``avoiding`` it counts as the end, and no way goes through what is to avoid.
    """
    ends = {each for point in rounds for each in before[point] if each > point}
    found = set(goals) | (ends - avoiding if avoiding else set())
    queue = list(found)
    while queue:
        point = queue.pop()
        for each in before[point]:
            cut = point in rounds and each > point
            if each not in found and each not in avoiding and not cut:
                found.add(each)
                queue.append(each)
    return found


def ensured(program: Program, function: nodes.Function) -> tuple[Known, ...]:
    """The tests that have come out one way whenever a function has returned."""
    return _at(graph_of(program, function), [RETURNED])


def ran_before(program: Program, node: Node) -> tuple[Node, ...]:
    """What has run on every way from the beginning to a node, the latest first."""
    graph = graph_at(program, node)
    each = [
        dict.fromkeys(
            ran
            for before in dominating(graph, point)
            if before < len(graph.at) and (ran := graph.at[before]) is not None
        )
        for point in graph.of(node, program.parents)
        if is_reached(graph, point)
    ]
    if len(each) < 2:
        return tuple(each[0]) if each else ()
    return tuple(one for one in each[0] if all(one in it for it in each))


def unheeded(program: Program, node: Node) -> tuple[nodes.If, ...]:
    """The ``if`` statements before a node that let the code go on either way.

    They run on every way to the node, and none of their tests is known there; the
    latest first.
    """
    around = set(tree.within(node, program.parents))
    decided = {each.test for each in known(program, node)}
    return tuple(
        statement
        for statement in ran_before(program, node)
        if isinstance(statement, nodes.If)
        and statement not in around
        and not any(_stands_in(test, statement.test) for test in decided)
    )


def _stands_in(node: Node, test: nodes.Expression) -> bool:
    return test.start <= node.start and node.end <= test.end


def atoms(test: nodes.Expression) -> Iterator[nodes.Expression]:
    """The simple tests that a whole one is made of."""
    match test:
        case nodes.Not(value=inner) | nodes.Cast(value=inner):
            yield from atoms(inner)
        case nodes.Logical(operands=operands):
            for operand in operands:
                yield from atoms(operand)
        case _:
            yield test


def implied(
    test: nodes.Expression, *, holds: bool
) -> Iterator[tuple[nodes.Expression, bool]]:
    """The simple tests that must be so when a test holds, or does not.

    ``a and not b`` holding means a holds and b does not; ``a or b`` failing means both
    fail. What cannot be split is yielded whole.
    """
    match test:
        case nodes.Not(value=inner):
            yield from implied(inner, holds=not holds)
        case nodes.Logical(op="and", operands=operands) if holds:
            for operand in operands:
                yield from implied(operand, holds=True)
        case nodes.Logical(op="or", operands=operands) if not holds:
            for operand in operands:
                yield from implied(operand, holds=False)
        case nodes.Cast(value=inner):
            yield from implied(inner, holds=holds)
        case _:
            yield test, holds


def _at(graph: Graph, points: list[int]) -> tuple[Known, ...]:
    """What is known at each of some points that can be reached."""
    each = [_passed(graph, point) for point in points if is_reached(graph, point)]
    if not each:
        return ()
    others = [set(other) for other in each[1:]]
    return tuple(one for one in each[0] if all(one in other for other in others))


def _passed(graph: Graph, point: int) -> tuple[Known, ...]:
    many = len(graph.at)
    found: dict[Known, None] = {}
    for before in dominating(graph, point):
        if before >= many:
            test = graph.at[(before - many) // 2]
            if test is not None:
                found[Known(test, before % 2 != many % 2)] = None
    return tuple(found)


# -- what a test says ----------------------------------------------------------------

_EQUAL = {"==", "is"}
_DIFFERENT = {"!=", "is not"}
EQUALITY = frozenset(_EQUAL | _DIFFERENT)
"""The operators that compare for being the same."""


def about(
    program: Program, one: Known, subject: Callable[[nodes.Expression], bool]
) -> Iterator[Said]:
    """What a test that has come out one way says of a value."""
    match one.test:
        case nodes.Binary(op=op, left=left, right=right):
            for side, other in ((left, right), (right, left)):
                if subject(side):
                    if op in _DIFFERENT:
                        yield Said(side, not one.holds, other)
                    else:
                        op = "==" if op in _EQUAL else op
                        yield Said(side, one.holds, other, op)
        case nodes.Case(patterns=patterns) as case:
            switch = program.parents.get(case)
            sure = len(patterns) == 1 or not one.holds
            if isinstance(switch, nodes.Switch) and sure and subject(switch.subject):
                for each in patterns:
                    yield Said(switch.subject, one.holds, each)
        case nodes.Loop() | nodes.ComprehensionClause():
            return
        case test if isinstance(test, nodes.Expression) and subject(test):
            yield Said(test, one.holds)
        case _:
            return
