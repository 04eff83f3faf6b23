"""What a run ends with: findings, verdicts of rules, and all that was skipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

# The annotations are read when a report is kept.
from wsaudit.edits import Fix
from wsaudit.rule import Confidence, Pass, Priority, Related, Rule, Undecided
from wsaudit.source import Place

if TYPE_CHECKING:
    from wsaudit.source import Source


class State(StrEnum):
    """The verdict of a rule or a checklist item over the whole project."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - the word, not a secret
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Ignore:
    """An ignore comment: where it stands, which codes it names, and its reason."""

    at: Place
    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem stamped by the engine with its rule, priority and confidence.

    ``name`` is the rule's name (``effect-socket-not-closed``), ``ignored`` the
    comment that silences it, if one does. ``symbol`` and ``shape`` tell it from others
    wherever its line goes, see `wsaudit.identity`. ``fix`` is there where fixes were
    asked for and the rule has one for this code.
    """

    code: str
    name: str
    title: str
    message: str
    at: Place
    priority: Priority
    confidence: Confidence
    variant: str = ""
    related: tuple[Related, ...] = ()
    ignored: Ignore | None = None
    symbol: str = ""
    shape: str = ""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What one rule said over the whole project."""

    rule: Rule
    findings: tuple[Finding, ...]
    passes: tuple[Pass, ...]
    undecided: tuple[Undecided, ...]

    @property
    def state(self) -> State:
        """Fail beats undecided beats pass; nothing looked at is not applicable."""
        if any(not finding.ignored for finding in self.findings):
            return State.FAIL
        if self.undecided:
            return State.UNDECIDED
        return State.PASS if self.passes or self.findings else State.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that was not read, or only in part.

    ``reason`` is one of a short list of words (``unreadable``, ``binary``,
    ``too large``, ``minified``, ``generated``, ``too deep``, ``timeout``, ``crashed``,
    ``syntax error``, ``link``, ``not a file``, ``unknown library``
    …); ``detail`` a sentence.
    ``partial`` when the rest of the file was read. ``line`` is 1-based, 0 if none.
    """

    path: str
    reason: str
    detail: str = ""
    partial: bool = False
    line: int = 0


UNKNOWN_LIBRARY = "unknown library"
"""Why a file is read in part whose connections are of a library without a dialect."""

RECOGNITION = "recognition"
"""Where a fault is that leaves nothing to judge: what the whole project says."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An internal error: a reader or rule raised. The rest of the run went on.

    ``where`` is ``reader``, the code of a rule, or `RECOGNITION`. ``late`` for what was
    cut off because it took too long, which is no error of ours.
    """

    path: str
    where: str
    message: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a reporter may show.

    ``findings`` are sorted, not ignored, and at or above the shown confidence;
    ``ignored`` are silenced by comments, ``known`` are in the baseline, of which
    ``gone`` entries have no finding any more. ``source`` gives the text of a path for
    code frames and positions. ``read`` counts files in the common syntax, ``seen``
    files looked at by the screen. ``facts`` lists, by kind, how much was recognised.
    ``notes`` are sentences about the run that belong on standard error.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    outcomes: tuple[RuleOutcome, ...]
    skipped: tuple[Skip, ...]
    faults: tuple[Fault, ...]
    source: Callable[[str], Source]
    seen: int = 0
    read: int = 0
    facts: Mapping[str, int] = field(default_factory=dict)
    strict: bool = False
    libraries: tuple[str, ...] = ()
    """Whose connections there are, in words: ``Tornado 6.4 (2 connections)``."""
    root: str = ""
    """Absolute path of the directory that all paths are relative to."""
    notes: tuple[str, ...] = ()
    known: tuple[Finding, ...] = ()
    gone: int = 0
    fixed: int = 0
    """How many findings there were that have been mended."""
    held_back: int = 0
    """How many more would be, were what is only suggested done as well."""
    until: str = ""
    """The last day on which this comes out the same, where a comment names one."""

    @property
    def crashed(self) -> bool:
        """True when nothing could be judged; silence then means nothing at all."""
        return any(fault.where == RECOGNITION for fault in self.faults)
