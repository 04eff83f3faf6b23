"""The checklist's items, and what a run has to say about each of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wsaudit.outcome import UNKNOWN_LIBRARY, State
from wsaudit.report.severity import in_file_order, worst_first
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report, RuleOutcome
    from wsaudit.rule import Pass, Undecided


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an item asks, ``1.1.2.3``, and the rules that answer it.

    ``outside`` is why no rule can, "" where rules can.
    """

    id: str
    asks: str
    rules: tuple[str, ...]
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item: ``1.1.2``, its title, and what it asks in detail."""

    id: str
    title: str
    section: str
    section_title: str
    checks: tuple[Check, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that answer it, built or not."""
        return tuple(sorted({code for check in self.checks for code in check.rules}))


@dataclass(frozen=True, slots=True)
class First:
    """What to mend first: a priority, what it is about, and the items it takes in."""

    priority: str
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """What is known about one thing that an item asks.

    ``state`` is None where no rule looked; ``words`` say so, or which rules did.
    """

    check: Check
    state: State | None
    words: str


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """What is known about an item.

    ``outcomes`` are those of its rules that looked; ``not_selected`` its rules that
    exist but were switched off, ``not_built`` those that do not exist yet.
    """

    item: Item
    state: State
    outcomes: tuple[RuleOutcome, ...]
    not_selected: tuple[str, ...]
    not_built: tuple[str, ...]

    @property
    def checks(self) -> list[CheckVerdict]:
        """What is known about each thing that it asks."""
        return [self._of(check) for check in self.item.checks]

    def _of(self, check: Check) -> CheckVerdict:
        looked = [one for one in self.outcomes if one.rule.page.code in check.rules]
        if not looked:
            why = check.outside or "no rule looked at this"
            return CheckVerdict(check, None, f"for a person: {why}")
        words = ", ".join(f"{one.rule.page.code} {one.state.value}" for one in looked)
        if self.state is State.NOT_APPLICABLE:
            return CheckVerdict(check, State.NOT_APPLICABLE, words)
        return CheckVerdict(check, _worst({one.state for one in looked}), words)

    @property
    def places(self) -> int:
        """How many places its rules looked at and said something of."""
        return sum(
            len(one.findings) + len(one.passes) + len(one.undecided)
            for one in self.outcomes
        )

    @property
    def findings(self) -> list[Finding]:
        """The findings of its rules that nobody ignored, the worst first."""
        return sorted(
            (finding for finding in self._findings() if not finding.ignored),
            key=worst_first,
        )

    @property
    def ignored(self) -> list[Finding]:
        """The findings that a comment silences."""
        return sorted(
            (finding for finding in self._findings() if finding.ignored),
            key=in_file_order,
        )

    @property
    def evidence(self) -> list[tuple[str, Pass]]:
        """What its rules found in order, each with the code of the rule."""
        return sorted(
            (
                (outcome.rule.page.code, each)
                for outcome in self.outcomes
                for each in outcome.passes
            ),
            key=lambda pair: (pair[1].at, pair[0], pair[1].evidence),
        )

    @property
    def undecided(self) -> list[tuple[str, Undecided]]:
        """What its rules could not tell, each with the code of the rule."""
        return sorted(
            (
                (outcome.rule.page.code, each)
                for outcome in self.outcomes
                for each in outcome.undecided
            ),
            key=lambda pair: (pair[1].at, pair[0], pair[1].reason),
        )

    def _findings(self) -> Iterator[Finding]:
        return (found for outcome in self.outcomes for found in outcome.findings)

    @property
    def complete(self) -> bool:
        """Whether all rules of the item looked."""
        return not self.not_selected and not self.not_built

    @property
    def coverage(self) -> str:
        """How many of the item's rules looked, in words."""
        if not self.outcomes:
            return "not selected" if self.not_selected else "not built yet"
        total = len(self.item.rules)
        return f"{len(self.outcomes)} of {amount(total, 'rule')}"

    @property
    def words(self) -> str:
        """The verdict with its limits: ``pass as far as checked (2 of 5 rules)``."""
        limit = (
            ""
            if self.complete or self.state is not State.PASS
            else " as far as checked"
        )
        return f"{self.state.value}{limit} ({self.coverage})"


