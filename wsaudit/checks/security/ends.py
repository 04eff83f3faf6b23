"""Ends in order that keep a client from coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.errors.refused import EXEMPT, closes_of
from wsaudit.model.codes import Code
from wsaudit.model.endings import Comeback
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Close, Project
    from wsaudit.rule import Verdicts

_DEPLOY = (Code.GOING_AWAY, Code.SERVICE_RESTART)
"""What servers close with when they are stopped to be started anew."""
_VARIANTS = {
    "unclean closes": "was-clean",
    "certain codes": "abnormal-only",
    "errors": "stream-completes",
}


@check("WS178", on=Comeback)
def clean_close_not_retried(comeback: Comeback, project: Project) -> Verdicts:
    """A server that goes away in order is gone for good."""
    if comeback.connections[0].role in EXEMPT:
        return
    if not comeback.codes:
        yield _of_loop(comeback)
        return
    ends = [comeback.after(code) for code in _DEPLOY]
    lost = comeback.after(Code.ABNORMAL)
    if lost.absent:
        return
    if comeback.otherwise:
        yield Pass(comeback.at, comeback.otherwise)
    elif all(end.absent for end in ends):
        yield Problem(
            ends[0].at or comeback.at,
            f"only {ends[0].why} are retried: a deploy closes cleanly (1001 or 1012), "
            f"and this client never comes back",
            variant=_VARIANTS[ends[0].why],
        )
    elif any(end.unknown for end in (*ends, lost)):
        why = next(end.why for end in (*ends, lost) if end.unknown)
        yield Undecided(comeback.at, why)
    elif comeback.after(Code.NORMAL).absent and (sent := _ended(comeback, project)):
        yield Problem(
            comeback.after(Code.NORMAL).at or comeback.at,
            "1000 is not retried, and the server ends with it where something went "
            "wrong: this client never comes back",
            variant="server-ends-with-1000",
            confidence=Confidence.MEDIUM,
            related=(Related(sent.at, "closed here"),),
        )
    else:
        yield Pass(comeback.at, "it comes back when the server is started anew")


def _of_loop(comeback: Comeback) -> Problem | Pass:
    if comeback.leaves is None:
        return Pass(comeback.at, "a clean end leads to another attempt as well")
    return Problem(
        comeback.leaves,
        "a clean end leaves the loop that connects: when the server is stopped for a "
        "deploy (1001), this client never comes back",
        variant="normal-end-leaves-loop",
    )


def _ended(comeback: Comeback, project: Project) -> Close | None:
    """Where the server closes with 1000, or without a code, since something failed."""
    return next(
        (
            close
            for close in closes_of(comeback, project)
            if close.failed is not None
            and (close.codes == (Code.NORMAL,) or not close.coded)
        ),
        None,
    )
