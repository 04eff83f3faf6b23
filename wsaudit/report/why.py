"""What is held of one line: each analysis' sentences, the nouns, and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TextIO

from wsaudit.report.facts import worded
from wsaudit.report.sanitise import mask_secrets, visible
from wsaudit.source import Place, Sentence, Source

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.outcome import Report, RuleOutcome

Sources = Callable[[str], Source]


class Told(Protocol):
    """A node, and what is held of it."""

    @property
    def at(self) -> Place:
        """Where it stands."""

    @property
    def node(self) -> str:
        """What it is called."""

    @property
    def said(self) -> tuple[Sentence, ...]:
        """What is held of it."""


def render(
    told: Iterable[Told],
    project: Project,
    report: Report,
    path: str,
    line: int,
    out: TextIO,
) -> None:
    """Write what is held of the nodes on a line, then its nouns, then its verdicts."""
    source = report.source

    def write(text: str) -> None:
        out.write(f"{mask_secrets(visible(text))}\n")

    for one in told:
        start = source(one.at.path).position(one.at.start)
        write(f"{start.line}:{start.column} {one.node}")
        for sentence in one.said:
            write(f"  {_sentence(sentence, source)}")
    nouns = [f for f in project.facts if _is_on(f.at, source, path, line)]
    write("nouns" if nouns else "nouns: none")
    for fact in nouns:
        write(f"  {worded(fact, source)}")
    verdicts = [
        v for one in report.outcomes for v in _verdicts(one, source, path, line)
    ]
    write("verdicts" if verdicts else "verdicts: none")
    for verdict in verdicts:
        write(f"  {verdict}")


def _sentence(sentence: Sentence, source: Sources) -> str:
    return "".join(
        f"{part.path}:{source(part.path).line_of(part.start)}"
        if isinstance(part, Place)
        else part
        for part in sentence
    )


def _verdicts(
    outcome: RuleOutcome, source: Sources, path: str, line: int
) -> Iterator[str]:
    code = outcome.rule.page.code
    for finding in outcome.findings:
        if _is_on(finding.at, source, path, line):
            why = f" (ignored: {finding.ignored.reason})" if finding.ignored else ""
            yield f"{code} fails: {finding.message}{why}"
    for passed in outcome.passes:
        if _is_on(passed.at, source, path, line):
            yield f"{code} passes: {passed.evidence}"
    for undecided in outcome.undecided:
        if _is_on(undecided.at, source, path, line):
            yield f"{code} is undecided: {undecided.reason}"


def _is_on(at: Place, source: Sources, path: str, line: int) -> bool:
    if at.path != path:
        return False
    text = source(path)
    return text.line_of(at.start) <= line <= text.line_of(max(at.start, at.end - 1))
