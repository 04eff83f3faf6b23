"""Patterns of paths as git reads them, matched in time linear in pattern and path."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

LONGEST = 4_000
MOST_WILD = 1_000
MOST_FILES = 100_000
MOST_DEEP = 40
_SPECIAL = re.compile(r"[*?\[\\]")


class TooManyFilesError(Exception):
    """A pattern names, or walks through, more files than anybody means."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One pattern; ``at`` is its place in the file, where the last one wins."""

    at: int
    include: bool
    folders_only: bool
    form: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class PathPatterns:
    """The patterns of one file: names and paths by lookup, wild ones in turn.

    A `/` at the end of a plain one says that it is meant for folders only.
    """

    names: dict[str, _Line]
    paths: dict[str, _Line]
    wild: tuple[_Line, ...]

    @classmethod
    def of(cls, lines: Iterable[str], *, literal: bool = False) -> PathPatterns:
        """The patterns of some lines, those that are broken left out.

        In a ``literal`` list, as configuration has, `#` and `!` mean themselves. Of
        patterns with wildcards the first thousand count.
        """
        names: dict[str, _Line] = {}
        paths: dict[str, _Line] = {}
        wild: list[_Line] = []
        for at, line in enumerate(lines):
            text, negated = (line, False) if literal else _told(line)
            folders_only = text.endswith("/")
            text = text[:-1] if folders_only else text
            if not text or len(text) > LONGEST:
                continue
            rooted = "/" in text
            text = text.removeprefix("/")
            if not _SPECIAL.search(text):
                table = paths if rooted else names
                made = _Line(at, not negated, folders_only)
                table[f"{text}/" if folders_only else text] = made
            elif len(wild) < MOST_WILD:
                form = _form(text if rooted else f"**/{text}")
                if form:
                    wild.append(_Line(at, not negated, folders_only, form))
        return cls(names, paths, tuple(reversed(wild)))

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether a relative path is meant; None when no pattern speaks of it."""
        name = path.rpartition("/")[2]
        plain = [self.names.get(name), self.paths.get(path)]
        if folder:
            plain += [self.names.get(f"{name}/"), self.paths.get(f"{path}/")]
        best = max(filter(None, plain), key=lambda line: line.at, default=None)
        for line in self.wild:
            if best and best.at > line.at:
                break
            if line.folders_only and not folder:
                continue
            if line.form and line.form.match(path):
                return line.include
        return best.include if best else None


def found_below(root: str, pattern: str, *, passed: Collection[str]) -> list[str]:
    """The regular files below a folder that a pattern names, relative to it, sorted.

    No link is followed, and folders with a name in ``passed`` are not gone into. Raises
    TooManyFilesError where the pattern makes us look at more than is sensible.
    """
    if not _SPECIAL.search(pattern):
        return [pattern] if os.path.lexists(os.path.join(root, pattern)) else []
    form = _form(pattern)
    plain = _SPECIAL.split(pattern, maxsplit=1)[0].rpartition("/")[0]
    deepest = MOST_DEEP if "**" in pattern else pattern.count("/")
    pending, found, seen = [(plain, plain.count("/") + bool(plain))], [], 0
    while pending and form:
        folder, depth = pending.pop()
        for entry in _entries(os.path.join(root, folder)):
            path = f"{folder}/{entry.name}" if folder else entry.name
            seen += 1
            if seen > MOST_FILES:
                raise TooManyFilesError(f"`{pattern}` looks at too many files")
            if entry.is_dir(follow_symlinks=False):
                if depth < deepest and entry.name not in passed:
                    pending.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=False) and form.match(path):
                found.append(path)
    return sorted(found)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as scan:
            return list(scan)
    except OSError:
        return []


def _told(line: str) -> tuple[str, bool]:
    """A line of an ignore file without comment, negation and spaces at its end."""
    if line.startswith("#"):
        return "", False
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    return (line[1:], True) if line.startswith("!") else (line, False)


def _form(pattern: str) -> re.Pattern[str] | None:
    """A pattern as a regular expression that never goes back over what it took.

    Between two stars the leftmost match is as good as any other, so each is atomic.
    """
    parts = pattern.split("/")
    while len(parts) > 2 and parts[0] == parts[1] == "**":
        parts.pop(0)
    groups: list[list[str]] = [[]]
    for index, part in enumerate(parts):
        if part == "**" and index < len(parts) - 1:
            groups.append([])
            continue
        made = r".+" if part == "**" else _segment(part)
        if made is None:
            return None
        groups[-1].append(made)
    first, *others = groups
    text = "".join(f"{part}/" for part in first) if others else "/".join(first)
    for index, group in enumerate(others):
        if index == len(others) - 1:
            text += rf"(?:[^/]+/)*?{'/'.join(group)}"
        elif group:
            text += rf"(?>(?:[^/]+/)*?{''.join(f'{part}/' for part in group)})"
    return re.compile(rf"{text}\Z", re.DOTALL)


def _segment(part: str) -> str | None:
    """One part of a path as a regular expression; None when it is broken."""
    pieces: list[str] = [""]
    for piece in _pieces(part):
        if piece == "*":
            pieces.append("")
        elif not piece:
            return None
        else:
            pieces[-1] += piece
    first, *others = pieces
    if not others:
        return first
    middle = "".join(rf"(?>[^/]*?{piece})" for piece in others[:-1] if piece)
    # An empty last part of a name is no name: `*` wants one character at least.
    least = "(?=[^/])" if not any(pieces) else ""
    return rf"{least}{first}{middle}[^/]*{others[-1]}"


def _pieces(part: str) -> Iterator[str]:
    """What a part is made of: `*`, and regular expressions; "" where it is broken."""
    at = 0
    while at < len(part):
        sign = part[at]
        at += 1
        if sign == "*":
            yield "*"
        elif sign == "?":
            yield "[^/]"
        elif sign == "\\":
            yield re.escape(part[at]) if at < len(part) else ""
            at += 1
        elif sign == "[":
            end = part.find("]", at + 1 + (part[at : at + 1] in ("!", "^")))
            yield _choice(part[at:end]) if end != -1 else ""
            at = end + 1 if end != -1 else len(part)
        else:
            yield re.escape(sign)


def _choice(inside: str) -> str:
    """What stands in brackets, as a regular expression; "" when it is broken."""
    negated = inside[:1] in ("!", "^")
    made, before, at = "", "", int(negated)
    while at < len(inside):
        sign = inside[at]
        at += 1
        if sign == "-" and before and at < len(inside):
            after = inside[at]
            made += f"{re.escape(before)}-{re.escape(after)}" * (before <= after)
            at, before = at + 1, ""
            continue
        if sign == "\\" and at < len(inside):
            sign, at = inside[at], at + 1
        made, before = made + re.escape(sign), sign
    return f"(?!/)[{'^' if negated else ''}{made}]" if made else ""
