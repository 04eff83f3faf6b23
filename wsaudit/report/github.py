"""GitHub workflow commands: each finding as an annotation on its line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO

from wsaudit.report.places import repository_of, span, under_root
from wsaudit.report.sanitise import command_data, command_property, mask_secrets
from wsaudit.report.severity import LEVELS, worst_first

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report

# What GitHub shows of one kind for one step of a workflow; it drops the rest silently.
MOST_SHOWN = 10

_KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, out: TextIO, *, root: str | None = None) -> None:
    """Write annotations, the most severe first, then how many GitHub will not show.

    Files are named relative to ``root``, the git top level unless given. The text
    report belongs after these lines: a log without it would not say what is wrong.
    """
    top = root or repository_of(report)
    findings = sorted(report.findings, key=worst_first)
    out.writelines(f"{_annotation(report, finding, top)}\n" for finding in findings)
    shown = Counter(_KINDS[LEVELS[finding.priority]] for finding in findings)
    for kind, number in shown.items():
        if number > MOST_SHOWN:
            out.write(
                f"Of the {number} {kind}s above GitHub shows {MOST_SHOWN}; "
                "the others are in the text only\n"
            )


def _annotation(report: Report, finding: Finding, root: str) -> str:
    path = under_root(finding.at.path, base=report.root, root=root) or finding.at.path
    where = span(report.source(finding.at.path), finding.at)
    properties = {"file": path, "line": str(where.line), "endLine": str(where.end_line)}
    if where.line == where.end_line:  # columns mean nothing across lines
        properties["col"] = str(where.column)
        properties["endColumn"] = str(where.end_column)
    properties["title"] = f"wsaudit ({finding.code})"
    written = ",".join(
        f"{name}={command_property(mask_secrets(value))}"
        for name, value in properties.items()
    )
    text = command_data(mask_secrets(f"{finding.name}: {finding.message}"))
    return f"::{_KINDS[LEVELS[finding.priority]]} {written}::{text}"
