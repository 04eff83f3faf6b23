"""JUnit XML: a test suite for each checklist section, a test case for each item."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape, quoteattr

from wsaudit.outcome import State
from wsaudit.report.items import ItemVerdict, judge
from wsaudit.report.places import span
from wsaudit.report.sanitise import harmless

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report

# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, out: TextIO, *, built: Collection[str] = ()) -> None:
    """Write a report as JUnit XML.

    An item that fails is a failure with its findings; one that is undecided or not
    applicable is skipped, with the reason: silence is no passed test.
    """
    verdicts = judge(report, built=built)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="wsaudit">\n')
    for _, group in groupby(verdicts, key=lambda verdict: verdict.item.section):
        out.writelines(f"{line}\n" for line in _suite(report, list(group)))
    out.write("</testsuites>\n")


def _suite(report: Report, verdicts: list[ItemVerdict]) -> Iterator[str]:
    item = verdicts[0].item
    failures = sum(verdict.state is State.FAIL for verdict in verdicts)
    passed = sum(verdict.state is State.PASS for verdict in verdicts)
    skipped = len(verdicts) - failures - passed
    name = _attribute(f"{item.section} {item.section_title}")
    yield (
        f'  <testsuite name={name} tests="{len(verdicts)}" failures="{failures}" '
        f'errors="0" skipped="{skipped}">'
    )
    for verdict in verdicts:
        title = _attribute(f"{verdict.item.id} {verdict.item.title}")
        yield f"    <testcase classname={name} name={title}>"
        if verdict.state is State.FAIL and verdict.findings:
            yield from _failure(report, verdict.findings)
        elif verdict.state is not State.PASS:
            yield f"      <skipped message={_attribute(verdict.words)}/>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _failure(report: Report, findings: list[Finding]) -> Iterator[str]:
    first = _attribute(findings[0].message)
    yield f'      <failure type="{findings[0].priority.value}" message={first}>'
    for finding in findings:
        line = span(report.source(finding.at.path), finding.at).line
        text = f"{finding.at.path}:{line}: {finding.priority.value} {finding.code} "
        yield _text(f"{text}{finding.name}: {finding.message}")
    yield "      </failure>"


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", harmless(text)))


def _attribute(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("\ufffd", harmless(text)))
