"""Tasks: coroutines that run beside the code that starts them."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Evidence, Fact


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task(Fact):
    """A coroutine that the code of connections has run beside it.

    ``runs`` is the coroutine as written, ``kept`` whether something holds the task.
    """

    runs: str
    kept: Evidence
