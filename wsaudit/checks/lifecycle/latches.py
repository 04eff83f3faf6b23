"""Flags that keep an effect from connecting again."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.lifecycle import Latch
from wsaudit.rule import Pass, Problem, Related, Verdicts, check


@check("WS119", on=Latch)
def mounted_flag_never_restored(latch: Latch, project: Project) -> Verdicts:
    """A cleanup says that all is over, and nothing takes that back."""
    if latch.restored.present:
        yield Pass(latch.restored.at or latch.at, latch.restored.why)
        return
    seldom = "strict-mode" if latch.remounted else "remount"
    yield Problem(
        latch.at,
        f"`{latch.flag}` is set here and never set back: when the effect runs again "
        f"`{latch.bars}` returns at once and nothing connects",
        variant=seldom if latch.once else "dependencies",
        related=(Related(latch.tested_at, "this test then always returns"),),
    )
