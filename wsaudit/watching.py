"""Looking again whenever a file has changed, until somebody ends it."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY = 1.0
"""Seconds from one look at the files to the next."""
SETTLED = 0.3
"""Seconds in which nothing changes before they are taken for written."""

Stamp = Callable[[], object]
"""What gives something else when a file has changed."""


def watch(run: Callable[[], object], stamp: Stamp) -> None:
    """Run, and again for each change; a change during a run counts as one after it."""
    while True:
        before = stamp()
        run()
        while (now := stamp()) == before:
            time.sleep(EVERY)
        _settle(now, stamp)


def _settle(now: object, stamp: Stamp) -> None:
    while True:
        time.sleep(SETTLED)
        later = stamp()
        if later == now:
            return
        now = later
