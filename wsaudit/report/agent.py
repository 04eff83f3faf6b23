"""Findings for a program that mends code: a line each, and each rule's help once."""

from __future__ import annotations

from collections import defaultdict
from textwrap import indent
from typing import TYPE_CHECKING, TextIO

from wsaudit.edits import Applicability
from wsaudit.report.remedy import (
    NO_REMEDY,
    good_example,
    pages_of,
    steps,
    verification,
)
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import by_priority
from wsaudit.report.tally import checked, known, priorities, skipped
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report

MOST = 50
LONGEST_EXAMPLE = 24
INDENT = " " * 4
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
    _write_help(report, shown, out)
    number = amount(len(findings), "finding") if findings else "no findings"
    worst = f" ({priorities(report)})" if findings else ""
    looked = f"{checked(report)}{skipped(report)}{known(report)}"
    out.write(harmless(f"{number}{worst}; checked {looked}") + "\n")
    if report.faults:
        out.write(f"{amount(len(report.faults), 'internal error')}: incomplete\n")


def _write_help(report: Report, shown: list[Finding], out: TextIO) -> None:
    """What each rule asks for, once: in steps, with code that is good, if short."""
    pages = pages_of(report)
    paths: dict[str, set[str]] = defaultdict(set)
    for one in shown:
        paths[one.code].add(one.at.path)
    if not paths:
        return
    out.write(f"\nWhat to do ({NO_REMEDY}):\n")
    for code, where in sorted(paths.items()):
        out.write(f"{code} {pages[code].name}: {' '.join(steps(pages[code]))}\n")
        good = good_example(pages[code], where)
        if sum(text.count("\n") for text in good.values()) > LONGEST_EXAMPLE:
            out.write(f"  good code: wsaudit explain {code}\n")
            continue
        out.writelines(
            f"  good code, {name}:\n{indent(text, INDENT)}"
            for name, text in good.items()
        )
    out.write(f"\nVerify: {verification(paths)}\n")


def _line(report: Report, finding: Finding) -> str:
    source = report.source(finding.at.path)
    start = source.position(finding.at.start)
    place = f"{finding.at.path}:{start.line}:{start.column}"
    fix = finding.fix
    hint = f" [{fix.title}: {_FIXES[fix.applicability]}]" if fix else ""
    text = f"{place} {finding.priority} {finding.code} {finding.message}{hint}"
    return harmless(text)
