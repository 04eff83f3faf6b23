"""Running a command and reading what it cost from the operating system."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KILOBYTE = 1024 if os.uname().sysname == "Linux" else 1


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """Wall clock and processor seconds, the children's included; bytes at the peak.

    The peak is that of the largest process, not the sum of all.
    """

    wall: float
    cpu: float
    peak: int


def cost(
    command: Sequence[str],
    folder: str,
    *,
    accept: Iterable[int] = (0, 1),
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """What one run costs. Raises RuntimeError for an exit code not in ``accept``."""
    started = time.perf_counter()
    running = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    assert running.stderr is not None
    said = running.stderr.read()
    _, status, used = os.wait4(running.pid, 0)
    wall = time.perf_counter() - started
    running.returncode = os.waitstatus_to_exitcode(status)
    running.stderr.close()
    if running.returncode not in accept:
        tail = said.decode("utf-8", "replace").strip()[-500:]
        raise RuntimeError(f"{command[0]} ended with {running.returncode}: {tail}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * KILOBYTE)


def best(costs: Iterable[Cost]) -> Cost:
    """The least of each: what disturbs a measurement only ever adds to it."""
    taken = list(costs)
    return Cost(
        min(one.wall for one in taken),
        min(one.cpu for one in taken),
        min(one.peak for one in taken),
    )
