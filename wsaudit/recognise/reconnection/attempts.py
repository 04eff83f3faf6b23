"""Attempts: after how many of them a client gives up, if it ever does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow, tree, values
from wsaudit.recognise.reconnection.counters import Place, changes, counting
from wsaudit.recognise.reconnection.delays import COMPARISONS, Setting, amount
from wsaudit.recognise.reconnection.figures import figure
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

_NOT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CLOCKS = frozenset({"now", "monotonic", "time", "perf_counter"})


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A comparison that ends the attempts; ``attempts`` where the number folds.

    ``counter`` is the place of the variable compared, None for a clock.
    """

    at: Node
    attempts: int | None = None
    counter: Place | None = None


def bound_of(scene: Scene, sites: tuple[nodes.Call, ...]) -> Bound | None:
    """What bounds the attempts on a way back: the least number where several do."""
    setting = Setting(scene)
    found = [
        bound
        for site in sites
        for guard in flow.guards(site, scene.program.parents)
        for test, holds in flow.facts_of(guard.test, holds=guard.holds)
        for bound in _of_test(setting, test, holds=holds)
    ]
    found.extend(_of_loops(setting, sites))
    return min(found, key=_order) if found else None


def _order(bound: Bound) -> float:
    return math.inf if bound.attempts is None else bound.attempts


def _of_test(
    setting: Setting, test: nodes.Expression, *, holds: bool
) -> Iterator[Bound]:
    match test:
        case nodes.Binary(op=op, left=left, right=right) if op in _NOT:
            op = op if holds else _NOT[op]
            yield from _of_sides(setting, test, left, op, right)
            yield from _of_sides(setting, test, right, _TURNED[op], left)
        case nodes.Name() | nodes.Member() if holds:
            for place in _counters(setting, test):
                if _counts_down(setting.scene, place):
                    yield Bound(test, None, place)
        case _:
            return


def _of_sides(
    setting: Setting,
    test: nodes.Expression,
    counter: nodes.Expression,
    op: str,
    limit: nodes.Expression,
) -> Iterator[Bound]:
    """``counter op limit`` is so wherever the client goes on."""
    if op in COMPARISONS and _reads_clock(counter):
        yield Bound(test)
        return
    other = amount(setting, limit)
    if other.varies or _boundless(setting.scene, limit):
        return
    for place in _counters(setting, counter):
        down = _counts_down(setting.scene, place)
        if op in ({">", ">=", "!="} if down else {"<", "<=", "!="}):
            number = None if down else figure(setting, limit, {})
            yield Bound(test, _whole(number, op), place)


def _counters(setting: Setting, node: nodes.Expression) -> frozenset[Place]:
    """The variables that change with every attempt, read by themselves."""
    inner = tree.strip(node)
    if isinstance(inner, nodes.Unary) and inner.op in {"++", "--"}:
        inner = inner.value
    if isinstance(inner, nodes.Assign):
        inner = inner.target
    if not isinstance(inner, nodes.Name | nodes.Member):
        return frozenset()
    found = amount(setting, inner)
    return found.counters if found.varies else frozenset()


def _whole(number: float | None, op: str) -> int | None:
    if number is None or not math.isfinite(number):
        return None
    return int(number) + (1 if op == "<=" else 0)


def _counts_down(scene: Scene, place: Place) -> bool:
    return any(change.op in {"--", "-="} for change in changes(scene, place))


def _boundless(scene: Scene, limit: nodes.Expression) -> bool:
    """Whether the limit may be infinite: then it is, for whoever chooses none."""
    for value in scene.program.values(limit):
        if isinstance(value, values.External) and value.name.endswith(
            ("#Infinity", "POSITIVE_INFINITY", "MAX_SAFE_INTEGER", "math.inf")
        ):
            return True
        if (
            isinstance(value, values.Const)
            and isinstance(value.value, float)
            and math.isinf(value.value)
        ):
            return True
    return False


def _reads_clock(node: nodes.Expression) -> bool:
    return any(
        isinstance(part, nodes.Call) and tree.last_name(part.function) in _CLOCKS
        for part in tree.walk(node)
    )


def _of_loops(setting: Setting, sites: tuple[nodes.Call, ...]) -> Iterator[Bound]:
    """``for attempt in range(5)`` around the attempt."""
    for site in sites:
        for loop in flow.loops(site, setting.scene.program.parents):
            source = loop.source
            if counting(loop) != "range" or not isinstance(source, nodes.Call):
                continue
            numbers = [figure(setting, a.value, {}) for a in source.arguments]
            yield Bound(source, _span(numbers))


def _span(numbers: list[float | None]) -> int | None:
    """How many numbers ``range`` gives."""
    known = [number for number in numbers if number is not None]
    if not known or len(known) != len(numbers):
        return None
    if len(known) == 1:
        return int(known[0])
    return max(0, int(known[1] - known[0]))
