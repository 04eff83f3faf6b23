"""The report for people: code frames on a terminal, one line a finding elsewhere."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from wsaudit.report.items import coverage, judge, tally
from wsaudit.report.paint import PRIORITY, Line, wants_color, write
from wsaudit.report.places import span
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import in_file_order, worst_first
from wsaudit.report.tally import checked, counted, known, priorities, skipped

if TYPE_CHECKING:
    from wsaudit.outcome import Report


def render(
    report: Report,
    out: TextIO,
    *,
    terminal: bool | None = None,
    color: bool | None = None,
    width: int | None = None,
    quiet: bool = False,
    verbose: bool = False,
    built: Collection[str] = (),
) -> None:
    """Write a report for a person to read.

    ``terminal`` chooses between code frames and one line a finding, ``color`` whether
    there are colours, ``width`` how many columns there are; what is None is found out
    from ``out`` and the environment. ``quiet`` leaves out all but findings and internal
    errors; ``verbose`` lists the files that were skipped. ``built`` are the codes of
    all rules that exist, for the verdicts of the checklist.
    """
    frames = out.isatty() if terminal is None else terminal
    columns = (width or shutil.get_terminal_size().columns) if frames else None
    parts = [_framed(report, columns) if columns else _listed(report)]
    if verbose and not quiet:
        parts.append(_skips(report))
    parts.append(_faults(report))
    if not quiet:
        parts.append(_tally(report, columns))
    if frames and not quiet:
        parts.append(_checklist(report, built))
    write(
        chain.from_iterable(parts),
        out,
        color=wants_color(out) if color is None else color,
    )


def _framed(report: Report, width: int) -> Iterator[Line]:
    # Rich, which measures the cells, is slow to import.
    from wsaudit.report.terminal import framed

    return framed(report, width)


def _listed(report: Report) -> Iterator[Line]:
    for finding in sorted(report.findings, key=in_file_order):
        where = span(report.source(finding.at.path), finding.at)
        yield [
            (f"{harmless(finding.at.path)}:{where.line}:{where.column}: ", ""),
            (finding.priority.value, PRIORITY[finding.priority]),
            (f" {finding.code} {finding.name}: ", ""),
            (harmless(finding.message), ""),
        ]


def _tally(report: Report, width: int | None) -> Iterator[Line]:
    """What was found and what was looked at; never silence."""
    looked = f"{checked(report)}{skipped(report)}"
    if report.ignored:
        looked += f"; {counted(len(report.ignored), 'finding')} ignored by comments"
    looked += known(report)
    if not report.findings:
        yield from _paragraph(f"No findings: {looked}", width)
        return
    files = len({finding.at.path for finding in report.findings})
    yield [
        (counted(len(report.findings), "finding"), "bold"),
        (f" in {counted(files, 'file')}: {priorities(report)}", ""),
    ]
    yield from _paragraph(f"Checked {looked}", width)


def _paragraph(text: str, width: int | None) -> Iterator[Line]:
    if width is None:
        yield [(text, "")]
        return
    from wsaudit.report.terminal import wrapped

    for line in wrapped(text, width):
        yield [(line, "")]


def _checklist(report: Report, built: Collection[str]) -> Iterator[Line]:
    verdicts = judge(report, built=built)
    yield [(f"Checklist: {tally(verdicts)}", "")]
    codes = Counter(finding.code for finding in report.findings)
    for verdict in verdicts:
        number = sum(codes[code] for code in verdict.item.rules)
        if number:
            yield [
                (f"{number:>6}", "bold"),
                (f"  {verdict.item.id} {verdict.item.title}", ""),
            ]
    yield [(f"{coverage(verdicts)}; `wsaudit checklist` shows them by item", "")]
    worst = min(report.findings, key=worst_first, default=None)
    if worst:
        yield [
            (f"`wsaudit explain {worst.code}` tells why it matters and what to do", "")
        ]


def _skips(report: Report) -> Iterator[Line]:
    for skip in report.skipped:
        verb = "read in part" if skip.partial else "skipped"
        line = f":{skip.line}" if skip.line else ""
        detail = f" ({skip.detail})" if skip.detail else ""
        yield [(harmless(f"{skip.path}{line}: {verb}: {skip.reason}{detail}"), "")]


def _faults(report: Report) -> Iterator[Line]:
    for fault in report.faults:
        path = f"{fault.path}: " if fault.path else ""
        yield [
            (harmless(path), ""),
            ("internal error", "bold red"),
            (harmless(f" in {fault.where}: {fault.message}; please report it"), ""),
        ]
