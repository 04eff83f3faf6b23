"""Ignore comments for all that is found, each where it may stand, and tried."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from wsaudit.edits import Edit, Shift, edited
from wsaudit.housekeeping import INVALID, UNEXPLAINED, UNUSED
from wsaudit.mending import Audit, Change, Mended, encoded, is_exact, speaks
from wsaudit.outcome import Finding, Report
from wsaudit.program import tree
from wsaudit.program.nested import Nested
from wsaudit.source import Language, Place, Source, language_of
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Module
from wsaudit.syntax.singlefile import is_component_file, opening_tags, scripts_only

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
    grounds: dict[str, _Ground] = {}
    for one in report.findings:
        source = report.source(one.at.path)
        if one.code not in OURS and is_exact(source) and one.at.path in modules:
            found[one.at.path, source.line_of(one.at.start)].append(one)
    for (path, _), findings in found.items():
        if path not in grounds:
            grounds[path] = _Ground.of(modules[path], report.source(path))
        text = _text(dict.fromkeys(sorted(one.code for one in findings)), reason)
        forms = tuple(grounds[path].forms(findings[0].at, text))
        if forms:
            yield _Line(tuple(findings), forms)


def likely_form(
    module: Module, source: Source, finding: Finding, reason: str
) -> Edit | None:
    """A comment that most likely silences a finding, where one can stand; not tried."""
    text = _text([finding.code], reason)
    return next(_Ground.of(module, source).forms(finding.at, text), None)


def _text(codes: Iterable[str], reason: str) -> str:
    return f"wsaudit: ignore[{', '.join(codes)}] {reason}"


@dataclass(frozen=True, slots=True)
class _Ground:
    """A file in which comments are to stand."""

    module: Module
    source: Source
    nodes: Nested
    scripts: bytes
    """The scripts of a single-file component, at the places that they have in it."""
    tags: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, module: Module, source: Source) -> _Ground:
        nested = Nested.of(tree.walk(module))
        if not is_component_file(source.path):
            return cls(module, source, nested, b"", ())
        scripts = scripts_only(source.path, source.text)
        tags = opening_tags(source.path, source.text)
        return cls(
            module, source, nested, scripts.encode("utf-8", "surrogatepass"), tags
        )

    def forms(self, at: Place, text: str) -> Iterator[Edit]:
        """A line of its own above, a comment behind the line, one right before."""
        data, starts = self.source.data, self.source.line_starts
        line = self.source.line_of(at.start)
        start = starts[line - 1]
        end = start + len(self.source.line_text(line).encode())
        indent = self.source.indent(line)
        if self._in_template(at):
            if not self._in_tag(start) and "--" not in text:
                comment = f"{indent}<!-- {text} -->"
                yield self._insert(start, f"{comment}{self.source.newline(line)}")
            if not set("\"'<>{}") & set(text):
                yield self._insert(at.start, f"/* {text} */ ")
            return
        python = language_of(at.path) is Language.PYTHON
        mark = "#" if python else "//"
        continued = python and line > 1 and self._ends_in_backslash(line - 1)
        if not self._in_text(start) and not continued:
            comment = f"{mark} {text}"
            if self._in_markup(start + len(indent.encode())):
                comment = f"{{/* {text} */}}"
            yield self._insert(start, f"{indent}{comment}{self.source.newline(line)}")
        broken = python and self._ends_in_backslash(line)
        if not self._in_text(end) and not broken and not self._in_comment(end):
            behind = "" if data[start:end].endswith(b" ") else "  " if python else " "
            yield self._insert(end, f"{behind}{mark} {text}")
        if not python:
            yield self._insert(at.start, f"/* {text} */ ")

    def _insert(self, offset: int, text: str) -> Edit:
        return Edit(Place(self.module.path, offset, offset), text)

    def _in_template(self, at: Place) -> bool:
        """Whether a place is in a single-file component, but in none of its scripts."""
        return (
            at.start < len(self.scripts) and not self.scripts[at.start : at.end].strip()
        )

    def _in_tag(self, offset: int) -> bool:
        index = bisect_left(self.tags, (offset, 0)) - 1
        return index >= 0 and offset <= self.tags[index][1]

    def _ends_in_backslash(self, line: int) -> bool:
        return self.source.line_text(line).endswith("\\")

    def _in_comment(self, offset: int) -> bool:
        comments = self.module.comments
        index = bisect_left(comments, offset, key=lambda one: one.start) - 1
        return index >= 0 and offset <= comments[index].end

    def _in_text(self, offset: int) -> bool:
        """Whether an offset is inside of a text, where no comment is one."""
        inner = self.nodes.around(offset - 1, offset)
        return isinstance(inner, nodes.Literal | nodes.Template)

    def _in_markup(self, offset: int) -> bool:
        """Whether an offset is among the children of markup, outside of braces."""
        around = self.nodes.around(offset - 1, offset)
        if not isinstance(around, nodes.Markup):
            return False
        if any(one.start == offset for one in around.attributes):
            return False
        at = self.nodes.following(offset)
        if at is None or at.start != offset or isinstance(at, nodes.Markup):
            before = self.source.data[:offset].rstrip()
            return before.endswith((b">", b"}"))
        return False
