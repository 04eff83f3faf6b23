"""What was looked at and what was not, in words: silence must never read as a pass."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wsaudit.outcome import UNKNOWN_LIBRARY
from wsaudit.report.sanitise import harmless
from wsaudit.rule import Priority
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Report


# The kinds of facts that a reader counts; the others follow from them.
_NOUNS = {
    "ClientConnection": "client",
    "Endpoint": "endpoint",
    "Channel": "channel",
}


def checked(report: Report) -> str:
    """What was recognised: ``3 clients, 2 endpoints in 14 files``."""
    found = [
        amount(report.facts[kind], noun)
        for kind, noun in _NOUNS.items()
        if report.facts.get(kind)
    ]
    files = amount(report.read, "file")
    seen = f" of {report.seen}" if report.seen > report.read else ""
    if not found and any(skip.reason == UNKNOWN_LIBRARY for skip in report.skipped):
        return f"no connection of a library known to wsaudit in {files}{seen}"
    if not found:
        return f"no WebSocket code in {files}{seen}"
    return f"{', '.join(found)} in {files}{seen}"


def skipped(report: Report) -> str:
    """What was left out, by reason: ``; 2 files skipped (1 binary, 1 minified)``."""
    return _left_out(report, "skipped", partial=False) + _left_out(
        report, "read in part", partial=True
    )


def _left_out(report: Report, verb: str, *, partial: bool) -> str:
    reasons = Counter(skip.reason for skip in report.skipped if skip.partial is partial)
    if not reasons:
        return ""
    listed = ", ".join(
        f"{number} {harmless(reason)}" for reason, number in sorted(reasons.items())
    )
    return f"; {amount(reasons.total(), 'file')} {verb} ({listed})"


def known(report: Report) -> str:
    """What the baseline had: ``; 12 findings in the baseline, 2 of it mended``."""
    if not report.known and not report.gone:
        return ""
    gone = f", {report.gone} of it mended" if report.gone else ""
    return f"; {amount(len(report.known), 'finding')} in the baseline{gone}"


def mended(report: Report, done: str = "fixed") -> str:
    """What fixes came to: ``3 findings fixed, 2 more with --unsafe-fixes``."""
    more = f", {report.held_back} more with --unsafe-fixes" if report.held_back else ""
    return f"{amount(report.fixed, 'finding')} {done}{more}"


def priorities(report: Report) -> str:
    """How urgent the findings are: ``1 P0, 2 P1``."""
    counts = Counter(finding.priority for finding in report.findings)
    return ", ".join(
        f"{counts[priority]} {priority.value}"
        for priority in Priority
        if counts[priority]
    )
