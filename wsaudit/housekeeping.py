"""The rules about wsaudit's own comments: unused, unexplained and invalid ignores."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from wsaudit.comments import IGNORES, Directive, checked, directives
from wsaudit.outcome import Ignore
from wsaudit.rule import Pass, Problem
from wsaudit.settle import Judged
from wsaudit.source import Place, Source
from wsaudit.suppress import Cover, Silence, silences
from wsaudit.syntax.nodes import Module

UNUSED = "WS900"
UNEXPLAINED = "WS901"
INVALID = "WS902"
EXPLAINED_WORDS = (*IGNORES, "public")


@dataclass(frozen=True, slots=True)
class Comments:
    """All comments to wsaudit of a run, and which of them silenced something."""

    found: Sequence[Directive]
    silences: Sequence[Silence]
    until: str
    """The last day on which all of them count as they do, if one has such a day."""
    partly_read: frozenset[str]
    source: Callable[[str], Source]
    _covers: dict[tuple[str, str], Cover] = field(default_factory=dict)
    _met: defaultdict[tuple[str, str], set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )

    def __post_init__(self) -> None:
        """Sort the ignores by file and rule."""
        by_rule: dict[tuple[str, str], list[Silence]] = defaultdict(list)
        for silence in self.silences:
            for code in dict.fromkeys(silence.ignore.codes):
                by_rule[silence.ignore.at.path, code].append(silence)
        self._covers.update({key: Cover.of(found) for key, found in by_rule.items()})

    @classmethod
    def of(
        cls,
        modules: Iterable[Module],
        source: Callable[[str], Source],
        codes: Collection[str],
    ) -> Comments:
        """The comments of some modules; ``codes`` are those of the catalogue."""
        today = dt.datetime.now().astimezone().date()
        found: list[Directive] = []
        quiet: list[Silence] = []
        partly = set()
        for module in modules:
            own = checked(directives(module), codes, today)
            if not own:
                continue
            found += own
            quiet += silences(module, source(module.path), own)
            if module.faults:
                partly.add(module.path)
        days = [one.until for one in found if one.until and one.codes]
        return cls(found, quiet, min(days, default=""), frozenset(partly), source)

    def silencer(self, code: str, at: Place) -> Ignore | None:
        """The ignore that silences a rule at a place, noted as used."""
        cover = self._covers.get((at.path, code))
        if cover is None:
            return None
        line = self.source(at.path).line_of(at.start)
        self._met[at.path, code].add(line)
        return cover.on(line)

    def use(self, judged: Iterable[Judged]) -> None:
        """Note which ignores the problems of a run make use of."""
        for one in judged:
            if isinstance(one.verdict, Problem):
                self.silencer(one.code, one.verdict.at)

    def judge_form(self) -> Iterator[Judged]:
        """What can be said of each comment alone: its form and its reason."""
        for one in self.found:
            if one.trouble:
                yield Judged(
                    INVALID, Problem(one.at, f"this has no effect: {one.trouble}")
                )
            else:
                yield Judged(INVALID, Pass(one.at, "understood"))
            if one.word not in EXPLAINED_WORDS or (one.trouble and not one.codes):
                continue
            if one.reason:
                yield Judged(UNEXPLAINED, Pass(one.at, "gives its reason"))
            else:
                message = (
                    f"`{one.word}` gives no reason: nobody can tell when it may go"
                )
                yield Judged(UNEXPLAINED, Problem(one.at, message))

    def judge_use(self, crashed: Collection[str]) -> Iterator[Judged]:
        """Which ignores silence nothing; rules that ``crashed`` are given the doubt."""
        met = self._lines()
        for silence in self.silences:
            ignore = silence.ignore
            if ignore.at.path in self.partly_read:
                continue
            idle = [
                code
                for code in ignore.codes
                if code not in (UNUSED, *crashed)
                and not silence.meets(met.get((ignore.at.path, code), ()))
            ]
            yield Judged(UNUSED, _use(ignore.at, idle))

    def judge_last(self) -> Iterator[Judged]:
        """The ignores of WS900 itself, once it is known what they silence."""
        met = self._lines()
        for silence in self.silences:
            at = silence.ignore.at
            lines = met.get((at.path, UNUSED), ())
            if UNUSED in silence.ignore.codes and not silence.meets(lines):
                yield Judged(UNUSED, _use(at, [UNUSED]))

    def _lines(self) -> dict[tuple[str, str], list[int]]:
        """By file and rule the lines that had something to silence, sorted."""
        return {key: sorted(lines) for key, lines in self._met.items()}


def _use(at: Place, idle: Sequence[str]) -> Problem | Pass:
    if not idle:
        return Pass(at, "silences a finding")
    codes = " and ".join(f"`{code}`" for code in idle)
    verb = "has" if len(idle) == 1 else "have"
    return Problem(at, f"{codes} {verb} nothing to silence here")
