"""Tasks: coroutines that run beside the code that starts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Only

from wsaudit.model import Evidence, Fact

Way = Only["", "never", "skipped", "on-failure", "not-on-cancel"]


@dataclass(frozen=True, slots=True)
class Ending:
    """Whether a task is over when its connection is.

    Where it is not, ``way`` says on which ways out of the function that starts it, and
    the evidence where the first of these begins.
    """

    over: Evidence
    way: Way = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task(Fact):
    """A coroutine that the code of connections has run beside it.

    ``runs`` is the coroutine as written, ``kept`` whether something holds the task.
    ``ending`` is None for those that a group ends, and that use no server's socket.
    """

    runs: str
    kept: Evidence
    ending: Ending | None = None
