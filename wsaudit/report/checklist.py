"""The filled-in checklist: a verdict on each item, with what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TextIO

from wsaudit import __version__
from wsaudit.outcome import State
from wsaudit.report.document import write_json
from wsaudit.report.items import ItemVerdict, coverage, judge, tally
from wsaudit.report.json import SCHEMA_VERSION, finding_data, place_data
from wsaudit.report.places import span
from wsaudit.report.sanitise import (
    harmless,
    markdown_code,
    markdown_prose,
    mask_secrets,
)
from wsaudit.report.tally import checked, counted, skipped

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report
    from wsaudit.source import Place

_MARKS = {
    State.FAIL: "❌",
    State.PASS: "✅",
    State.UNDECIDED: "❔",
    State.NOT_APPLICABLE: "⬜",
}
_LONGEST_CODE = 100

# How many findings and how many other places an item shows, from generous to none.
_DETAILS = ((10, 5), (3, 1), (0, 0))


def render(
    report: Report,
    out: TextIO,
    *,
    built: Collection[str] = (),
    limit: int | None = None,
) -> None:
    """Write the checklist as Markdown that is safe to show on GitHub.

    ``built`` are the codes of all rules that exist. ``limit`` is the most characters to
    write (a comment on GitHub holds 65,536): places are dropped until it fits.
    """
    verdicts = judge(report, built=built)
    text = ""
    for findings, places in _DETAILS:
        text = "\n".join(_markdown(report, verdicts, findings, places)) + "\n"
        if limit is None or len(text) <= limit:
            break
    out.write(text)


def render_json(report: Report, out: TextIO, *, built: Collection[str] = ()) -> None:
    """Write the checklist as JSON, with the places of `wsaudit.report.json`."""
    verdicts = judge(report, built=built)
    states = Counter(verdict.state for verdict in verdicts)
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "wsaudit", "version": __version__},
        "summary": {state.value: states[state] for state in State},
        "items": [_data(report, verdict) for verdict in verdicts],
    }
    write_json(document, out)


def _data(report: Report, verdict: ItemVerdict) -> dict[str, Any]:
    pages = {one.rule.page.code: one.rule.page for one in verdict.outcomes}
    return {
        "id": verdict.item.id,
        "section": verdict.item.section_title,
        "title": verdict.item.title,
        "state": verdict.state.value,
        "verdict": verdict.words,
        "complete": verdict.complete,
        "rules": [
            {
                "code": outcome.rule.page.code,
                "name": outcome.rule.page.name,
                "state": outcome.state.value,
            }
            for outcome in verdict.outcomes
        ],
        "not_selected": list(verdict.not_selected),
        "not_built": list(verdict.not_built),
        "findings": [
            finding_data(report, finding, pages) for finding in verdict.findings
        ],
        "ignored": [
            finding_data(report, finding, pages) for finding in verdict.ignored
        ],
        "evidence": [
            {
                "code": code,
                "text": harmless(each.evidence),
                **place_data(report, each.at),
            }
            for code, each in verdict.evidence
        ],
        "undecided": [
            {
                "code": code,
                "text": harmless(each.reason),
                **place_data(report, each.at),
            }
            for code, each in verdict.undecided
        ],
    }


def _markdown(
    report: Report, verdicts: Sequence[ItemVerdict], findings: int, places: int
) -> Iterator[str]:
    yield from ("# WebSocket checklist", "")
    yield from (f"{len(verdicts)} items: {tally(verdicts)}. {coverage(verdicts)}.", "")
    yield from (markdown_prose(f"{checked(report)}{skipped(report)}."), "")
    if report.faults:
        number = counted(len(report.faults), "internal error")
        yield from (f"**{number}: some verdicts are incomplete.**", "")
    for _, group in groupby(verdicts, key=lambda verdict: verdict.item.section):
        section = list(group)
        item = section[0].item
        yield from (f"## {item.section} {item.section_title}", "")
        yield from ("| item | | verdict | rules that looked |", "|---|---|---|---|")
        for verdict in section:
            yield _row(verdict)
        yield ""
        for verdict in section:
            yield from _details(report, verdict, findings, places)


def _row(verdict: ItemVerdict) -> str:
    looked = ", ".join(
        f"{outcome.rule.page.code} {outcome.state.value}"
        for outcome in verdict.outcomes
    )
    return (
        f"| {verdict.item.id} | {verdict.item.title} "
        f"| {_MARKS[verdict.state]} {verdict.words} | {looked or 'none'} |"
    )


def _details(
    report: Report, verdict: ItemVerdict, most_findings: int, most_places: int
) -> Iterator[str]:
    lists = (
        (
            "findings",
            most_findings,
            [_found(report, each) for each in verdict.findings],
        ),
        ("ignored", most_places, [_found(report, each) for each in verdict.ignored]),
        (
            "evidence",
            most_places,
            [
                _said(report, code, each.at, each.evidence)
                for code, each in verdict.evidence
            ],
        ),
        (
            "undecided",
            most_places,
            [
                _said(report, code, each.at, each.reason)
                for code, each in verdict.undecided
            ],
        ),
    )
    if not any(most and lines for _, most, lines in lists):
        return
    yield from (f"### {verdict.item.id} {verdict.item.title}", "")
    for title, most, lines in lists:
        if not most or not lines:
            continue
        yield from (f"{title.capitalize()}:", "")
        yield from lines[:most]
        if len(lines) > most:
            yield f"- and {len(lines) - most} more"
        yield ""
    absent = _absent(verdict)
    if absent:
        yield from (absent, "")


def _absent(verdict: ItemVerdict) -> str:
    parts = (
        ("Not built yet", verdict.not_built),
        ("Not selected", verdict.not_selected),
    )
    return " ".join(f"{words}: {', '.join(codes)}." for words, codes in parts if codes)


def _found(report: Report, finding: Finding) -> str:
    text = f"{finding.priority.value} {finding.code}: {finding.message}"
    if finding.ignored:
        text += f" (ignored: {finding.ignored.reason or 'no reason given'})"
    return _line(report, finding.at, text)


def _said(report: Report, code: str, at: Place, text: str) -> str:
    return _line(report, at, f"{code}: {text}")


def _line(report: Report, at: Place, text: str) -> str:
    source = report.source(at.path)
    where = span(source, at)
    code = mask_secrets(source.line_text(where.line).strip())
    if len(code) > _LONGEST_CODE:
        code = f"{code[:_LONGEST_CODE]}…"
    shown = f" {markdown_code(code)}" if code else ""
    place = markdown_code(mask_secrets(f"{at.path}:{where.line}"))
    return f"- {place}{shown} {markdown_prose(mask_secrets(text))}"
