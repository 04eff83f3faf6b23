"""The report for people: code frames on a terminal, one line a finding elsewhere."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from wsaudit.report.items import coverage, judge, tally
from wsaudit.report.paint import PRIORITY, Line, wants_color, write
from wsaudit.report.places import span
from wsaudit.report.sanitise import harmless
from wsaudit.report.severity import by_priority, by_rule, in_file_order, worst_first
from wsaudit.report.tally import checked, known, mended, priorities, skipped
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report

MOST_RULES = 5
MANY = 20
_ORDERS: dict[str, Callable[[Finding], Any]] = {
    "file": in_file_order,
    "rule": by_rule,
    "priority": by_priority,
}


def render(
    report: Report,
    out: TextIO,
    *,
    terminal: bool | None = None,
    color: bool | None = None,
    width: int | None = None,
    quiet: bool = False,
    verbose: bool = False,
    group_by: str = "priority",
    statistics: bool = False,
    built: Collection[str] = (),
) -> None:
    """Write a report for a person to read.

    ``terminal`` chooses between code frames and one line a finding, ``color`` whether
    there are colours, ``width`` how many columns there are; what is None is found out
    from ``out`` and the environment. ``group_by`` is ``priority``, ``file`` or
    ``rule``. ``quiet`` leaves out all but findings and internal errors; ``verbose``
    lists the files that were skipped, ``statistics`` all rules that found something.
    ``built`` are the codes of all rules that exist, for the verdicts of the checklist.
    """
    frames = out.isatty() if terminal is None else terminal
    columns = (width or shutil.get_terminal_size().columns) if frames else None
    parts = [
        _framed(report, columns, group_by) if columns else _listed(report, group_by)
    ]
    if verbose and not quiet:
        parts.append(_skips(report))
    parts.append(_faults(report))
    if not quiet or statistics:
        parts.append(_tally(report, columns, quiet=quiet, statistics=statistics))
    if frames and not quiet:
        parts.append(_next(report, columns, built))
    write(
        chain.from_iterable(parts),
        out,
        color=wants_color(out) if color is None else color,
    )


def _framed(report: Report, width: int, group_by: str) -> Iterator[Line]:
    # Rich, which measures the cells, is slow to import.
    from wsaudit.report.terminal import framed

    return framed(report, width, group_by)


def _listed(report: Report, group_by: str) -> Iterator[Line]:
    for finding in sorted(report.findings, key=_ORDERS[group_by]):
        where = span(report.source(finding.at.path), finding.at)
        yield [
            (f"{harmless(finding.at.path)}:{where.line}:{where.column}: ", ""),
            (finding.priority.value, PRIORITY[finding.priority]),
            (f" {finding.code} {finding.name}: ", ""),
            (harmless(finding.message), ""),
        ]


def _tally(
    report: Report, width: int | None, *, quiet: bool, statistics: bool
) -> Iterator[Line]:
    """What was found and what was looked at; never silence."""
    looked = f"{checked(report)}{skipped(report)}"
    if report.ignored:
        looked += f"; {amount(len(report.ignored), 'finding')} ignored by comments"
    looked += known(report)
    if (report.fixed or report.held_back) and not quiet:
        yield from _paragraph(mended(report), width)
    if not report.findings:
        yield from _paragraph(f"No findings: {looked}", width) if not quiet else ()
        return
    files = len({finding.at.path for finding in report.findings})
    if not quiet:
        yield [
            (amount(len(report.findings), "finding"), "bold"),
            (f" in {amount(files, 'file')}: {priorities(report)}", ""),
        ]
    if width or statistics:
        yield from _rules(report, None if statistics else MOST_RULES)
    if not quiet:
        yield from _paragraph(f"Checked {looked}", width)


def _rules(report: Report, most: int | None) -> Iterator[Line]:
    """The rules with the most findings, each with its number and its worst."""
    counts = Counter((one.code, one.name) for one in report.findings)
    worst: dict[str, str] = {}
    for finding in sorted(report.findings, key=by_priority):
        worst.setdefault(finding.code, finding.priority.value)
    rows = sorted(counts.items(), key=lambda row: (-row[1], worst[row[0][0]], row[0]))
    for (code, name), number in rows[:most]:
        yield [
            (f"{number:>6}  ", "bold"),
            (worst[code], PRIORITY[worst[code]]),
            (f" {code} {name}", ""),
        ]
    if len(rows) > len(rows[:most]):
        rest = amount(len(rows) - len(rows[:most]), "other rule")
        yield [(f"        and {rest}; `--statistics` lists all", "")]


def _paragraph(text: str, width: int | None) -> Iterator[Line]:
    if width is None:
        yield [(text, "")]
        return
    from wsaudit.report.terminal import wrapped

    for line in wrapped(text, width):
        yield [(line, "")]


def _next(report: Report, width: int | None, built: Collection[str]) -> Iterator[Line]:
    """The checklist in a line, and what to do now."""
    verdicts = judge(report, built=built)
    text = f"{len(verdicts)} checklist items: {tally(verdicts)}; {coverage(verdicts)}"
    yield from _paragraph(f"{text}; `wsaudit checklist` shows every item", width)
    worst = min(report.findings, key=worst_first, default=None)
    if worst:
        text = f"`wsaudit explain {worst.code}` tells why it matters and what to do"
        yield from _paragraph(f"Next: {text}", width)
    if len(report.findings) > MANY and not report.known:
        text = "`wsaudit baseline create` keeps what is there apart from what is new"
        yield from _paragraph(f"An old project? {text}", width)


def _skips(report: Report) -> Iterator[Line]:
    for skip in report.skipped:
        verb = "read in part" if skip.partial else "skipped"
        line = f":{skip.line}" if skip.line else ""
        detail = f" ({skip.detail})" if skip.detail else ""
        yield [(harmless(f"{skip.path}{line}: {verb}: {skip.reason}{detail}"), "")]


def _faults(report: Report) -> Iterator[Line]:
    for fault in report.faults:
        path = f"{fault.path}: " if fault.path else ""
        kind = "cut off" if fault.late else "internal error"
        todo = "name fewer folders" if fault.late else "please report it"
        yield [
            (harmless(path), ""),
            (kind, "bold red"),
            (harmless(f" in {fault.where}: {fault.message}; {todo}"), ""),
        ]
