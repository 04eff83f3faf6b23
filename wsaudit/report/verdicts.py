"""What a rule's outcome comes to in a report, low confidence taken into account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.outcome import State
from wsaudit.rule import Confidence, Undecided

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, RuleOutcome


def open_findings(outcome: RuleOutcome, *, strict: bool) -> tuple[Finding, ...]:
    """The findings that count: not ignored, and not of low confidence unless strict."""
    return tuple(
        finding
        for finding in outcome.findings
        if not finding.ignored and (strict or finding.confidence is not Confidence.LOW)
    )


def doubts(outcome: RuleOutcome, *, strict: bool) -> tuple[Undecided, ...]:
    """What the rule could not decide, and the findings too unsure to count."""
    unsure = tuple(
        Undecided(finding.at, f"perhaps: {finding.message}")
        for finding in outcome.findings
        if not finding.ignored and not strict and finding.confidence is Confidence.LOW
    )
    return outcome.undecided + unsure


def state_of(outcome: RuleOutcome, *, strict: bool) -> State:
    """Fail beats undecided beats pass; nothing looked at is not applicable.

    An ignored finding is a decision of its reader and counts as a pass.
    """
    if open_findings(outcome, strict=strict):
        return State.FAIL
    if doubts(outcome, strict=strict):
        return State.UNDECIDED
    if outcome.passes or outcome.findings:
        return State.PASS
    return State.NOT_APPLICABLE
