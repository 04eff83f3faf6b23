"""Findings on a terminal: the worst first, each with code, reason and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from wsaudit.report.frames import frame
from wsaudit.report.paint import PRIORITY, Line
from wsaudit.report.places import span
from wsaudit.report.remedy import pages_of, remedy
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import by_priority, by_rule, in_file_order
from wsaudit.rule import Confidence, Priority

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report
    from wsaudit.pages import Page
    from wsaudit.rule import Related
    from wsaudit.source import Place

_WIDEST_TEXT = 100
_QUIET = "cyan"


def framed(report: Report, width: int, group_by: str = "priority") -> Iterator[Line]:
    """All findings in groups; code and messages fit into ``width`` cells."""
    pages = pages_of(report)
    key, heading = _GROUPS[group_by]
    for _, group in groupby(sorted(report.findings, key=key), heading):
        found = list(group)
        count = f" ({len(found)})" if group_by != "file" else ""
        yield [(f"{heading(found[0])}{count}", "bold underline")]
        yield []
        for finding in found:
            yield from _finding(report, finding, width, pages.get(finding.code))
            yield []


def _by_file(finding: Finding) -> str:
    return harmless(finding.at.path)


def _by_rule(finding: Finding) -> str:
    return f"{finding.code} {finding.name}"


def _by_priority(finding: Finding) -> str:
    return _URGENCY[finding.priority]


_URGENCY = {
    Priority.P0: "P0 should stop a release",
    Priority.P1: "P1 to be mended before the next release",
    Priority.P2: "P2 when there is time",
}
_GROUPS: dict[str, tuple[Callable[[Finding], Any], Callable[[Finding], str]]] = {
    "file": (in_file_order, _by_file),
    "rule": (by_rule, _by_rule),
    "priority": (by_priority, _by_priority),
}


def _finding(
    report: Report, finding: Finding, width: int, page: Page | None
) -> Iterator[Line]:
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
    if page:
        yield from _help(remedy(page), width)


def _help(text: str, width: int) -> Iterator[Line]:
    """What to do, below everything else that is said of a finding."""
    for index, line in enumerate(wrapped(text, min(width, _WIDEST_TEXT) - 8)):
        yield [("   help ", _QUIET) if not index else ("        ", ""), (line, "")]


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
