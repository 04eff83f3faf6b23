"""Constants: strings with their escapes decoded, templates, numbers, regexes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.reading import ReadExpression, Reading, unwrap

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})"
    r"|([0-7]{1,3})|(\r\n|[\s\S]))"
)
_NEW_LINE = re.compile(r"\r\n?")
_SHORT = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "v": "\v", "f": "\f",
    "\n": "", "\r": "", "\r\n": "", "\u2028": "", "\u2029": "",
}  # fmt: skip
_LARGEST_EXACT = 2**53


def string_value(reading: Reading, node: Node) -> str:
    """What a string literal means."""
    raw = reading.text(node)
    closed = len(raw) > 1 and raw[-1] == raw[0]
    return unescape(raw[1:-1] if closed else raw[1:])


def unescape(raw: str) -> str:
    """Decode JavaScript's escapes; a lone surrogate becomes U+FFFD."""
    if "\\" not in raw:
        return raw
    value = _ESCAPE.sub(_unescape_one, raw)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape_one(found: re.Match[str]) -> str:
    point, unit, byte, octal, other = found.groups()
    if other is not None:
        return _SHORT.get(other, other)
    code = int(octal, 8) if octal else int(point or unit or byte, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def number_value(text: str) -> int | float:
    """What a number literal means; whole numbers are exact as far as JavaScript's."""
    bare = text.replace("_", "").lower()
    base = {"0x": 16, "0o": 8, "0b": 2}.get(bare[:2])
    try:
        if base is not None:
            whole = int(bare[2:], base)
        elif bare[0] == "0" and len(bare) > 1 and not bare.strip("01234567"):
            whole = int(bare, 8)
        elif bare.isdigit() and len(bare) < 20:
            whole = int(bare)
        else:
            return float(bare)
        return whole if whole <= _LARGEST_EXACT else float(whole)
    except (ValueError, OverflowError):
        return float("inf")


def key_text(value: float) -> str:
    """A number as the property name that JavaScript makes of it."""
    return (
        str(int(value))
        if value < _LARGEST_EXACT and value == int(value)
        else str(value)
    )


def _string(reading: Reading, node: Node) -> nodes.Literal:
    value = string_value(reading, node)
    return nodes.Literal(node.start_byte, node.end_byte, "string", value)


def _number(reading: Reading, node: Node) -> nodes.Expression:
    text = reading.text(node)
    if not text or text.endswith("n"):
        return nodes.Opaque(node.start_byte, node.end_byte, what="bigint")
    return nodes.Literal(node.start_byte, node.end_byte, "number", number_value(text))


def _boolean(reading: Reading, node: Node) -> nodes.Literal:
    return nodes.Literal(node.start_byte, node.end_byte, "boolean", node.type == "true")


def _null(reading: Reading, node: Node) -> nodes.Literal:
    return nodes.Literal(node.start_byte, node.end_byte, "null")


def _undefined(reading: Reading, node: Node) -> nodes.Literal:
    return nodes.Literal(node.start_byte, node.end_byte, "undefined")


def _regex(reading: Reading, node: Node) -> nodes.Literal:
    return nodes.Literal(node.start_byte, node.end_byte, "regex", reading.text(node))


def _template(reading: Reading, node: Node) -> nodes.Template:
    found: list[nodes.Expression] = []
    end = node.end_byte
    closed = node.child_count > 1 and node.children[-1].type == "`"
    last = end - 1 if closed else end
    at = node.start_byte + 1
    for child in node.named_children:
        if child.type in {"template_substitution", "template_type"}:
            found.extend(_fixed_text(reading, at, child.start_byte))
            found.append(unwrap(reading, child))
            at = child.end_byte
    found.extend(_fixed_text(reading, at, last))
    return nodes.Template(node.start_byte, end, tuple(found))


def _fixed_text(reading: Reading, start: int, end: int) -> list[nodes.Literal]:
    if start >= end:
        return []
    raw = reading.data[start:end].decode("utf-8", "replace")
    value = unescape(_NEW_LINE.sub("\n", raw))
    return [nodes.Literal(start, end, "string", value)]


EXPRESSIONS: dict[str, ReadExpression] = {
    "string": _string,
    "number": _number,
    "true": _boolean,
    "false": _boolean,
    "null": _null,
    "undefined": _undefined,
    "regex": _regex,
    "template_string": _template,
    "template_literal_type": _template,
    "template_substitution": unwrap,
    "template_type": unwrap,
}
