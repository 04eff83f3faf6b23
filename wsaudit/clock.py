"""The clock: where the processor time of a run goes, and how much was done in it.

Each part has its own time only: what a noun asks of an analysis is the analysis's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PHASE, ANALYSIS, NOUN = "phase", "analysis", "noun"


@dataclass(slots=True)
class _Part:
    seconds: float = 0.0
    count: int = 0
    of: str = ""
    """What is counted."""


@dataclass(slots=True)
class Clock:
    """The parts of one run, by their group and name, in the order of their begin."""

    parts: dict[tuple[str, str], _Part] = field(default_factory=dict)
    _open: list[_Part] = field(default_factory=list)
    _last: float = 0.0

    def begin(self, group: str, name: str) -> None:
        """Let time go to a part until its `end`, but for the parts inside it."""
        self._tick()
        self._open.append(self.parts.setdefault((group, name), _Part()))

    def end(self) -> None:
        """Let time go to the part around again."""
        self._tick()
        self._open.pop()

    def count(self, group: str, name: str, number: int, of: str) -> None:
        """Note how much was done in a part."""
        part = self.parts.setdefault((group, name), _Part())
        part.count, part.of = part.count + number, of

    def _tick(self) -> None:
        now = time.process_time()
        if self._open:
            self._open[-1].seconds += now - self._last
        self._last = now

    def lines(self) -> Iterator[str]:
        """A table: phases in their order, all else by time, none that took nothing."""
        times = os.times()
        yield (
            f"processor time: {times.user + times.system:.2f} s here, "
            f"{times.children_user + times.children_system:.2f} s in reading processes"
        )
        groups = (PHASE, ANALYSIS, NOUN)
        rows = [(*key, part) for key, part in self.parts.items()]
        rows.sort(key=lambda r: (groups.index(r[0]), r[0] != PHASE and -r[2].seconds))
        for group, name, part in rows:
            if part.seconds >= 0.005 or group == PHASE:
                done = f"{part.count:>9} {part.of}" if part.of else ""
                yield f"{group:<9} {name:<24} {part.seconds:8.2f} s{done}".rstrip()


_running: Clock | None = None


@contextmanager
def running(clock: Clock | None) -> Iterator[None]:
    """Let a clock run, if there is one."""
    global _running  # noqa: PLW0603 - the questions that it times are all over
    _running = clock
    try:
        yield
    finally:
        _running = None


def current() -> Clock | None:
    """The clock that runs, if one does."""
    return _running


@contextmanager
def part(group: str, name: str) -> Iterator[None]:
    """Let the time of a block go to a part, where a clock runs."""
    clock = _running
    if clock is None:
        yield
        return
    clock.begin(group, name)
    try:
        yield
    finally:
        clock.end()


def counted(group: str, name: str, number: int, of: str) -> None:
    """Note how much was done in a part, where a clock runs."""
    if _running is not None:
        _running.count(group, name, number, of)
