"""Series: the waits before the first, second, … attempt, run one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, writes
from wsaudit.analysis.numbers.evaluation import figure, holds, number
from wsaudit.analysis.numbers.setting import Run, Setting
from wsaudit.analysis.numbers.variables import advanced, is_step, read
from wsaudit.flow.ways import always_before
from wsaudit.limits import ATTEMPTS, STEPS_IN_ALL
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_FAR = 1e6
_GUESSES: tuple[Callable[[int], float], ...] = (
    lambda index: 10.0**index,
    lambda index: 1e9 * 100.0**index,
    lambda index: 10.0 ** (4 - index),
    lambda index: 1e18 / 100.0**index,
)
"""What numbers that are not known are taken for: small or large, rising or falling.

A delay grows when it does so for some of them: the less of a base that doubles and of a
cap does unless the cap is taken for less than the base.
"""


@dataclass(frozen=True, slots=True)
class Series:
    """The waits before the first, second, … attempt, in the unit of the code.

    Chance counts as its middle, and ``random`` says that it has a part; ``exact`` that
    all numbers are the code's own. ``counters`` are the variables that change with
    every attempt; ``unknown`` says what could not be followed, ``veiled`` that a call
    is among that.
    """

    waits: tuple[float, ...] = ()
    random: bool = False
    capped: bool = False
    exact: bool = False
    counters: tuple[Cell, ...] = ()
    unknown: str = ""
    veiled: bool = False

    @property
    def varies(self) -> bool:
        """Whether some attempt is waited for longer than another."""
        return len(set(self.waits)) > 1

    @property
    def first(self) -> float | None:
        """The wait before the first attempt."""
        return self.waits[0] if self.waits and self.exact else None

    @property
    def longest(self) -> float | None:
        """The wait that is never exceeded, where there is one."""
        if not self.capped or not self.exact or self.waits[-1] > self.waits[-2]:
            return None
        return max(self.waits)


def series(setting: Setting, waits: Sequence[nodes.Expression]) -> Series:
    """The waits of many attempts, what makes them vary, and what could not be seen.

    Several are waited for one after the other.
    """
    return _series(setting.scene, setting, tuple(waits))


@asked
def _series(
    _scene: Scene, setting: Setting, waits: tuple[nodes.Expression, ...]
) -> Series:
    found = Series()
    for index, assume in enumerate(_GUESSES):
        found = _simulated(setting, waits, assume)
        if found.varies or found.exact:
            break
        if index == 0:
            first = found
    else:
        return first
    return found


def constant(setting: Setting, node: nodes.Expression) -> float | None:
    """The number that an expression is, None where it is not known or varies."""
    run = Run(read, 0.5, _GUESSES[0])
    found = number(run, setting, node)
    return found if run.exact and not run.state and not run.random else None


def _simulated(
    setting: Setting, waits: Sequence[nodes.Expression], assume: Callable[[int], float]
) -> Series:
    low, high = (_waited(setting, waits, chance, assume) for chance in (0.0, 1.0))
    middle = tuple((a + b) / 2 for a, b in zip(low[1], high[1], strict=False))
    run = low[0]
    varies = len(set(middle)) > 1
    return Series(
        middle,
        random=low[1] != high[1],
        capped=varies and _is_capped(setting, waits, run, middle),
        exact=run.exact,
        counters=_counters(setting, run) if varies else (),
        unknown=run.unknown,
        veiled=run.veiled,
    )


def _counters(setting: Setting, run: Run) -> tuple[Cell, ...]:
    found = [cell for cell in run.state if cell in run.met]
    return tuple(sorted(found, key=lambda cell: cell.name))


def _waited(
    setting: Setting,
    waits: Sequence[nodes.Expression],
    chance: float,
    assume: Callable[[int], float],
) -> tuple[Run, list[float]]:
    run = Run(read, chance, assume)
    _sum(run, setting, waits)  # The counters join the state.
    _begin(run, setting, waits)
    found: list[float] = []
    while len(found) < ATTEMPTS:
        wait = _sum(run, setting, waits)
        if not math.isfinite(wait):
            break
        found.append(wait)
        run.state = advanced(run, setting)
    return run, found


def _sum(run: Run, setting: Setting, waits: Sequence[nodes.Expression]) -> float:
    return sum(figure(run, setting, wait) for wait in waits)


def _begin(run: Run, setting: Setting, waits: Sequence[Node]) -> None:
    """Bring the state to where the first wait is computed."""
    after = advanced(run, setting)
    for cell in list(run.state):
        if any(_stepped_before(run, setting, wait, cell) for wait in waits):
            run.state[cell] = after[cell]


def _stepped_before(run: Run, setting: Setting, at: Node, cell: Cell) -> bool:
    """Whether the counter has been changed where a number is computed."""
    program = setting.scene.program
    binding = program.binding(at) if isinstance(at, nodes.Name) else None
    if binding is not None and binding.constant:
        at = binding.writes[0].at
    return any(
        not write.first
        and is_step(run, setting, cell, write)
        and write.function is program.function_of(at)
        and not (at.start <= write.node.start and write.node.end <= at.end)
        and always_before(program, [write.node], at)
        for write in writes(setting.scene, cell)
    )


def _is_capped(
    setting: Setting,
    waits: Sequence[nodes.Expression],
    run: Run,
    found: tuple[float, ...],
) -> bool:
    """Whether the later half of the waits, or one far beyond, is no longer still."""
    if len(found) < ATTEMPTS:
        return False
    half = ATTEMPTS // 2
    if max(found[half:]) <= max(found[:half]):
        return True
    far = run.fork()
    far.state = {cell: (abs(value) + 1) * _FAR for cell, value in run.state.items()}
    one = _sum(far, setting, waits)
    far.state = advanced(far, setting)
    return math.isfinite(one) and _sum(far, setting, waits) <= one


# -- limits ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lasting:
    """A test that comes out otherwise after some attempts, by what a counter says.

    ``attempts`` is None where the number is not known.
    """

    counter: Cell
    attempts: int | None


def lasting(setting: Setting, test: nodes.Expression, *, so: bool) -> Lasting | None:
    """How many attempts a test comes out one way; None where it does so for ever."""
    return _lasting(setting.scene, setting, test, so=so)


@asked
def _lasting(
    _scene: Scene, setting: Setting, test: nodes.Expression, *, so: bool
) -> Lasting | None:
    run = Run(read, 0.5, _GUESSES[0])
    if holds(run, setting, test) is not so or not run.met:
        return None
    counter = min(run.met, key=lambda cell: cell.name)
    _begin(run, setting, [test])
    for attempt in range(STEPS_IN_ALL):
        if holds(run, setting, test) is not so:
            known = attempt > 0 and _is_exact(setting, test)
            return Lasting(counter, attempt if known else None)
        after = advanced(run, setting)
        if after == run.state:
            return None
        run.state = after
    run.state = {cell: value * _FAR for cell, value in run.state.items()}
    if holds(run, setting, test) is so:
        return None
    return Lasting(counter, None if not _is_exact(setting, test) else STEPS_IN_ALL)


def _is_exact(setting: Setting, test: nodes.Expression) -> bool:
    """Whether all numbers that decide a test are the code's own."""
    run = Run(read, 0.5, _GUESSES[0])
    match test:
        case nodes.Binary(left=left, right=right):
            for side in (left, right):
                number(run, setting, side)
        case _:
            number(run, setting, test)
    return run.exact
