"""Which lines an ignore comment silences."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wsaudit.comments import DISABLE, IGNORES, Directive
from wsaudit.outcome import Ignore
from wsaudit.program.tree import walk
from wsaudit.source import Place, Source
from wsaudit.syntax import nodes


@dataclass(frozen=True, slots=True)
class Silence:
    """An ignore and the lines it silences; None for the whole file."""

    ignore: Ignore
    lines: range | None

    def meets(self, lines: Sequence[int]) -> bool:
        """Whether one of some lines, which are sorted, is silenced."""
        if self.lines is None:
            return bool(lines)
        index = bisect_left(lines, self.lines.start)
        return index < len(lines) and lines[index] in self.lines


@dataclass(frozen=True, slots=True)
class Cover:
    """What silences one rule in one file: by line, or in all of it."""

    by_line: Mapping[int, Ignore]
    whole: Ignore | None

    @classmethod
    def of(cls, silences: Iterable[Silence]) -> Cover:
        """The first ignore of each line; no line is looked at twice."""
        by_line: dict[int, Ignore] = {}
        following: dict[int, int] = {}
        whole: Ignore | None = None
        for silence in silences:
            if silence.lines is None:
                whole = whole or silence.ignore
                continue
            line = _free(following, silence.lines.start)
            while line < silence.lines.stop:
                by_line[line] = silence.ignore
                following[line] = line + 1
                line = _free(following, line)
        return cls(by_line, whole)

    def on(self, line: int) -> Ignore | None:
        """The ignore that silences a line."""
        return self.by_line.get(line, self.whole)


def _free(following: dict[int, int], line: int) -> int:
    """The first line from this one on that nothing silences yet."""
    passed: list[int] = []
    while line in following:
        passed.append(line)
        line = following[line]
    following.update(dict.fromkeys(passed, line))
    return line


def silences(
    module: nodes.Module, source: Source, found: Collection[Directive]
) -> tuple[Silence, ...]:
    """The ignores among a file's directives, each with the lines it silences."""
    layout = _Layout(module, source)
    made: list[Silence] = []
    for directive in found:
        if directive.word == DISABLE:
            made += _stretches(directive, source)
        elif directive.word in IGNORES and directive.codes:
            ignore = Ignore(directive.at, directive.codes, directive.reason)
            whole = directive.word == "ignore-file"
            made.append(Silence(ignore, None if whole else layout.lines(directive.at)))
    return tuple(made)


def _stretches(directive: Directive, source: Source) -> Iterator[Silence]:
    """What a ``disable`` silences: all lines down to where each code is enabled."""
    ends: dict[int, list[str]] = defaultdict(list)
    for code, at in directive.ends:
        ends[source.line_of(at.start)].append(code)
    first = source.line_of(directive.at.start)
    for last, codes in ends.items():
        ignore = Ignore(directive.at, tuple(codes), directive.reason)
        yield Silence(ignore, range(first, last + 1))


class _Layout:
    """The lines of a file: which hold comments alone, which a decorated head."""

    def __init__(self, module: nodes.Module, source: Source) -> None:
        self._source = source
        self._comments: dict[int, int] = {}
        self._code: dict[int, int] = {}
        self._openings = {comment.start for comment in module.comments}
        for comment in module.comments:
            first, last = source.line_of(comment.start), source.line_of(comment.end - 1)
            before = source.line_text(first).encode()
            offset = comment.start - source.line_starts[first - 1]
            after = source.data[comment.end : _line_end(source, last)].decode()
            bare = before[:offset].decode().strip(" \t{") + after.strip(" \t\r\n};")
            if not bare:
                for line in range(first, last + 1):
                    self._comments[line] = last
        self._heads = {
            source.line_of(node.start): source.line_of(node.name_start)
            for node in walk(module)
            if isinstance(node, nodes.FunctionDef | nodes.ClassDef) and node.decorators
        }

    def lines(self, at: Place) -> range:
        """The lines an ignore at a place silences.

        One that follows another directive in its comment may be about that one, so it
        covers the comment as well.
        """
        line = self._source.line_of(at.start)
        if line not in self._comments:
            return range(line, line + 1)
        first = line if at.start not in self._openings else None
        target = self._below(self._comments[line] + 1)
        return range(first or target, self._heads.get(target, target) + 1)

    def _below(self, line: int) -> int:
        """The first line from this one on that holds code.

        A stack of comments is gone down once, however many of them ask.
        """
        total = len(self._source.line_starts)
        passed: list[int] = []
        while line <= total and line not in self._code and self._passes(line):
            passed.append(line)
            line = self._comments.get(line, line) + 1
        target = self._code.get(line, line)
        self._code.update(dict.fromkeys(passed, target))
        return target

    def _passes(self, line: int) -> bool:
        return line in self._comments or not self._source.line_text(line).strip()


def _line_end(source: Source, line: int) -> int:
    starts = source.line_starts
    return starts[line] if line < len(starts) else len(source.data)
