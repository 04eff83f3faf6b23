"""Byte offsets as what a language client counts: lines, and units that it chose."""

from __future__ import annotations

from lsprotocol import types

from wsaudit.source import Place, Source

UNITS = {
    types.PositionEncodingKind.Utf8: ("utf-8", 1),
    types.PositionEncodingKind.Utf16: ("utf-16-le", 2),
    types.PositionEncodingKind.Utf32: ("utf-32-le", 4),
}


def range_of(source: Source, at: Place, encoding: str) -> types.Range:
    """A place of a text as a range."""
    return types.Range(
        _position(source, at.start, encoding), _position(source, at.end, encoding)
    )


def _position(source: Source, offset: int, encoding: str) -> types.Position:
    line = source.line_of(offset)
    before = source.data[source.line_starts[line - 1] : offset]
    codec, size = UNITS[types.PositionEncodingKind(encoding)]
    units = before.decode("utf-8", "replace").encode(codec, "surrogatepass")
    return types.Position(line - 1, len(units) // size)


def touches(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a position in common."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
