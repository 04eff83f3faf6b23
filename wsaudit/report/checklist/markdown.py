"""The checklist as Markdown that is safe to show on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from wsaudit.outcome import State
from wsaudit.report.checklist.document import (
    Asked,
    Document,
    Entry,
    Line,
    Question,
    Spot,
    document_of,
)
from wsaudit.report.sanitise import markdown_code, markdown_prose

if TYPE_CHECKING:
    from wsaudit.outcome import Report

MARKS = {
    State.FAIL: "❌",
    State.PASS: "✅",
    State.UNDECIDED: "❔",
    State.NOT_APPLICABLE: "⬜",
    None: "👤",
}
# How many places of each kind an item shows, and whether the rest is listed at the end;
# from generous to none.
_DETAILS = ((3, True), (3, False), (1, False), (0, False))


def render(
    report: Report, out: TextIO, asked: Asked, *, limit: int | None = None
) -> None:
    """Write the checklist.

    ``limit`` is the most characters to write (a comment on GitHub holds 65,536): places
    are dropped until it fits, or nothing more can be dropped.
    """
    document = document_of(report, asked)
    text = ""
    for most, rest in _DETAILS:
        text = "\n".join(_lines(document, most, rest=rest)) + "\n"
        if limit is None or len(text) <= limit:
            break
    out.write(text)


def _lines(document: Document, most: int, *, rest: bool) -> Iterator[str]:
    yield from ("# WebSocket checklist", "", "| | |", "|---|---|")
    for title, words in document.head:
        yield f"| {title} | {_cell(words)} |"
    yield from ("", document.summary, "")
    if document.faults:
        yield from (f"**{document.faults}**", "")
    yield from _order(document)
    for _, group in groupby(
        document.entries, key=lambda entry: entry.verdict.item.section
    ):
        yield from _section(list(group), most, rest=rest)
    yield from _questions(document.questions)
    if rest:
        yield from _rest(document, most)


def _order(document: Document) -> Iterator[str]:
    yield from ("## What to mend first", "")
    yield from ("| priority | what | items | findings |", "|---|---|---|---|")
    for step in document.order:
        items = ", ".join(
            f"{MARKS[entry.verdict.state]} {entry.verdict.item.id}"
            for entry in step.entries
        )
        first = step.first
        yield f"| {first.priority} | {first.title} | {items} | {step.findings} |"
    yield ""


def _section(section: list[Entry], most: int, *, rest: bool) -> Iterator[str]:
    item = section[0].verdict.item
    yield from (f"## {item.section} {item.section_title}", "")
    yield from (
        "| item | | verdict | places | rules that looked |",
        "|---|---|---|---|---|",
    )
    for entry in section:
        yield _row(entry)
    yield ""
    for entry in section:
        yield from _item(entry, most, rest=rest)


def _row(entry: Entry) -> str:
    verdict = entry.verdict
    looked = ", ".join(
        f"{outcome.rule.page.code} {outcome.state.value}"
        for outcome in verdict.outcomes
    )
    return (
        f"| {verdict.item.id} | {verdict.item.title} "
        f"| {MARKS[verdict.state]} {verdict.words} | {verdict.places} "
        f"| {looked or 'none'} |"
    )


def _item(entry: Entry, most: int, *, rest: bool) -> Iterator[str]:
    verdict = entry.verdict
    yield from (f"### {verdict.item.id} {verdict.item.title}", "")
    if entry.given:
        yield from (f"Answer: {markdown_prose(entry.given.words)}", "")
    yield from map(_line, entry.lines)
    yield ""
    if not most:
        return
    for title, spots in entry.lists:
        yield from (f"{title.capitalize()}:", "")
        yield from map(_spot, spots[:most])
        if len(spots) > most:
            more = f"and {len(spots) - most} more"
            yield f"- [{more}](#{_rest_anchor(entry)})" if rest else f"- {more}"
        yield ""
    if verdict.not_selected:
        yield from (f"Not selected: {', '.join(verdict.not_selected)}.", "")


def _line(line: Line) -> str:
    answer = f" **{markdown_prose(line.given.words)}**" if line.given else ""
    return f"- {MARKS[line.state]} {line.asks} ({markdown_prose(line.words)}){answer}"


def _spot(spot: Spot) -> str:
    code = f" {markdown_code(spot.code)}" if spot.code else ""
    priority = f"{spot.priority} " if spot.priority else ""
    says = markdown_prose(f"{priority}{spot.rule}: {spot.says}")
    return f"- {markdown_code(spot.where)}{code} {says}"


def _questions(questions: tuple[Question, ...]) -> Iterator[str]:
    if not questions:
        return
    open_ = [one for one in questions if not one.given or one.given.stale]
    yield from ("## What a person must answer", "")
    yield from (f"{len(questions)} questions, {len(open_)} of them open.", "")
    yield from ("| | question | why | answer |", "|---|---|---|---|")
    for one in questions:
        answer = _cell(one.given.words) if one.given else ""
        yield f"| {one.id} | {one.asks} | {_cell(one.why)} | {answer} |"
    yield ""
    if open_:
        yield from (
            "Answers stand in `wsaudit-answers.toml` and survive the next run:",
            "",
            "```toml",
            "[[answer]]",
            f'item = "{open_[0].id}"',
            'answer = "yes: what was looked at"',
            'who = "who looked"',
            "until = 2030-01-31  # the last day on which it holds; may be left out",
            "```",
            "",
        )


def _rest(document: Document, most: int) -> Iterator[str]:
    """What items have beyond the places that they show."""
    longer = [
        entry
        for entry in document.entries
        if any(len(spots) > most for _, spots in entry.lists)
    ]
    if longer:
        yield from ("## All other places", "")
    for entry in longer:
        yield from (f"### The rest of {entry.verdict.item.id}", "")
        for title, spots in entry.lists:
            if len(spots) > most:
                yield from (f"{title.capitalize()}:", "")
                yield from map(_spot, spots[most:])
                yield ""


def _rest_anchor(entry: Entry) -> str:
    """How GitHub names the heading in which the rest of an item stands."""
    return f"the-rest-of-{entry.verdict.item.id.replace('.', '')}"


def _cell(words: str) -> str:
    """Prose in a table: a `|` ends no cell, even within code."""
    return markdown_prose(words.replace("`", "'"))
