"""Places in the units and under the roots that the formats ask for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from wsaudit.source import Place, Position

if TYPE_CHECKING:
    from wsaudit.outcome import Report
    from wsaudit.source import Source


@dataclass(frozen=True, slots=True)
class Span:
    """Where a stretch of text starts and ends, 1-based; the end is behind its last."""

    line: int
    column: int
    end_line: int
    end_column: int


def span(source: Source, place: Place) -> Span:
    """A place in code points, for people and for JSON."""
    return _span(source, place, source.position)


def span_utf16(source: Source, place: Place) -> Span:
    """A place in UTF-16 code units, for SARIF."""
    return _span(source, place, source.position_utf16)


def _span(source: Source, place: Place, position: Callable[[int], Position]) -> Span:
    size = len(source.data)
    start = min(max(place.start, 0), size)
    end = min(max(place.end, start), size)
    first, last = position(start), position(end)
    if last.column == 1 and last.line > first.line:  # ends with a line's ending
        visible_end = source.data[start:end].rstrip(b"\r\n")
        last = position(start + len(visible_end))
    return Span(first.line, first.column, last.line, last.column)


def git_root(start: str) -> str | None:
    """The top level of the git checkout that holds a directory, if there is one.

    Looks for ``.git`` only; git itself is not run.
    """
    here = Path(start).resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return str(folder)
    return None


def repository_of(report: Report) -> str:
    """The top level of the checkout that the audited files are in, else the root.

    The run may have been started above it, or in another one.
    """
    folders = {
        os.path.join(report.root or ".", os.path.dirname(one.at.path))
        for one in (*report.findings, *report.ignored)
    }
    tops = {git_root(folder) for folder in folders}
    if len(tops) == 1 and (top := tops.pop()):
        return top
    return git_root(report.root or ".") or report.root


def under_root(path: str, *, base: str, root: str) -> str | None:
    """A path relative to ``base`` as one relative to ``root``, with ``/``.

    Symbolic links are followed, since GitHub shows nothing behind one. None when the
    file is outside of the root. Without a root, or a base, the path stays what it is.
    """
    if not base or not root:
        return _inside(path)
    top = os.path.realpath(root)
    for place in (os.path.realpath(os.path.join(base, path)), os.path.join(base, path)):
        relative = _inside(os.path.relpath(place, top))
        if relative is not None:
            return relative
    return None


def _inside(path: str) -> str | None:
    posix = path.replace("\\", "/") if os.sep == "\\" else path
    normal = PurePosixPath(posix)
    if normal.is_absolute() or ".." in normal.parts:
        return None
    return str(normal)


def uri(path: str) -> str:
    """A relative path as a URI reference: percent-encoded, no scheme by accident.

    Bytes of a file name that are no UTF-8 are encoded as themselves.
    """
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "replace")
    return quote(raw, safe="/@!$'()*+,;=")
