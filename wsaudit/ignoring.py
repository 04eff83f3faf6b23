"""Ignore comments for all that is found, each where it may stand, and tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from wsaudit.edits import Edit, Shift, edited
from wsaudit.housekeeping import INVALID, UNEXPLAINED, UNUSED
from wsaudit.mending import Audit, Change, Mended, encoded, is_exact, speaks
from wsaudit.outcome import Finding, Report
from wsaudit.program import tree
from wsaudit.source import Language, Place, Source, language_of
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Module

Read = Callable[[Iterable[str]], Mapping[str, Module]]
"""What gives files in the common syntax by path, those that can be read."""

OURS = frozenset({UNUSED, UNEXPLAINED, INVALID})


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with findings, and the ways in which a comment may silence them."""

    findings: tuple[Finding, ...]
    forms: tuple[Edit, ...]


def add_ignores(audit: Audit, read: Read, reason: str) -> Mended:
    """Ignore all that an audit finds, with one reason. Nothing is written."""
    report = audit({})
    modules = read({one.at.path for one in report.findings})
    left = list(_lines(report, modules, reason))
    tried = dict.fromkeys(range(len(left)), 0)
    laid: dict[str, bytes] = {}
    after = report
    while True:
        edits = _edits(left, tried)
        if not edits:
            return Mended(report, ())
        laid = _laid(report, edits)
        after = audit(laid)
        failed = _failed(left, tried, edits, report, after)
        if not failed:
            break
        for index in failed:
            tried[index] += 1
            if tried[index] == len(left[index].forms):
                del tried[index]
    changes = (
        Change(path, report.source(path).raw, data)
        for path, data in sorted(laid.items())
    )
    return Mended(after, tuple(changes))


def _edits(lines: list[_Line], tried: Mapping[int, int]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = defaultdict(list)
    for index, form in tried.items():
        edit = lines[index].forms[form]
        found[edit.at.path].append(edit)
    return found


def _laid(report: Report, edits: Mapping[str, list[Edit]]) -> dict[str, bytes]:
    sources = ((report.source(path), found) for path, found in edits.items())
    return {
        source.path: encoded(source, edited(source.data, found)) or source.raw
        for source, found in sources
    }


def _failed(
    lines: list[_Line],
    tried: Mapping[int, int],
    edits: Mapping[str, list[Edit]],
    before: Report,
    after: Report,
) -> list[int]:
    """The lines whose comment does not silence them, or breaks their file."""
    shifts = {path: Shift.of(found) for path, found in edits.items()}
    known = {skip.path for skip in before.skipped}
    broken = {skip.path for skip in after.skipped} - known
    return [
        index
        for index in tried
        if lines[index].findings[0].at.path in broken
        or any(speaks(one, after.findings, shifts) for one in lines[index].findings)
    ]


def _lines(
    report: Report, modules: Mapping[str, Module], reason: str
) -> Iterator[_Line]:
    """The lines with findings, but for those about comments of ours."""
    found: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    for one in report.findings:
        source = report.source(one.at.path)
        if one.code not in OURS and is_exact(source) and one.at.path in modules:
            found[one.at.path, source.line_of(one.at.start)].append(one)
    for (path, _), findings in found.items():
        codes = ", ".join(dict.fromkeys(sorted(one.code for one in findings)))
        text = f"wsaudit: ignore[{codes}] {reason}"
        spot = _Spot(modules[path], report.source(path), findings[0].at, text)
        forms = tuple(spot.forms())
        if forms:
            yield _Line(tuple(findings), forms)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a finding is, and what the comment is to say."""

    module: Module
    source: Source
    at: Place
    text: str

    def forms(self) -> Iterator[Edit]:
        """A line of its own above, a comment behind the line, one right before."""
        data, starts = self.source.data, self.source.line_starts
        line = self.source.line_of(self.at.start)
        start = starts[line - 1]
        end = start + len(self.source.line_text(line).encode())
        indent = self.source.indent(line)
        python = language_of(self.at.path) is Language.PYTHON
        mark = "#" if python else "//"
        continued = python and line > 1 and self._ends_in_backslash(line - 1)
        if not self._in_text(start) and not continued:
            comment = f"{mark} {self.text}"
            if self._in_markup(start + len(indent.encode())):
                comment = f"{{/* {self.text} */}}"
            yield Edit(
                self._place(start), f"{indent}{comment}{self.source.newline(line)}"
            )
        broken = python and self._ends_in_backslash(line)
        if not self._in_text(end) and not broken and not self._in_comment(end):
            behind = "" if data[start:end].endswith(b" ") else "  " if python else " "
            yield Edit(self._place(end), f"{behind}{mark} {self.text}")
        if not python:
            yield Edit(self._place(self.at.start), f"/* {self.text} */ ")

    def _place(self, offset: int) -> Place:
        return Place(self.at.path, offset, offset)

    def _ends_in_backslash(self, line: int) -> bool:
        return self.source.line_text(line).endswith("\\")

    def _in_comment(self, offset: int) -> bool:
        return any(one.start < offset <= one.end for one in self.module.comments)

    def _in_text(self, offset: int) -> bool:
        """Whether an offset is inside of a text, where no comment is one."""
        inner: nodes.Node | None = None
        for node in tree.walk(self.module):
            if node.start < offset < node.end:
                inner = node
        return isinstance(inner, nodes.Literal | nodes.Template)

    def _in_markup(self, offset: int) -> bool:
        """Whether an offset is among the children of markup, outside of braces."""
        around: nodes.Node | None = None
        at: nodes.Node | None = None
        for node in tree.walk(self.module):
            if node.start < offset < node.end:
                around = node
            elif node.start == offset and at is None:
                at = node
        if not isinstance(around, nodes.Markup):
            return False
        before = self.source.data[:offset].rstrip()
        if any(one.start == offset for one in around.attributes):
            return False
        if at is None or isinstance(at, nodes.Markup):
            return before.endswith((b">", b"}"))
        return False
