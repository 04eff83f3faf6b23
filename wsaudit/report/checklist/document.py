"""The checklist as a document: what is known of each item, and what a person must say.

All text in it is on one line and without credentials; each format escapes the rest.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wsaudit import __version__
from wsaudit.answers import Answer
from wsaudit.outcome import UNKNOWN_LIBRARY, State
from wsaudit.report.items import (
    First,
    ItemVerdict,
    coverage,
    judge,
    load_order,
    tally,
)
from wsaudit.report.places import span
from wsaudit.report.sanitise import harmless
from wsaudit.report.tally import checked, skipped
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report
from wsaudit.source import Place

T = TypeVar("T")
_LONGEST_CODE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the document is made with, beside the report.

    ``built`` are the codes of all rules that exist; ``date`` is what the document is
    dated, "" for none; ``today`` decides which answers are stale.
    """

    built: Collection[str] = ()
    title: str = ""
    commit: str = ""
    date: str = ""
    today: dt.date = dt.date.min
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with its line of code, the rule that speaks, and what it says."""

    where: str
    code: str
    rule: str
    says: str
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with whether somebody has to look again."""

    answer: Answer
    stale: bool

    @property
    def words(self) -> str:
        """Who says what, and until when."""
        answer = self.answer
        who = f" ({harmless(answer.who)})" if answer.who else ""
        until = f", until {answer.until}" if answer.until else ""
        late = ": out of date, to be answered anew" if self.stale else ""
        return f"{harmless(answer.answer)}{who}{until}{late}"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that an item asks: its number, what it asks, and how it came out."""

    id: str
    asks: str
    state: State | None
    words: str
    given: Given | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item with all that its verdict rests on, the strongest first."""

    verdict: ItemVerdict
    lines: tuple[Line, ...]
    lists: tuple[tuple[str, tuple[Spot, ...]], ...]
    given: Given | None

    @property
    def anchor(self) -> str:
        """Its name in an address: ``item-1-1-2``."""
        return f"item-{self.verdict.item.id.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class Step:
    """What to mend first, with its items and how many findings they have."""

    first: First
    entries: tuple[Entry, ...]
    findings: int


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must say: its number and words, why, and the answer so far."""

    id: str
    asks: str
    why: str
    given: Given | None


@dataclass(frozen=True, slots=True)
class Document:
    """The whole checklist of one run."""

    head: tuple[tuple[str, str], ...]
    summary: str
    faults: str
    order: tuple[Step, ...]
    entries: tuple[Entry, ...]
    questions: tuple[Question, ...]


def document_of(report: Report, asked: Asked) -> Document:
    """Everything that the checklist of a run says."""
    verdicts = judge(report, built=asked.built)
    given = {one.item: Given(one, one.is_stale(asked.today)) for one in asked.answers}
    entries = tuple(_entry(report, verdict, given) for verdict in verdicts)
    faults = amount(len(report.faults), "internal error") if report.faults else ""
    return Document(
        head=tuple(_head(report, asked)),
        summary=f"{len(verdicts)} items: {tally(verdicts)}. {coverage(verdicts)}.",
        faults=f"{faults}: some verdicts are incomplete." if faults else "",
        order=tuple(_steps(entries)),
        entries=entries,
        questions=tuple(_questions(entries)),
    )


def _head(report: Report, asked: Asked) -> Iterator[tuple[str, str]]:
    name = asked.title or os.path.basename(report.root.rstrip(os.sep))
    rows = (
        ("project", harmless(name)),
        ("commit", asked.commit),
        ("date", asked.date),
        ("wsaudit", __version__),
        ("recognised", harmless(checked(report))),
        ("libraries", harmless(", ".join(report.libraries))),
        ("not recognised", harmless("; ".join(_unknown(report)))),
        ("left out", harmless(skipped(report).removeprefix("; "))),
    )
    yield from ((title, words) for title, words in rows if words)


def _unknown(report: Report) -> list[str]:
    """The sentences on libraries that no dialect describes, each once."""
    return sorted(
        {one.detail for one in report.skipped if one.reason == UNKNOWN_LIBRARY}
    )


def _entry(report: Report, verdict: ItemVerdict, given: dict[str, Given]) -> Entry:
    lines = tuple(
        Line(
            one.check.id,
            one.check.asks,
            one.state,
            one.words,
            given.get(one.check.id),
        )
        for one in verdict.checks
    )
    lists = (
        ("findings", [_found(report, one) for one in verdict.findings]),
        ("ignored", [_found(report, one) for one in verdict.ignored]),
        (
            "evidence",
            [
                _spot(report, each.at, code, each.evidence)
                for code, each in _spread(verdict.evidence)
            ],
        ),
        (
            "undecided",
            [
                _spot(report, each.at, code, each.reason)
                for code, each in _spread(verdict.undecided)
            ],
        ),
    )
    return Entry(
        verdict,
        lines,
        tuple((title, tuple(spots)) for title, spots in lists if spots),
        given.get(verdict.item.id),
    )


def _spread(rows: Iterable[tuple[str, T]]) -> list[tuple[str, T]]:
    """Rows of several rules so that the first of each rule come first."""
    seen: dict[str, int] = {}
    ranked = []
    for row in rows:
        seen[row[0]] = seen.get(row[0], 0) + 1
        ranked.append((seen[row[0]], row))
    return [row for _, row in sorted(ranked, key=lambda one: one[0])]


def _found(report: Report, finding: Finding) -> Spot:
    says = finding.message
    if finding.ignored:
        says += f" (ignored: {finding.ignored.reason or 'no reason given'})"
    return _spot(report, finding.at, finding.code, says, finding.priority.value)


def _spot(report: Report, at: Place, rule: str, says: str, priority: str = "") -> Spot:
    source = report.source(at.path)
    where = span(source, at)
    code = harmless(source.line_text(where.line).strip())
    if len(code) > _LONGEST_CODE:
        code = f"{code[:_LONGEST_CODE]}…"
    return Spot(
        harmless(f"{at.path}:{where.line}"), code, rule, harmless(says), priority
    )


def _steps(entries: tuple[Entry, ...]) -> Iterator[Step]:
    by_id = {entry.verdict.item.id: entry for entry in entries}
    for first in load_order():
        own = tuple(by_id[item] for item in first.items)
        places = {(one.code, one.at) for entry in own for one in entry.verdict.findings}
        yield Step(first, own, len(places))


def _questions(entries: tuple[Entry, ...]) -> Iterator[Question]:
    """What no rule answered, item by item; nothing of items that do not apply."""
    for entry in entries:
        verdict, item = entry.verdict, entry.verdict.item
        if verdict.state is State.UNDECIDED or entry.given:
            why = f"{verdict.words}: no rule could tell"
            if verdict.state is not State.UNDECIDED:
                why = verdict.words
            yield Question(item.id, item.title, why, entry.given)
        if verdict.state is State.NOT_APPLICABLE:
            continue
        for line in entry.lines:
            if line.state is None or line.given:
                yield Question(line.id, line.asks, line.words, line.given)
