"""How priority and confidence are called and ordered outside of wsaudit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.rule import Confidence, Priority

if TYPE_CHECKING:
    from wsaudit.outcome import Finding

LEVELS = {Priority.P0: "error", Priority.P1: "warning", Priority.P2: "note"}
SEVERITIES = {
    Priority.P0: "error",
    Priority.P1: "warning",
    Priority.P2: "recommendation",
}
# GitHub's scale: high from 7.0, medium from 4.0, low from 0.1. A string, or the upload
# fails.
SECURITY = {Priority.P0: "8.0", Priority.P1: "6.0", Priority.P2: "3.0"}

_SURE = [Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW]


def in_file_order(finding: Finding) -> tuple[str, int, int, str, str]:
    """The order in which one reads: by file, place, then rule."""
    at = finding.at
    return at.path, at.start, at.end, finding.code, finding.message


def by_priority(finding: Finding) -> tuple[str, tuple[str, int, int, str, str]]:
    """The order in which one mends: priority, then file and place."""
    return finding.priority.value, in_file_order(finding)


def by_rule(finding: Finding) -> tuple[str, tuple[str, int, int, str, str]]:
    """The order in which one learns: rule, then file and place."""
    return finding.code, in_file_order(finding)


def worst_first(finding: Finding) -> tuple[str, int, tuple[str, int, int, str, str]]:
    """The order of what must not be missed: priority, confidence, then place."""
    return (
        finding.priority.value,
        _SURE.index(finding.confidence),
        in_file_order(finding),
    )
