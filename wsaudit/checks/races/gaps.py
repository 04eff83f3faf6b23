"""Gaps: messages that are missing, and a client that waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.ordering import GapCheck
from wsaudit.rule import Pass, Problem, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS202", on=GapCheck)
def sequence_gap_never_recovers(gap: GapCheck, _: Project) -> Verdicts:
    """A gap must end some time, and so must what was counted before a reconnect."""
    if gap.recovers.unknown:
        yield Undecided(gap.at, gap.recovers.why)
    elif gap.recovers.absent and gap.buffer:
        yield Problem(
            gap.at,
            f"a missing number parks every later message in `{gap.buffer}`: nothing "
            "asks for it, and no time or size ends the wait",
            variant="parked",
        )
    elif gap.recovers.absent:
        yield Problem(
            gap.at,
            f"a gap before the number in `{gap.counter}` is noticed, and what is "
            "missing is never asked for",
            variant="only-noticed",
        )
    elif gap.rebased.absent:
        yield Problem(
            gap.at,
            f"`{gap.counter}` does not begin anew when the client connects again: the "
            "first number after that looks like a gap, or like an old message",
            variant="never-rebased",
        )
    else:
        yield Pass(gap.at, gap.recovers.why)
