"""From verdicts to findings: one cause, one finding; one line, one finding."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from tests.report.sample import Sources, make_page
from wsaudit.outcome import Ignore, RuleOutcome, State
from wsaudit.rule import (
    Confidence,
    Pass,
    Priority,
    Problem,
    Related,
    Rule,
    Undecided,
    Verdict,
)
from wsaudit.settle import Judged, Terms, settle
from wsaudit.source import Place

SOURCES = Sources({"a.ts": "one two\nthree four\n"})
ONE, TWO = SOURCES.place("a.ts", "one"), SOURCES.place("a.ts", "two")
THREE = SOURCES.place("a.ts", "three")
SOCKET, OTHER = object(), object()


def _terms(**changes: Any) -> Terms:
    terms = Terms(
        frozenset({"WS105", "WS107"}),
        lambda *_: None,
        lambda *_: False,
        SOURCES.__getitem__,
    )
    return replace(terms, **changes)


def _page(**changes: Any) -> Rule:
    return Rule(replace(make_page(), **changes), ())


SECOND = Rule(make_page("WS107", "endpoint-without-cleanup"), ())


def _one(
    *verdicts: Verdict, rule: Rule | None = None, terms: Terms | None = None
) -> RuleOutcome:
    judged = [Judged("WS105", verdict) for verdict in verdicts]
    (outcome,) = settle([rule or _page()], judged, terms or _terms())
    return outcome


def _messages(outcome: RuleOutcome) -> list[str]:
    return [finding.message for finding in outcome.findings]


def test_problem_becomes_a_finding_of_its_rule() -> None:
    """Code, name, title, priority and confidence are the page's."""
    (finding,) = _one(Problem(ONE, "bad")).findings

    assert (finding.code, finding.name) == ("WS105", "effect-socket-not-closed")
    assert (finding.priority, finding.confidence) == (Priority.P1, Confidence.HIGH)
    assert finding.at == ONE
    assert finding.ignored is None


def test_variant_and_confidence_are_the_problems_own() -> None:
    """A variant has the priority that the page gives it."""
    rule = _page(variants={"server-push": Priority.P2})
    problem = Problem(ONE, "bad", "server-push", Confidence.MEDIUM)
    (finding,) = _one(problem, rule=rule).findings

    assert (finding.variant, finding.priority) == ("server-push", Priority.P2)
    assert finding.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("problem", "rule"),
    [
        (Problem(ONE, "bad", confidence=Confidence.LOW), _page()),
        (Problem(ONE, "bad"), _page(confidence=Confidence.LOW)),
        (Problem(ONE, "bad"), _page(strict=True)),
    ],
)
def test_unsure_problem_is_undecided_unless_strict(
    problem: Problem, rule: Rule
) -> None:
    """What is shown with ``--strict`` only is no finding without it, and no pass."""
    loose = _one(problem, rule=rule)
    strict = _one(problem, rule=rule, terms=_terms(strict=True))

    assert loose.findings == ()
    assert loose.undecided == (Undecided(ONE, "unsure: bad"),)
    assert loose.state is State.UNDECIDED
    assert _messages(strict) == ["bad"]
    assert strict.state is State.FAIL


def test_one_finding_a_line_takes_the_others_along() -> None:
    """The gravest speaks; the others and all they refer to are related places."""
    rule = _page(variants={"grave": Priority.P0})
    outcome = _one(
        Problem(ONE, "less", related=(Related(THREE, "there"),)),
        Problem(TWO, "worse", "grave"),
        Problem(TWO, "worse", "grave"),
        Problem(THREE, "elsewhere"),
        rule=rule,
    )

    assert _messages(outcome) == ["worse", "elsewhere"]
    assert outcome.findings[0].related == (
        Related(ONE, "less"),
        Related(THREE, "there"),
    )


def test_one_cause_is_one_finding_wherever_its_problems_are() -> None:
    """The first place speaks, the others are related; another cause is its own."""
    outcome = _one(
        Problem(ONE, "first", cause="socket"),
        Problem(THREE, "second", cause="socket"),
        Problem(TWO, "beside", cause="other"),
    )
    (finding,) = outcome.findings

    assert finding.message == "first"
    assert set(finding.related) == {Related(TWO, "beside"), Related(THREE, "second")}


@pytest.mark.parametrize(
    ("silent", "shown"), [(ONE, []), (THREE, ["first"])], ids=["whole", "place"]
)
def test_comment_silences_a_cause_where_its_finding_stands(
    silent: Place, shown: list[str]
) -> None:
    """Elsewhere it silences its own place only."""
    ignore = Ignore(silent, ("WS105",), "known")
    outcome = _one(
        Problem(ONE, "first", cause="socket"),
        Problem(THREE, "second", cause="socket"),
        terms=_terms(silencer=lambda _, at: ignore if at == silent else None),
    )

    assert [one.message for one in outcome.findings if not one.ignored] == shown


