"""Code frames: a line of source on a terminal, its token marked right underneath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from wsaudit.report.places import span
from wsaudit.report.sanitise import mask_secrets, visible

if TYPE_CHECKING:
    from wsaudit.source import Place, Source

TAB = 4
# How far around the token a long line is looked at, in code points.
_FAR = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a frame: a line number (0 under the code), text, and what is marked.

    ``before``, ``marked`` and ``after`` are safe to print and together no wider than
    was asked for.
    """

    line: int
    before: str
    marked: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One character of source as it is shown, and how many cells that takes."""

    shown: str
    cells: int


def frame(
    source: Source, place: Place, *, width: int, around: int = 1, mark: str = "^"
) -> Iterator[Row]:
    """The rows that show a place: a line before, its own, the marks, a line after.

    Of a place on several lines the first is marked to its end. Empty lines at the
    edges are left out. ``width`` is the room for code, in cells.
    """
    where = span(source, place)
    text = source.line_text(where.line)
    start = where.column - 1
    end = len(text) if where.end_line > where.line else where.end_column - 1
    first = max(0, start - _FAR)
    pieces = _pieces(text[first : end + _FAR])
    start, end = start - first, min(max(end, start + 1) - first, len(pieces))

    left = _scroll(pieces, start, end, width)
    before, marked, after = _crop(pieces, left, width, (start, end))
    if not first:
        yield from _context(source, where.line - around, where.line - 1, left, width)
    yield Row(where.line, before, marked, after)
    yield Row(0, " " * cell_len(before), mark * max(1, cell_len(marked)))
    if not first:
        yield from _context(source, where.line + 1, where.line + around, left, width)


def _context(
    source: Source, first: int, last: int, left: int, width: int
) -> Iterator[Row]:
    for line in range(max(1, first), min(last, len(source.line_starts)) + 1):
        pieces = _pieces(source.line_text(line)[: left + width + _FAR])
        text = "".join(_crop(pieces, left, width, (0, 0))).rstrip()
        if text.strip("… "):
            yield Row(line, text)


def _pieces(text: str) -> list[_Piece]:
    pieces = []
    column = 0
    for character in mask_secrets(text):
        shown = visible(character, keep="\t")
        if shown == "\t":
            shown = " " * (TAB - column % TAB)
        cells = cell_len(shown)
        pieces.append(_Piece(shown, cells))
        column += cells
    return pieces


def _scroll(pieces: Sequence[_Piece], start: int, end: int, width: int) -> int:
    """How many cells to leave out on the left so that the token can be seen."""
    before = sum(piece.cells for piece in pieces[:start])
    token = sum(piece.cells for piece in pieces[start:end])
    if before + token < width:
        return 0
    kept = max(0, min(width // 3, width - token - 2))
    return max(0, before - kept)


def _crop(
    pieces: Sequence[_Piece], left: int, width: int, token: tuple[int, int]
) -> tuple[str, str, str]:
    """Text before, in and after the token that fits between two edges."""
    total = sum(piece.cells for piece in pieces)
    right = left + width
    texts = ["", "", ""]
    if left and total:
        texts[0] = "…"
    at = 0
    for index, piece in enumerate(pieces):
        part = (index >= token[0]) + (index >= token[1])
        at += piece.cells
        if left and at - piece.cells < left + 1:
            if at > left + 1:  # a wide character across the edge
                texts[0] += " " * (at - left - 1)
            continue
        if total > right and at > right - 1:
            texts[part] += "…"
            break
        texts[part] += piece.shown
    return texts[0], texts[1], texts[2]
