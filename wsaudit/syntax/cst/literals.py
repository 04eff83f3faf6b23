"""Constants: strings with their escapes decoded, f-strings, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.reading import ReadExpression, Reading, opaque

_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|N\{([^{}]+)\}|(\r\n|[\s\S]))"
)
_BYTES_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|()()()(\r\n|[\s\S]))")
_SHORT = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "\n": "", "\r": "", "\r\n": "",
}  # fmt: skip
_NEW_LINE = re.compile(r"\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 2**64 - 1


def decode_string(raw: str, prefix: str) -> str:
    """What the text between the quotes means; of bytes, one character for each."""
    if "\r" in raw:
        raw = _NEW_LINE.sub("\n", raw)
    if "\\" not in raw or "r" in prefix:
        return raw
    if "b" in prefix:
        return _BYTES_ESCAPE.sub(_one, raw)
    value = _ESCAPE.sub(_one, raw)
    if _SURROGATE.search(value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _one(found: re.Match[str]) -> str:
    octal, byte, unit, point, name, other = found.groups()
    if octal:
        return chr(int(octal, 8))
    if other:
        return _SHORT.get(other, found[0])
    if name:
        return _named(name) or found[0]
    code = int(byte or unit or point or "0", 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _named(name: str) -> str:
    import unicodedata

    with suppress(KeyError):
        return unicodedata.lookup(name)
    return ""


# -- strings -------------------------------------------------------------------------


def _string(reading: Reading, node: cst.SimpleString) -> nodes.Literal:
    start, end = reading.span(node)
    if node.value[-1] == node.value[0] and "\\" not in node.value:
        quote = 3 if node.value[:3] in {'"""', "'''"} and len(node.value) > 2 else 1
        value = node.value[quote:-quote]
        if "\r" in value:
            value = _NEW_LINE.sub("\n", value)
        return nodes.Literal(start, end, "string", value)
    prefix = node.prefix.lower()
    value = decode_string(node.raw_value, prefix)
    return nodes.Literal(start, end, "bytes" if "b" in prefix else "string", value)


def _template(reading: Reading, node: cst.FormattedString) -> nodes.Template:
    start, end = reading.span(node)
    return nodes.Template(start, end, tuple(_parts(reading, node)))


def _parts(reading: Reading, node: cst.FormattedString) -> Iterator[nodes.Expression]:
    prefix = node.prefix.lower()
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            start, end = reading.span(part)
            raw = part.value.replace("{{", "{").replace("}}", "}")
            yield nodes.Literal(start, end, "string", decode_string(raw, prefix))
        elif isinstance(part, cst.FormattedStringExpression):  # pragma: no branch
            yield _filled(reading, part)


def _filled(reading: Reading, part: cst.FormattedStringExpression) -> nodes.Expression:
    """What stands in braces; Opaque when its text is not simply ``str`` of it."""
    value = reading.expression(part.expression)
    if part.equal is None and not part.format_spec and part.conversion in {None, "s"}:
        return value
    nested = [
        _filled(reading, piece)
        for piece in part.format_spec or ()
        if isinstance(piece, cst.FormattedStringExpression)
    ]
    start, end = reading.span(part)
    return nodes.Opaque(start, end, (value, *nested), "FormattedStringExpression")


def _concatenated(reading: Reading, node: cst.ConcatenatedString) -> nodes.Expression:
    pieces = _pieces(node)
    start, end = reading.span(node)
    parts: list[nodes.Expression] = []
    for one in pieces:
        if isinstance(one, cst.FormattedString):
            parts.extend(_parts(reading, one))
        else:
            parts.append(reading.expression(one))
    if any(isinstance(one, cst.FormattedString) for one in pieces):
        return nodes.Template(start, end, tuple(parts))
    found = [one for one in parts if isinstance(one, nodes.Literal)]
    text = "".join(str(one.value) for one in found)
    return nodes.Literal(start, end, found[0].kind, text)


def _pieces(node: cst.ConcatenatedString) -> Sequence[cst.BaseString]:
    """The pieces in order; libcst nests them to the right."""
    found: list[cst.BaseString] = []
    at: cst.BaseString = node
    while isinstance(at, cst.ConcatenatedString):
        found.append(at.left)
        at = at.right
    return [*found, at]


# -- numbers -------------------------------------------------------------------------


def _integer(reading: Reading, node: cst.Integer) -> nodes.Expression:
    """An int as far as msgpack's go, then a float; Opaque past even that."""
    start, end = reading.span(node)
    try:
        value: float = int(node.value.replace("_", ""), 0)
        if value > _LARGEST:
            value = float(value)
    except (OverflowError, ValueError):
        return nodes.Opaque(start, end, what="Integer")
    return nodes.Literal(start, end, "number", value)


def _float(reading: Reading, node: cst.Float) -> nodes.Expression:
    start, end = reading.span(node)
    value = float(node.value.replace("_", ""))
    if math.isinf(value):
        return nodes.Opaque(start, end, what="Float")
    return nodes.Literal(start, end, "number", value)


def _ellipsis(reading: Reading, node: cst.Ellipsis) -> nodes.Literal:
    return nodes.Literal(*reading.span(node), "ellipsis")


EXPRESSIONS: dict[type[cst.CSTNode], ReadExpression] = {
    cst.SimpleString: _string,
    cst.FormattedString: _template,
    cst.ConcatenatedString: _concatenated,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.Imaginary: opaque,
    cst.Ellipsis: _ellipsis,
}
