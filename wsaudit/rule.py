"""A rule: a page joined with a check, and what a check may answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from wsaudit.grades import Confidence, Priority
from wsaudit.pages import Page
from wsaudit.source import Place

if TYPE_CHECKING:
    from wsaudit.model import Evidence, Fact, Project

__all__ = [
    "Check",
    "Confidence",
    "Option",
    "Pass",
    "Priority",
    "Problem",
    "Related",
    "Rule",
    "Undecided",
    "Verdict",
    "Verdicts",
    "check",
    "judged",
]

F = TypeVar("F", bound="Fact")


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding: the other end, the loop, a call."""

    at: Place
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something is wrong at ``at``.

    ``message`` is one plain sentence: what is wrong here and what happens because of
    it; lower case start unless it starts with code, names in backticks, no full stop.
    ``variant`` is one of the page's variants and may change the priority.
    ``confidence`` overrides the page's. Problems of a rule with one ``cause`` are
    mended by one edit and become one finding; None is a cause of its own. ``unused``
    says why nothing runs the code, and is the engine's to fill.
    """

    at: Place
    message: str
    variant: str = ""
    confidence: Confidence | None = None
    related: tuple[Related, ...] = ()
    cause: Hashable = None
    unused: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """The rule looked at ``at`` and it is fine; ``evidence`` says why in short."""

    at: Place
    evidence: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The rule cannot tell about ``at``; ``reason`` says what it could not see."""

    at: Place
    reason: str


Verdict = Problem | Pass | Undecided
Verdicts = Iterator[Verdict]


def judged(
    evidence: Evidence, at: Place, problem: Problem, *, there: bool = False
) -> Verdict:
    """The verdict on what has to be there: a problem only where it certainly is not.

    With ``there`` a pass stands where the evidence is.
    """
    if evidence.present:
        return Pass((evidence.at if there else None) or at, evidence.why)
    return Undecided(at, evidence.why) if evidence.unknown else problem


@dataclass(frozen=True, slots=True)
class Option:
    """A number that a team may set of a rule, declared beside the rule's check.

    ``about`` says what it counts, in which unit; it is not below ``least``.
    """

    code: str
    name: str
    default: float
    about: str
    least: float = 0

    def of(self, project: Project) -> float:
        """What it is set to."""
        return project.numbers.get((self.code, self.name), self.default)


@dataclass(frozen=True, slots=True)
class Check:
    """A check function, the code it answers for, and the kind of subject it is on."""

    code: str
    on: type[Any]
    look: Callable[[Any, Any], Verdicts]


def check(
    code: str, *, on: type[F]
) -> Callable[[Callable[[F, Project], Verdicts]], Check]:
    """Make a check of a function over one subject.

    A code may have several checks (one a side, say), each on its own kind of subject.
    """

    def join(look: Callable[[F, Project], Verdicts]) -> Check:
        return Check(code, on, look)

    return join


@dataclass(frozen=True, slots=True)
class Rule:
    """A page, the checks that answer for it, and the numbers that may be set."""

    page: Page
    checks: tuple[Check, ...]
    options: tuple[Option, ...] = ()
