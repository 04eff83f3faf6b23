"""From verdicts to findings: ignores, precedence between rules, one finding a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace
from itertools import chain

from wsaudit.identity import Identity
from wsaudit.outcome import Finding, Ignore, RuleOutcome
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
from wsaudit.source import Place, Source

_LOWER = {
    Priority.P0: Priority.P1,
    Priority.P1: Priority.P2,
    Priority.P2: Priority.P2,
}
"""The priority of what is wrong in code that nothing runs."""

Silencer = Callable[[str, Place], Ignore | None]
"""The ignore that silences a rule at a place, if one does."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check said of one subject; ``owner`` is the subject's."""

    code: str
    verdict: Verdict
    owner: object | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides which problems are reported.

    ``chosen`` are the codes reported, ``silencer`` knows the ignores and ``exempt``
    the paths that the configuration exempts from a rule. ``identify`` tells what a
    finding is known by, ``priority`` the one that the configuration gives a rule in a
    file.
    """

    chosen: frozenset[str]
    silencer: Silencer
    exempt: Callable[[str, str], bool]
    source: Callable[[str], Source]
    strict: bool = False
    identify: Callable[[Place], Identity] = lambda _: Identity("", "")
    priority: Callable[[str, str], Priority | None] = lambda *_: None


def settle(
    rules: Sequence[Rule], judged: Iterable[Judged], terms: Terms
) -> tuple[RuleOutcome, ...]:
    """The outcome of every chosen rule, in the order of ``rules``."""
    by_code: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_code[one.code].append(one)
    shown: Mapping[str, Sequence[Judged]] = {
        rule.page.code: [
            one for one in by_code[rule.page.code] if _is_shown(rule, one, terms)
        ]
        for rule in rules
        if rule.page.code in terms.chosen
    }
    shown = _dead_code_once(rules, shown)
    return tuple(
        _outcome(rule, by_code[rule.page.code], shown, terms)
        for rule in rules
        if rule.page.code in terms.chosen
    )


def _dead_code_once(
    rules: Sequence[Rule], shown: Mapping[str, Sequence[Judged]]
) -> Mapping[str, Sequence[Judged]]:
    """Of all that is wrong in a part of the code that nothing runs, the gravest."""
    pages = {rule.page.code: rule.page for rule in rules}
    gravest: dict[str, tuple[Priority, Place, str]] = {}
    for code, found in shown.items():
        for problem in (one.verdict for one in found):
            if isinstance(problem, Problem) and problem.unused:
                priority = pages[code].priority_of(problem.variant)
                key = (priority, problem.at, code)
                gravest[problem.unused] = min(gravest.get(problem.unused, key), key)
    told = {(code, at) for _, at, code in gravest.values()}
    return {
        code: [
            one
            for one in found
            if not getattr(one.verdict, "unused", "") or (code, one.verdict.at) in told
        ]
        for code, found in shown.items()
    }


def confidence_of(rule: Rule, problem: Problem) -> Confidence:
    """A problem's own confidence, else the page's."""
    return problem.confidence or rule.page.confidence


def _is_shown(rule: Rule, one: Judged, terms: Terms) -> bool:
    """Whether a verdict is a problem sure enough to be shown."""
    if not isinstance(one.verdict, Problem):
        return False
    if terms.exempt(one.code, one.verdict.at.path):
        return False
    unsure = confidence_of(rule, one.verdict) is Confidence.LOW
    return terms.strict or not (unsure or rule.page.strict)


def _outcome(
    rule: Rule,
    judged: Collection[Judged],
    shown: Mapping[str, Sequence[Judged]],
    terms: Terms,
) -> RuleOutcome:
    undecided = [one.verdict for one in judged if isinstance(one.verdict, Undecided)]
    problems = []
    causes = _Causes.of(shown, rule.page.yields_to)
    reported = {id(one) for one in shown[rule.page.code]}
    for one in judged:
        problem = one.verdict
        if not isinstance(problem, Problem) or terms.exempt(one.code, problem.at.path):
            continue
        if id(one) not in reported:
            doubt = problem.unused or "unsure"
            undecided.append(Undecided(problem.at, f"{doubt}: {problem.message}"))
            continue
        cause = causes.of_problem(one.owner, problem.at)
        if cause:
            undecided.append(Undecided(problem.at, f"reported as {cause}"))
        else:
            problems.append(problem)
    passes = {one.verdict for one in judged if isinstance(one.verdict, Pass)}
    return RuleOutcome(
        rule,
        tuple(_findings(rule, problems, terms)),
        tuple(sorted(passes, key=lambda one: (one.at, one.evidence))),
        tuple(sorted(set(undecided), key=lambda one: (one.at, one.reason))),
    )


@dataclass(frozen=True, slots=True)
class _Causes:
    """Where the rules that another one yields to have problems."""

    owners: Mapping[int, str]
    places: Mapping[Place, str]

    @classmethod
    def of(
        cls, shown: Mapping[str, Sequence[Judged]], codes: Collection[str]
    ) -> _Causes:
        found = [(code, one) for code in codes for one in shown.get(code, ())]
        owners = {id(one.owner): code for code, one in found if one.owner is not None}
        places = {
            place: code
            for code, one in found
            for place in (one.verdict.at, getattr(one.verdict, "cause", None))
            if isinstance(place, Place)
        }
        return cls(owners, places)

    def of_problem(self, owner: object | None, at: Place) -> str:
        """The rule that reports the same cause; empty when none does."""
        by_owner = self.owners.get(id(owner), "") if owner is not None else ""
        return by_owner or self.places.get(at, "")


def _findings(
    rule: Rule, problems: Iterable[Problem], terms: Terms
) -> Iterable[Finding]:
    """One finding a cause and a line: the gravest, the others as related places."""
    by_cause: dict[Hashable, list[Finding]] = defaultdict(list)
    by_line: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    for problem in problems:
        finding = _stamped(rule, problem, terms)
        cause = id(problem) if problem.cause is None else problem.cause
        by_cause[cause].append(finding)
    for finding in chain.from_iterable(map(_of_one_cause, by_cause.values())):
        line = terms.source(finding.at.path).line_of(finding.at.start)
        by_line[finding.at.path, line].append(finding)
    told = (_told_once(found) for _, found in sorted(by_line.items()))
    yield from _without_copies(told, terms)


def _of_one_cause(findings: Sequence[Finding]) -> Iterable[Finding]:
    """One finding; a comment silences it where it stands, else its own place alone."""
    whole = bool(min(findings, key=_gravest).ignored)
    yield from (one for one in findings if one.ignored and not whole)
    yield _told_once(one for one in findings if whole or not one.ignored)


def _told_once(findings: Iterable[Finding]) -> Finding:
    """The gravest of some findings, which takes the others along."""
    first, *rest = sorted(findings, key=_gravest)
    others = [
        Related(other.at, other.message)
        for other in rest
        if (other.at, other.message) != (first.at, first.message)
    ]
    inner = [related for other in rest for related in other.related]
    related = tuple(dict.fromkeys((*first.related, *others, *inner)))
    return replace(first, related=related)


def _without_copies(findings: Iterable[Finding], terms: Terms) -> Iterable[Finding]:
    """One finding for what is wrong in the same way in copies of one definition."""
    first: dict[object, Finding] = {}
    for finding in findings:
        copy = terms.identify(finding.at).copy
        key = (copy, finding.symbol, finding.shape, finding.message)
        known = first.get(key) if copy else None
        if known is None or known.at.path == finding.at.path:
            first[key if copy and known is None else finding.at] = finding
            continue
        also = Related(finding.at, "the same code stands here")
        first[key] = replace(known, related=(*known.related, also))
    return first.values()


def _gravest(finding: Finding) -> tuple[str, Place, str]:
    return (finding.priority, finding.at, finding.message)


def _stamped(rule: Rule, problem: Problem, terms: Terms) -> Finding:
    page = rule.page
    identity = terms.identify(problem.at)
    given = terms.priority(page.code, problem.at.path)
    priority = page.priority_of(problem.variant)
    why = f" (dead code: {problem.unused})" if problem.unused else ""
    return Finding(
        code=page.code,
        name=page.name,
        title=page.title,
        message=f"{problem.message}{why}",
        at=problem.at,
        priority=given or (_LOWER[priority] if problem.unused else priority),
        confidence=confidence_of(rule, problem),
        variant=problem.variant,
        related=tuple(dict.fromkeys(problem.related)),
        ignored=terms.silencer(page.code, problem.at),
        symbol=identity.symbol,
        shape=identity.shape,
    )
