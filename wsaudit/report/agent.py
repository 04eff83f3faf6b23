"""Findings for a program that mends code: a line each, and each rule's help once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from wsaudit.edits import Applicability
from wsaudit.report.remedy import pages_of, remedy
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import by_priority
from wsaudit.report.tally import checked, known, priorities, skipped
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report

MOST = 50
_FIXES = {
    Applicability.SAFE: "wsaudit check --fix",
    Applicability.SUGGEST: "wsaudit check --fix --unsafe-fixes",
}


def render(report: Report, out: TextIO, *, most: int = MOST) -> None:
    """Write a report, the worst findings first and of them at most so many."""
    findings = sorted(report.findings, key=by_priority)
    shown = findings[:most]
    out.writelines(f"{_line(report, one)}\n" for one in shown)
    if len(findings) > most:
        out.write(f"… and {len(findings) - most} more\n")
    codes = sorted({one.code for one in shown})
    if codes:
        pages = pages_of(report)
        out.write("\nWhat to do (an ignore comment mends nothing):\n")
        out.writelines(
            f"{code} {pages[code].name}: {remedy(pages[code])}\n" for code in codes
        )
        out.write(f"\nVerify: wsaudit check --select {','.join(codes)}\n")
    number = amount(len(findings), "finding") if findings else "no findings"
    worst = f" ({priorities(report)})" if findings else ""
    looked = f"{checked(report)}{skipped(report)}{known(report)}"
    out.write(harmless(f"{number}{worst}; checked {looked}") + "\n")
    if report.faults:
        out.write(f"{amount(len(report.faults), 'internal error')}: incomplete\n")


def _line(report: Report, finding: Finding) -> str:
    source = report.source(finding.at.path)
    start = source.position(finding.at.start)
    place = f"{finding.at.path}:{start.line}:{start.column}"
    fix = finding.fix
    hint = f" [{fix.title}: {_FIXES[fix.applicability]}]" if fix else ""
    text = f"{place} {finding.priority} {finding.code} {finding.message}{hint}"
    return harmless(text)
