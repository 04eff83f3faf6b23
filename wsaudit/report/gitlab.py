"""GitLab's code quality report: one entry a finding, known by its fingerprint."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from wsaudit.report.document import write_json
from wsaudit.report.fingerprints import fingerprint
from wsaudit.report.places import repository_of, span
from wsaudit.report.results import shown_path
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import by_priority
from wsaudit.rule import Priority

if TYPE_CHECKING:
    from wsaudit.outcome import Report

SEVERITIES = {Priority.P0: "critical", Priority.P1: "major", Priority.P2: "minor"}


def render(report: Report, out: TextIO, *, root: str | None = None) -> None:
    """Write a report for GitLab.

    Paths are relative to ``root``, the git top level unless given. Of entries with one
    fingerprint GitLab shows one only, so equal findings are counted in theirs.
    """
    top = root or repository_of(report)
    seen: Counter[tuple[str, ...]] = Counter()
    entries: list[dict[str, Any]] = []
    for finding in sorted(report.findings, key=by_priority):
        source = report.source(finding.at.path)
        where = span(source, finding.at)
        path = shown_path(report, finding.at.path, top)
        text = f"{finding.symbol}\0{finding.shape}"
        if not finding.shape:
            text = "".join(source.line_text(where.line).split())
        key = (finding.code, path, text)
        seen[key] += 1
        entries.append(
            {
                "description": harmless(f"{finding.code}: {finding.message}"),
                "check_name": finding.name,
                "fingerprint": fingerprint(*key, seen[key]),
                "severity": SEVERITIES[finding.priority],
                "location": {
                    "path": harmless(path),
                    "lines": {"begin": where.line, "end": where.end_line},
                },
            }
        )
    write_json(entries, out)
