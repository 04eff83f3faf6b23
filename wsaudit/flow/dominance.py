"""Dominance: what every way from the beginning of a function to a point passes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from wsaudit.flow.graph import ENTRY, Graph


def dominating(graph: Graph, point: int) -> Iterator[int]:
    """The points, and the outcomes of tests, that every way to a point passes."""
    above = _dominators(graph)
    while point != ENTRY and above[point] >= 0:
        point = above[point]
        yield point


def is_reached(graph: Graph, point: int) -> bool:
    """Whether any way leads to a point."""
    return _dominators(graph)[point] >= 0


def _dominators(graph: Graph) -> list[int]:
    """The nearest point that every way to a point passes; -1 where none leads to it.

    An outcome of a test is a point of its own, after the points of the graph: twice
    the number of the test, and one more where it came out true.
    """
    if graph.dominators is None:
        graph.dominators = _nearest(graph)
    return graph.dominators


def _next(graph: Graph, point: int) -> Iterator[int]:
    many = len(graph.at)
    if point < many:
        for following, came_out in graph.following(point, failing=True):
            yield following if came_out is None else many + 2 * point + came_out
        return
    test, outcome = divmod(point - many, 2)
    for following, came_out in graph.following(test, failing=True):
        if came_out is not None and came_out is bool(outcome):
            yield following


def _nearest(graph: Graph) -> list[int]:
    """Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm" (2001)."""
    order, before = _order(graph)
    number = {point: index for index, point in enumerate(order)}
    nearest = [-1] * (3 * len(graph.at))
    nearest[ENTRY] = ENTRY
    changed = True
    while changed:
        changed = False
        for point in order[1:]:
            found = -1
            for each in before[point]:
                if nearest[each] >= 0:
                    found = each if found < 0 else _meet(nearest, number, found, each)
            if found != nearest[point]:
                nearest[point] = found
                changed = True
    return nearest


def _meet(nearest: list[int], number: dict[int, int], one: int, other: int) -> int:
    while one != other:
        if number[one] > number[other]:
            one = nearest[one]
        else:
            other = nearest[other]
    return one


def _order(graph: Graph) -> tuple[list[int], dict[int, list[int]]]:
    """The points that can be reached, each after one that leads to it; what does."""
    order: list[int] = []
    before: dict[int, list[int]] = {ENTRY: []}
    stack = [(ENTRY, _next(graph, ENTRY))]
    while stack:
        point, following = stack[-1]
        for each in following:
            seen = each in before
            before.setdefault(each, []).append(point)
            if not seen:
                stack.append((each, _next(graph, each)))
                break
        else:
            order.append(point)
            stack.pop()
    return order[::-1], before


def dominates(graph: Graph, one: int, other: int) -> bool:
    """Whether every way to a point passes another one, that is not the same."""
    if graph.ranks is None:
        graph.ranks = _ranks(_dominators(graph))
    first, last = graph.ranks[one]
    return first < graph.ranks[other][0] <= last


def _ranks(nearest: list[int]) -> list[tuple[int, int]]:
    """Each point's number in the tree of dominators, and the last number below it."""
    below: dict[int, list[int]] = defaultdict(list)
    for point, above in enumerate(nearest):
        if above >= 0 and point != ENTRY:
            below[above].append(point)
    ranks = [(-1, -1)] * len(nearest)
    number, stack = 0, [(ENTRY, False)]
    while stack:
        point, done = stack.pop()
        if done:
            ranks[point] = (ranks[point][0], number - 1)
            continue
        ranks[point] = (number, number)
        number += 1
        stack.append((point, True))
        stack += [(each, False) for each in below[point]]
    return ranks
