"""SonarQube's generic issue format: the rules that looked, and an issue a finding.

The form is that since 10.3; columns count from 0, in UTF-16 units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from wsaudit.report.document import write_json
from wsaudit.report.places import repository_of, span_utf16
from wsaudit.report.remedy import page_url, pages_of, remedy
from wsaudit.report.results import shown_path
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import by_priority
from wsaudit.rule import Priority

if TYPE_CHECKING:
    from wsaudit.outcome import Report
    from wsaudit.pages import Page
    from wsaudit.source import Place

ENGINE = "wsaudit"
IMPACTS = {Priority.P0: "HIGH", Priority.P1: "MEDIUM", Priority.P2: "LOW"}
SEVERITIES = {Priority.P0: "CRITICAL", Priority.P1: "MAJOR", Priority.P2: "MINOR"}


def render(report: Report, out: TextIO, *, root: str | None = None) -> None:
    """Write a report; paths are relative to ``root``, the git top unless given."""
    top = root or repository_of(report)
    findings = sorted(report.findings, key=by_priority)
    issues = [
        {
            "ruleId": finding.code,
            "primaryLocation": _location(report, finding.at, finding.message, top),
            "secondaryLocations": [
                _location(report, one.at, one.message, top) for one in finding.related
            ],
        }
        for finding in findings
    ]
    rules = [_rule(page) for _, page in sorted(pages_of(report).items())]
    write_json({"rules": rules, "issues": issues}, out)


def _rule(page: Page) -> dict[str, Any]:
    secure = bool(page.cwe)
    return {
        "id": page.code,
        "name": page.title,
        "description": f"{remedy(page)} {page_url(page)}",
        "engineId": ENGINE,
        "cleanCodeAttribute": "TRUSTWORTHY" if secure else "LOGICAL",
        "type": "VULNERABILITY" if secure else "BUG",
        "severity": SEVERITIES[page.priority],
        "impacts": [
            {
                "softwareQuality": "SECURITY" if secure else "RELIABILITY",
                "severity": IMPACTS[page.priority],
            }
        ],
    }


def _location(report: Report, at: Place, message: str, top: str) -> dict[str, Any]:
    source = report.source(at.path)
    where = span_utf16(source, at)
    range_ = {"startLine": where.line}
    if (where.end_line, where.end_column) > (where.line, where.column):
        range_ |= {
            "endLine": where.end_line,
            "startColumn": where.column - 1,
            "endColumn": where.end_column - 1,
        }
    return {
        "message": harmless(message),
        "filePath": harmless(shown_path(report, at.path, top)),
        "textRange": range_,
    }
