"""Attempts: after how many of them a client gives up, if it ever does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, counting
from wsaudit.analysis.numbers import Setting, constant, lasting
from wsaudit.flow.conditions import ORDERED, holding
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A comparison that ends the attempts; ``attempts`` where the number is known.

    ``counter`` is the variable compared, None for a clock.
    """

    at: Node
    attempts: int | None = None
    counter: Cell | None = None


def bound_of(scene: Scene, sites: tuple[nodes.Call, ...]) -> Bound | None:
    """What bounds the attempts on a way back: the least number where several do."""
    setting = Setting(scene)
    found = [
        bound
        for site in sites
        for test, holds in holding(scene.program, site)
        if (bound := _of_test(setting, test, holds=holds)) is not None
    ]
    found.extend(_of_loops(setting, sites))
    return min(found, key=_order) if found else None


def for_one_only(scene: Scene, sites: tuple[nodes.Call, ...]) -> bool:
    """Whether a way back is taken after one number of attempts only."""
    setting = Setting(scene)
    return any(
        isinstance(test, nodes.Binary)
        and (test.op == "==") is holds
        and lasting(setting, test, so=holds) is not None
        for site in sites
        for test, holds in holding(scene.program, site)
    )


def _order(bound: Bound) -> float:
    return math.inf if bound.attempts is None else bound.attempts


def _of_test(setting: Setting, test: nodes.Expression, *, holds: bool) -> Bound | None:
    """The limit that a test is whose outcome attempts change."""
    if isinstance(test, nodes.Binary):
        if test.op in ORDERED and any(
            _reads_clock(setting.scene, side) for side in (test.left, test.right)
        ):
            return Bound(test)
        if (test.op == "==") is holds and test.op not in ORDERED:
            return None  # What is so for one attempt only does not end the others.
    found = lasting(setting, test, so=holds)
    return None if found is None else Bound(test, found.attempts, found.counter)


def _reads_clock(scene: Scene, node: nodes.Expression) -> bool:
    return any(
        isinstance(part, nodes.Call)
        and scene.says("tells-time", tree.last_name(part.function))
        for part in tree.walk(node)
    )


def _of_loops(setting: Setting, sites: tuple[nodes.Call, ...]) -> Iterator[Bound]:
    """``for attempt in range(5)`` around the attempt."""
    for site in sites:
        for loop in tree.loops(site, setting.scene.program.parents):
            source = loop.source
            if counting(loop) != "range" or not isinstance(source, nodes.Call):
                continue
            numbers = [constant(setting, a.value) for a in source.arguments]
            yield Bound(source, _span(numbers))


def _span(numbers: list[float | None]) -> int | None:
    """How many numbers ``range`` gives."""
    known = [number for number in numbers if number is not None]
    if not known or len(known) != len(numbers):
        return None
    if len(known) == 1:
        return int(known[0])
    return max(0, int(known[1] - known[0]))
