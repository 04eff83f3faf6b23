"""The checklist as JSON, for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from wsaudit import __version__
from wsaudit.outcome import State
from wsaudit.report.checklist.document import (
    Asked,
    Document,
    Entry,
    Given,
    document_of,
)
from wsaudit.report.document import write_json
from wsaudit.report.json import SCHEMA_VERSION, finding_data, place_data
from wsaudit.report.sanitise import harmless

if TYPE_CHECKING:
    from wsaudit.outcome import Report


def render(report: Report, out: TextIO, asked: Asked) -> None:
    """Write the checklist, with the places of `wsaudit.report.json`."""
    document = document_of(report, asked)
    states = Counter(entry.verdict.state for entry in document.entries)
    write_json(
        {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "wsaudit", "version": __version__},
            "head": dict(document.head),
            "summary": {state.value: states[state] for state in State},
            "first": _order(document),
            "items": [_data(report, entry) for entry in document.entries],
            "questions": [
                {
                    "id": one.id,
                    "asks": one.asks,
                    "why": one.why,
                    "answer": _answer(one.given),
                }
                for one in document.questions
            ],
        },
        out,
    )


def _order(document: Document) -> list[dict[str, Any]]:
    return [
        {
            "priority": step.first.priority,
            "title": step.first.title,
            "items": list(step.first.items),
            "findings": step.findings,
        }
        for step in document.order
    ]


def _answer(given: Given | None) -> dict[str, Any] | None:
    if given is None:
        return None
    answer = given.answer
    return {
        "answer": harmless(answer.answer),
        "who": harmless(answer.who),
        "until": str(answer.until) if answer.until else None,
        "stale": given.stale,
    }


def _data(report: Report, entry: Entry) -> dict[str, Any]:
    verdict = entry.verdict
    pages = {one.rule.page.code: one.rule.page for one in verdict.outcomes}
    return {
        "id": verdict.item.id,
        "section": verdict.item.section_title,
        "title": verdict.item.title,
        "state": verdict.state.value,
        "verdict": verdict.words,
        "complete": verdict.complete,
        "places": verdict.places,
        "answer": _answer(entry.given),
        "checks": [
            {
                "id": line.id,
                "asks": line.asks,
                "state": line.state.value if line.state else None,
                "verdict": line.words,
                "answer": _answer(line.given),
            }
            for line in entry.lines
        ],
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