@cache
def _checklist() -> dict[str, Any]:
    text = files("wsaudit").joinpath("checklist.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def load_items() -> tuple[Item, ...]:
    """The 54 items in the order of the checklist."""
    return tuple(
        Item(
            id=item["id"],
            title=item["title"],
            section=section["id"],
            section_title=section["title"],
            checks=tuple(
                Check(
                    f"{item['id']}.{number}",
                    check["asks"],
                    tuple(check.get("rules", ())),
                    check.get("outside", ""),
                )
                for number, check in enumerate(item["checks"], start=1)
            ),
        )
        for section in _checklist()["section"]
        for item in section["item"]
    )


@cache
def load_order() -> tuple[First, ...]:
    """What to mend first, in the order that the checklist gives it."""
    return tuple(
        First(one["priority"], one["title"], tuple(one["items"]))
        for one in _checklist()["first"]
    )


def judge(report: Report, *, built: Collection[str] = ()) -> tuple[ItemVerdict, ...]:
    """The verdict on every item.

    ``built`` are the codes of all rules that exist, those switched off in this run
    among them. One rule that fails fails its item; one that is undecided, with no
    failure, leaves it undecided. An item passes when a rule saw something in order and
    none objected, even while other rules of the item are not built: what did not look
    is always said beside the verdict. Without any rule that looked an item is
    undecided, for nothing is known about it, unless the project has no WebSocket code
    at all.
    """
    outcomes = {outcome.rule.page.code: outcome for outcome in report.outcomes}
    bare = not has_sockets(report)
    found = (_judge(item, outcomes, set(built), bare=bare) for item in load_items())
    if not any(skip.reason == UNKNOWN_LIBRARY for skip in report.skipped):
        return tuple(found)
    # What an unknown library does is not seen: nothing can be said not to apply.
    return tuple(
        replace(one, state=State.UNDECIDED)
        if one.state is State.NOT_APPLICABLE
        else one
        for one in found
    )


def coverage(verdicts: Sequence[ItemVerdict]) -> str:
    """How many of the checklist's rules looked, in words."""
    known = {code for verdict in verdicts for code in verdict.item.rules}
    looked = {
        outcome.rule.page.code for verdict in verdicts for outcome in verdict.outcomes
    }
    return f"{len(looked)} of {len(known)} rules looked"


def tally(verdicts: Sequence[ItemVerdict]) -> str:
    """How many items ended how: ``2 fail, 3 pass, 4 undecided, 45 not built yet``.

    Items of which nothing is known because nothing looked are counted apart.
    """
    counts = Counter(
        verdict.state.value
        if verdict.outcomes or verdict.state is State.NOT_APPLICABLE
        else verdict.coverage
        for verdict in verdicts
    )
    order = (*State, "not selected", "not built yet")
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word])


def has_sockets(report: Report) -> bool:
    """Whether anything was recognised that has to do with WebSockets."""
    return (
        any(report.facts.values())
        or any(skip.reason == UNKNOWN_LIBRARY for skip in report.skipped)
        or any(
            outcome.findings or outcome.passes or outcome.undecided
            for outcome in report.outcomes
        )
    )


def _judge(
    item: Item,
    outcomes: dict[str, RuleOutcome],
    built: set[str],
    *,
    bare: bool,
) -> ItemVerdict:
    looked = tuple(outcomes[code] for code in item.rules if code in outcomes)
    absent = [code for code in item.rules if code not in outcomes]
    states = {outcome.state for outcome in looked}
    return ItemVerdict(
        item=item,
        state=State.NOT_APPLICABLE if bare else _worst(states),
        outcomes=looked,
        not_selected=tuple(code for code in absent if code in built),
        not_built=tuple(code for code in absent if code not in built),
    )


def _worst(states: set[State]) -> State:
    for state in (State.FAIL, State.UNDECIDED, State.PASS, State.NOT_APPLICABLE):
        if state in states:
            return state
    return State.UNDECIDED