def test_code_that_nothing_runs_has_one_finding_of_lower_priority() -> None:
    """The gravest of all rules; what else is wrong there is undecided."""
    dead = "nothing calls `f`"
    judged = [
        Judged("WS105", Problem(ONE, "bad", unused=dead)),
        Judged("WS107", Problem(THREE, "worse", unused=dead)),
    ]
    second = Rule(replace(SECOND.page, priority=Priority.P0), ())
    first, other = settle([_page(), second], judged, _terms())
    (finding,) = other.findings

    assert first.findings == ()
    assert first.undecided == (Undecided(ONE, f"{dead}: bad"),)
    assert finding.priority is Priority.P1
    assert finding.message == f"worse (dead code: {dead})"


def test_rule_yields_to_the_cause_of_another() -> None:
    """The place where a problem begins is another rule's as well."""
    rule = _page(yields_to=("WS107",))
    judged = [
        Judged("WS105", Problem(THREE, "bad")),
        Judged("WS107", Problem(ONE, "loop", cause=THREE)),
    ]
    outcome, _ = settle([rule, SECOND], judged, _terms())

    assert outcome.findings == ()


def test_rule_that_is_not_chosen_has_no_outcome() -> None:
    """Nor does it count as a cause."""
    rule = _page(yields_to=("WS107",))
    judged = [Judged("WS105", Problem(ONE, "bad")), Judged("WS107", Problem(ONE, "x"))]
    chosen = _terms(chosen=frozenset({"WS105"}))
    (outcome,) = settle([rule, SECOND], judged, chosen)

    assert _messages(outcome) == ["bad"]


@pytest.mark.parametrize(
    ("at", "owner", "findings"),
    [
        (ONE, None, 0),  # the same place
        (THREE, SOCKET, 0),  # the same connection
        (THREE, OTHER, 1),
        (THREE, None, 1),
    ],
)
def test_rule_yields_to_one_with_the_same_cause(
    at: Any, owner: object | None, findings: int
) -> None:
    """What another rule reports is undecided here, with its code as the reason."""
    rule = _page(yields_to=("WS107",))
    judged = [
        Judged("WS105", Problem(at, "bad"), owner),
        Judged("WS107", Problem(ONE, "cause"), SOCKET),
    ]
    outcome, cause = settle([rule, SECOND], judged, _terms())

    assert len(outcome.findings) == findings
    assert _messages(cause) == ["cause"]
    assert [one.reason for one in outcome.undecided] == ["reported as WS107"] * (
        1 - findings
    )


def test_unsure_cause_is_no_cause() -> None:
    """A rule does not yield to a problem that is not shown."""
    rule = _page(yields_to=("WS107",))
    unsure = Problem(ONE, "cause", confidence=Confidence.LOW)
    judged = [Judged("WS105", Problem(ONE, "bad")), Judged("WS107", unsure)]
    outcome, _ = settle([rule, SECOND], judged, _terms())

    assert _messages(outcome) == ["bad"]


def test_exempt_path_has_neither_findings_nor_doubts() -> None:
    """The configuration says that a rule does not matter there."""
    outcome = _one(Problem(ONE, "bad"), terms=_terms(exempt=lambda *_: True))

    assert outcome.state is State.NOT_APPLICABLE


def test_ignored_finding_does_not_fail() -> None:
    """It stays visible, and the rule has looked."""
    ignore = Ignore(ONE, ("WS105",), "why")
    outcome = _one(Problem(ONE, "bad"), terms=_terms(silencer=lambda *_: ignore))

    assert [finding.ignored for finding in outcome.findings] == [ignore]
    assert outcome.state is State.PASS


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ((), State.NOT_APPLICABLE),
        ((Pass(ONE, "fine"),), State.PASS),
        ((Pass(ONE, "fine"), Undecided(TWO, "hidden")), State.UNDECIDED),
        ((Undecided(TWO, "hidden"), Problem(THREE, "bad")), State.FAIL),
    ],
)
def test_worst_verdict_is_the_state(
    verdicts: Collection[Verdict], state: State
) -> None:
    """Fail beats undecided beats pass; nothing looked at is not applicable."""
    assert _one(*verdicts).state is state


def test_passes_and_doubts_are_sorted_and_said_once() -> None:
    """Two subjects may have the same thing said of one place."""
    outcome = _one(
        Pass(THREE, "b"), Pass(ONE, "a"), Pass(ONE, "a"), Undecided(TWO, "c"),
        Undecided(TWO, "c"),
    )  # fmt: skip

    assert outcome.passes == (Pass(ONE, "a"), Pass(THREE, "b"))
    assert outcome.undecided == (Undecided(TWO, "c"),)
