"""Time for a phase of this process, after which it is cut off wherever it is."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUpError(BaseException):
    """A phase took all of its time; no handler for errors of other kinds takes it."""


@contextmanager
def limited(seconds: float, what: str) -> Iterator[None]:
    """Raise TimeIsUpError in the middle of what takes more than ``seconds``.

    Seconds of this process's own work: what others do on the machine does not count.
    Where no timer can interrupt (Windows, another thread) there is no limit.
    """
    if not _can_interrupt():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUpError(f"{what} took more than {seconds:g} s")

    before = signal.signal(signal.SIGPROF, stop)
    began = time.process_time()
    left, _ = signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if left:
            rest = left - (time.process_time() - began)
            signal.setitimer(signal.ITIMER_PROF, max(rest, 0.001))


def _can_interrupt() -> bool:
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
    )
