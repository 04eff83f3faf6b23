"""Mending: fixes are tried on a copy of the files, and kept where they do mend.

A fix is kept when the files can still be read, the rule is silent where it spoke, and
no other finding has come up. All are tried together first; where that fails, those
that are to blame are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wsaudit.edits import Applicability, Edit, Shift, edited, overlapping
from wsaudit.outcome import Finding, Report
from wsaudit.source import Place, Source

ROUNDS = 10
TELLS_OTHERS = "reported as "

Audit = Callable[[Mapping[str, bytes]], Report]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is to hold something else: its bytes as they were read, and then."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Mended:
    """What is left once everything was mended, and the files as they are then."""

    report: Report
    changes: tuple[Change, ...]


@dataclass(slots=True)
class _Work:
    """One mending while it goes on; ``overlay`` is the files as they are by now.

    ``codes`` are the rules whose findings are to be mended.
    """

    audit: Audit
    report: Report
    codes: frozenset[str]
    overlay: dict[str, bytes] = field(default_factory=dict)
    refused: set[object] = field(default_factory=set)
    fixed: int = 0
    _last: tuple[dict[str, bytes], Report] | None = None

    def audited(self, overlay: dict[str, bytes]) -> Report:
        """The report on some files; what was tried last is not audited again."""
        if self._last is None or self._last[0] != overlay:
            self._last = (overlay, self.audit(overlay))
        return self._last[1]


def mend(
    audit: Audit, *, unsafe: bool, progress: Progress, whole: Audit | None = None
) -> Mended:
    """Apply the fixes of what an audit finds, and those that come up by them.

    ``audit`` is a run with `Config.fixes` over files some of which hold something else.
    ``unsafe`` applies what is only suggested as well. ``whole`` is a run with more
    rules, where some were chosen: no fix may make one of the others speak. Nothing is
    written.
    """
    report = audit({})
    codes = frozenset(one.rule.page.code for one in report.outcomes)
    work = _Work(whole or audit, whole({}) if whole else report, codes)
    for number in range(1, ROUNDS + 1):
        chosen = _chosen(work, unsafe=unsafe)
        if not chosen:
            break
        progress(f"mending, round {number}")
        _apply(work, chosen)
    left = work.report if whole is None else audit(work.overlay)
    return Mended(
        replace(
            left,
            fixed=work.fixed,
            held_back=sum(not _is_safe(one) for one in _fixable(work)),
        ),
        tuple(
            Change(path, report.source(path).raw, after)
            for path, after in sorted(work.overlay.items())
        ),
    )


def _is_safe(finding: Finding) -> bool:
    fix = finding.fix
    return fix is not None and fix.applicability is Applicability.SAFE


def _fixable(work: _Work) -> list[Finding]:
    """The findings with a fix that was not refused, in files that can be written."""
    return [
        one
        for one in work.report.findings
        if one.fix
        and one.code in work.codes
        and _key(one) not in work.refused
        and all(is_exact(work.report.source(e.at.path)) for e in one.fix.edits)
    ]


def _key(finding: Finding) -> object:
    """What a fix is known by in the next round, when everything may have moved."""
    texts = tuple(edit.text for edit in finding.fix.edits) if finding.fix else ()
    return finding.code, finding.at.path, finding.symbol, finding.shape, texts


def is_exact(source: Source) -> bool:
    """Whether the bytes of a file can be made from its text again."""
    return not source.guessed and encoded(source, source.data) == source.raw


def encoded(source: Source, data: bytes) -> bytes | None:
    """The bytes of a text in the encoding of its file; None where it cannot be."""
    try:
        return data.decode("utf-8", "surrogatepass").encode(source.encoding)
    except UnicodeError:
        return None


def _chosen(work: _Work, *, unsafe: bool) -> list[Finding]:
    """Fixes that go together: the first of each place, safe ones before others."""
    fixable = [one for one in _fixable(work) if unsafe or _is_safe(one)]
    chosen: list[Finding] = []
    taken: list[Edit] = []
    for one in sorted(fixable, key=lambda one: (not _is_safe(one), one.at, one.code)):
        edits = one.fix.edits if one.fix else ()
        near = [edit for edit in taken if edit.at.path == one.at.path]
        if not overlapping((*near, *edits)) and not _interleaved(edits, near):
            chosen.append(one)
            taken += edits
    return chosen


def _interleaved(edits: Sequence[Edit], others: Iterable[Edit]) -> bool:
    """Whether some other edit lies between the edits of one fix."""
    first, last = edits[0].at.start, edits[-1].at.end
    return any(first <= other.at.end and other.at.start <= last for other in others)


def _apply(work: _Work, chosen: list[Finding]) -> None:
    """Apply what can be kept of some fixes."""
    kept = _keepable(work, chosen)
    work.refused |= {_key(one) for one in chosen if one not in kept}
    if kept:
        overlay = _laid(work, kept)
        work.report = work.audited(overlay)
        work.overlay = overlay
        work.fixed += len(kept)


def _keepable(work: _Work, chosen: list[Finding]) -> list[Finding]:
    """Those of some fixes that mend what they are for and break nothing."""
    while chosen:
        blamed = _blamed(work, chosen)
        if blamed is None:
            half = len(chosen) // 2
            if not half:
                return []
            first = _keepable(work, chosen[:half])
            second = _keepable(work, chosen[half:])
            if first and second and _blamed(work, first + second) != []:
                return first
            return first + second
        if not blamed:
            return chosen
        chosen = [one for one in chosen if one not in blamed]
    return []


def _laid(work: _Work, chosen: Iterable[Finding]) -> dict[str, bytes]:
    """The files with some fixes applied, in the encodings that they have."""
    laid = dict(work.overlay)
    for path, edits in _by_file(chosen).items():
        source = work.report.source(path)
        laid[path] = encoded(source, edited(source.data, edits)) or source.raw
    return laid


def _by_file(chosen: Iterable[Finding]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = defaultdict(list)
    for one in chosen:
        for edit in one.fix.edits if one.fix else ():
            found[edit.at.path].append(edit)
    return found


def _blamed(work: _Work, chosen: list[Finding]) -> list[Finding] | None:
    """Which of some fixes must not be kept; None when that cannot be told."""
    after = work.audited(_laid(work, chosen))
    shifts = {path: Shift.of(edits) for path, edits in _by_file(chosen).items()}
    skipped = {skip.path for skip in after.skipped} - {
        skip.path for skip in work.report.skipped
    }
    blamed = [
        one
        for one in chosen
        if one.at.path in skipped or speaks(one, after.findings, shifts)
    ]
    new = [one for one in after.findings if not _was_known(one, work.report, shifts)]
    for one in new:
        guilty = [fix for fix in chosen if fix.at.path == one.at.path]
        same = [fix for fix in guilty if fix.symbol == one.symbol]
        blamed += same or guilty
    if (new or after.faults) and not blamed:
        return None
    return blamed


def speaks(
    finding: Finding, findings: Iterable[Finding], shifts: Mapping[str, Shift]
) -> bool:
    """Whether a rule still finds something where it found what was to be mended."""
    start, end = _stretch(finding.at, shifts)
    return any(
        one.code == finding.code
        and one.at.path == finding.at.path
        and one.at.start < end
        and start < one.at.end
        for one in findings
    )


def _stretch(at: Place, shifts: Mapping[str, Shift]) -> tuple[int, int]:
    shift = shifts.get(at.path)
    return shift.stretch(at) if shift else (at.start, at.end)


def _was_known(one: Finding, before: Report, shifts: Mapping[str, Shift]) -> bool:
    """Whether a finding was there before, or another one spoke for it."""
    quiet = (
        told.at
        for outcome in before.outcomes
        if outcome.rule.page.code == one.code
        for told in outcome.undecided
        if told.reason.startswith(TELLS_OTHERS)
    )
    same = [known for known in before.findings if known.code == one.code]
    if any(
        known.at.path == one.at.path
        and (known.symbol, known.shape) == (one.symbol, one.shape)
        for known in same
    ):
        return True
    for at in (*(known.at for known in same), *quiet):
        if at.path == one.at.path:
            start, end = _stretch(at, shifts)
            if start <= one.at.start <= end:
                return True
    return False
