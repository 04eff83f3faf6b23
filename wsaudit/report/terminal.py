"""Findings on a terminal: by file, each with its code, its reason and its other end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len

from wsaudit.report.frames import frame
from wsaudit.report.paint import PRIORITY, Line
from wsaudit.report.places import span
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import in_file_order
from wsaudit.rule import Confidence

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report
    from wsaudit.rule import Related
    from wsaudit.source import Place

_WIDEST_TEXT = 100
_QUIET = "cyan"


def framed(report: Report, width: int) -> Iterator[Line]:
    """All findings, grouped by file; code and messages fit into ``width`` cells."""
    findings = sorted(report.findings, key=in_file_order)
    for path, group in groupby(findings, key=lambda finding: finding.at.path):
        yield [(harmless(path), "bold underline")]
        yield []
        for finding in group:
            yield from _finding(report, finding, width)
            yield []


def _finding(report: Report, finding: Finding, width: int) -> Iterator[Line]:
    style = PRIORITY[finding.priority]
    unsure = finding.confidence is not Confidence.HIGH
    yield [
        (f"  {finding.priority.value} {finding.code}", style),
        (f" {finding.name}", "bold"),
        (f" ({finding.confidence.value} confidence)" if unsure else "", ""),
    ]
    message = harmless(finding.message)
    for text in wrapped(message, min(width, _WIDEST_TEXT) - 2):
        yield [(f"  {text}", "")]
    yield [("   --> ", _QUIET), (_where(report, finding.at), "")]
    yield from _frame(report, finding.at, width, style=style)
    for related in finding.related:
        yield from _related(report, related, width)


def _related(report: Report, related: Related, width: int) -> Iterator[Line]:
    """The other end, its message beside the place where both fit, else below."""
    where = f"   ... {_where(report, related.at)}"
    message = harmless(related.message)
    if cell_len(where) + cell_len(message) + 2 <= width:
        yield [(where, _QUIET), (f"  {message}", "")]
    else:
        yield [(where, _QUIET)]
        for text in wrapped(message, min(width, _WIDEST_TEXT) - 7):
            yield [(f"       {text}", "")]
    yield from _frame(report, related.at, width, style=_QUIET, around=0, mark="-")


def _frame(
    report: Report,
    at: Place,
    width: int,
    *,
    style: str,
    around: int = 1,
    mark: str = "^",
) -> Iterator[Line]:
    source = report.source(at.path)
    gutter = max(4, len(str(source.line_of(at.start) + around)))
    room = max(20, width - gutter - 5)
    for row in frame(source, at, width=room, around=around, mark=mark):
        edge = f" {row.line or '':>{gutter}} │ "
        if not row.line:
            yield [(edge, _QUIET), (row.before, ""), (row.marked, style)]
        else:
            code = f"{row.before}{row.marked}{row.after}"
            yield [(edge, _QUIET), (code.rstrip(), "")]


def wrapped(text: str, width: int) -> Iterator[str]:
    """A text in lines of a width in cells; a word is never broken."""
    line = ""
    for word in text.split():
        if line and cell_len(line) + 1 + cell_len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _where(report: Report, at: Place) -> str:
    where = span(report.source(at.path), at)
    return f"{harmless(at.path)}:{where.line}:{where.column}"
