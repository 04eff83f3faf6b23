"""The examples of a page: small projects in fenced blocks, with marks for findings.

A block is a file. A line `` `backend/chat.py`: `` before the fence names it; without
one it is ``server.py``, ``client.ts`` and so on after the language of the fence, and
blocks of one section that share a name are one file. A mark, ``# WS130`` or
``// WS130`` or ``{/* WS130 */}``, at the end of a line or alone above it, says that a
finding starts on that line; a variant in parentheses and a part of the message in
double quotes may follow the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

DEFAULT_NAMES = {
    "python": "server.py",
    "ts": "client.ts",
    "tsx": "client.tsx",
    "js": "client.js",
    "jsx": "client.jsx",
}

_FENCE = re.compile(r"(`{3,}|~{3,})\s*(\S*)")
_FILE_NAME = re.compile(r"`([^`]+)`:")
_MARK = re.compile(
    r"""(?P<indent>\s*)(?P<open>\#|//|\{?/\*)\s*(?P<code>WS\d{3})
    (?:\ \((?P<variant>[a-z0-9-]+)\))?(?:\ "(?P<contains>[^"]*)")?
    \s*(?P<end>(?:\*/\}?)?)\s*$""",
    re.VERBOSE,
)


class PageError(Exception):
    """A page, or a case file in the same grammar, that breaks the grammar."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; ``line`` is the heading's, 1-based."""

    heading: str
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The section without its heading."""
        return "\n".join(self.lines).strip()


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding is expected on this line (1-based)."""

    path: str
    line: int
    variant: str
    contains: str


@dataclass(frozen=True, slots=True)
class Example:
    """One section's files, every mark turned into an ignore comment, and the marks.

    One run shows both: that what is marked is found, and that a comment silences it.
    """

    heading: str
    line: int
    files: Mapping[str, str]
    marks: tuple[Mark, ...]


def split_sections(text: str, first_line: int = 1) -> tuple[Section, ...]:
    """Cut Markdown at its first and second level headings; fences hide ``#`` lines.

    What stands before the first heading is a section without a heading, if anything
    but blank lines does.
    """
    found: list[tuple[str, int, list[str]]] = [("", first_line, [])]
    fence = ""
    for number, line in enumerate(text.splitlines(), first_line):
        fence = _fence_after(line, fence)
        if not fence and line.startswith(("# ", "## ")):
            found.append((line.strip(), number, []))
        else:
            found[-1][2].append(line)
    return tuple(
        Section(heading, number, tuple(lines))
        for heading, number, lines in found
        if heading or any(line.strip() for line in lines)
    )


def read_example(section: Section, code: str, where: str) -> Example:
    """The files and marks of one section of the page or case file ``where``.

    Raises PageError for a block that needs a name and has none, a name that leaves
    the example's own folder, an open fence, and a mark of another rule than ``code``.
    """
    files: dict[str, list[str]] = {}
    marks: list[Mark] = []
    for path, lines in _blocks(section, where):
        kept = files.setdefault(path, [])
        for line in lines:
            bare, mark = _take_mark(line, code, where)
            kept.append(f"{bare}{_ignore_comment(mark)}" if mark else line)
            if mark:
                at = len(kept) if bare else len(kept) + 1
                marks.append(
                    Mark(path, at, mark["variant"] or "", mark["contains"] or "")
                )
    return Example(
        heading=section.heading.lstrip("# "),
        line=section.line,
        files={path: _joined(lines) for path, lines in files.items()},
        marks=tuple(marks),
    )


def _blocks(section: Section, where: str) -> Iterator[tuple[str, list[str]]]:
    """Each fenced block of a section: the path of its file and its lines."""
    fence = language = name = ""
    lines: list[str] = []
    for number, line in enumerate(section.lines, section.line + 1):
        was_open, fence = fence, _fence_after(line, fence)
        if was_open and not fence:
            yield _path(name, language, f"{where}:{number}"), lines
            name = ""
        elif was_open:
            lines.append(line)
        elif fence:
            opened = _FENCE.match(line)
            language, lines = opened[2] if opened else "", []
        elif line.strip():
            named = _FILE_NAME.fullmatch(line.strip())
            name = named[1] if named else ""
    if fence:
        raise PageError(
            f"{where}:{section.line}: a fence of this section is not closed"
        )


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after a line, given the one open before it."""
    found = _FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found[1]
    closes = found[1].startswith(fence) and not found[2]
    return "" if closes else fence


def _path(name: str, language: str, where: str) -> str:
    path = name or DEFAULT_NAMES.get(language, "")
    if not path:
        raise PageError(f"{where}: a block in `{language}` needs a file name above it")
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise PageError(f"{where}: `{path}` leaves the folder of the example")
    return path


def _take_mark(line: str, code: str, where: str) -> tuple[str, re.Match[str] | None]:
    """A line without its mark, and the mark; nothing is left of a lone mark's line."""
    mark = _MARK.search(line)
    if not mark:
        return line, None
    if mark["code"] != code:
        raise PageError(f"{where}: a mark names {mark['code']}, the rule is {code}")
    return line[: mark.start()], mark


def _ignore_comment(mark: re.Match[str]) -> str:
    end = f" {mark['end']}" if mark["end"] else ""
    comment = f"wsaudit: ignore[{mark['code']}] shown as an example{end}"
    return f"{mark['indent']}{mark['open']} {comment}"


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
