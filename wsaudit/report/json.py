"""The report as one JSON object, for programs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from wsaudit import __version__
from wsaudit.report.document import write_json
from wsaudit.report.places import span
from wsaudit.report.remedy import (
    NO_REMEDY,
    good_example,
    page_url,
    pages_of,
    remedy,
    steps,
    verification,
)
from wsaudit.report.sanitise import harmless, well_formed
from wsaudit.report.severity import by_priority, in_file_order
from wsaudit.rule import Priority

if TYPE_CHECKING:
    from wsaudit.edits import Fix
    from wsaudit.outcome import Finding, Report, RuleOutcome, Skip
    from wsaudit.pages import Page
    from wsaudit.source import Place

# Goes up when a field changes its meaning or goes away; new fields may come any time.
SCHEMA_VERSION = 1


def render(report: Report, out: TextIO) -> None:
    """Write a report as JSON.

    Lines and columns are 1-based, columns count code points, `start` and `end` are byte
    offsets. Paths are relative to the directory of the run and use `/`.
    """
    pages = pages_of(report)
    outcomes = sorted(report.outcomes, key=lambda outcome: outcome.rule.page.code)
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "wsaudit", "version": __version__},
        "summary": _summary(report),
        "findings": [
            finding_data(report, finding, pages)
            for finding in sorted(report.findings, key=by_priority)
        ],
        "ignored": [
            finding_data(report, finding, pages) | {"reason": _ignored_because(finding)}
            for finding in sorted(report.ignored, key=in_file_order)
        ],
        "rules": _guidance(report, pages),
        "verdicts": [_verdict(report, outcome) for outcome in outcomes],
        "skipped": [_skip(skip) for skip in report.skipped],
        "faults": [
            {
                "path": harmless(fault.path),
                "where": harmless(fault.where),
                "message": harmless(fault.message),
            }
            for fault in report.faults
        ],
    }
    write_json(document, out)


def _summary(report: Report) -> dict[str, Any]:
    priorities = Counter(finding.priority for finding in report.findings)
    reasons = Counter(skip.reason for skip in report.skipped)
    return {
        "findings": len(report.findings),
        "by_priority": {priority.value: priorities[priority] for priority in Priority},
        "ignored": len(report.ignored),
        "known": len(report.known),
        "gone": report.gone,
        "files_seen": report.seen,
        "files_read": report.read,
        "files_skipped": sum(not skip.partial for skip in report.skipped),
        "files_partly_read": sum(skip.partial for skip in report.skipped),
        "skipped_by_reason": dict(sorted(reasons.items())),
        "faults": len(report.faults),
        "facts": dict(sorted(report.facts.items())),
        "strict": report.strict,
    }


def finding_data(
    report: Report, finding: Finding, pages: Mapping[str, Page]
) -> dict[str, Any]:
    """One finding with its places, as JSON has it; ``pages`` are those of the rules."""
    page = pages[finding.code]
    return {
        "code": finding.code,
        "name": finding.name,
        "title": harmless(finding.title),
        "priority": finding.priority.value,
        "confidence": finding.confidence.value,
        "variant": finding.variant or None,
        "symbol": harmless(finding.symbol),
        "shape": finding.shape,
        "message": harmless(finding.message),
        "help": remedy(page),
        "url": page_url(page),
        **place_data(report, finding.at),
        "related": [
            {
                "message": harmless(each.message),
                **place_data(report, each.at),
            }
            for each in finding.related
        ],
        "fix": _fix(finding.fix) if finding.fix else None,
    }


def _guidance(report: Report, pages: Mapping[str, Page]) -> dict[str, Any]:
    """What each rule that found something asks for, once, by its code."""
    paths: dict[str, set[str]] = defaultdict(set)
    for finding in report.findings:
        paths[finding.code].add(finding.at.path)
    return {
        code: {
            "why": pages[code].why,
            "how_to_fix": steps(pages[code]),
            "good_example": dict(good_example(pages[code], where)),
            "not_a_fix": NO_REMEDY,
            "verify": verification((code,)),
        }
        for code, where in sorted(paths.items())
    }


def _fix(fix: Fix) -> dict[str, Any]:
    """How to mend a finding: texts that go in the place of byte offsets."""
    return {
        "title": fix.title,
        "applicability": fix.applicability.value,
        "edits": [
            {
                "path": harmless(edit.at.path),
                "start": edit.at.start,
                "end": edit.at.end,
                "text": well_formed(edit.text),
            }
            for edit in fix.edits
        ],
    }


def place_data(report: Report, at: Place) -> dict[str, Any]:
    """Where a place is, as JSON has it: lines, columns and byte offsets."""
    where = span(report.source(at.path), at)
    return {
        "path": harmless(at.path),
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line,
        "end_column": where.end_column,
        "start": at.start,
        "end": at.end,
    }


def _ignored_because(finding: Finding) -> str:
    return harmless(finding.ignored.reason) if finding.ignored else ""


def _verdict(report: Report, outcome: RuleOutcome) -> dict[str, Any]:
    page = outcome.rule.page
    ignored = sum(finding.ignored is not None for finding in outcome.findings)
    return {
        "code": page.code,
        "name": page.name,
        "priority": page.priority.value,
        "items": list(page.items),
        "state": outcome.state.value,
        "counts": {
            "fail": len(outcome.findings) - ignored,
            "pass": len(outcome.passes),
            "undecided": len(outcome.undecided),
            "ignored": ignored,
        },
        "evidence": [
            {
                "text": harmless(each.evidence),
                **place_data(report, each.at),
            }
            for each in outcome.passes
        ],
        "undecided": [
            {"text": harmless(each.reason), **place_data(report, each.at)}
            for each in outcome.undecided
        ],
    }


def _skip(skip: Skip) -> dict[str, Any]:
    return {
        "path": harmless(skip.path),
        "reason": harmless(skip.reason),
        "detail": harmless(skip.detail),
        "partial": skip.partial,
        "line": skip.line or None,
    }
