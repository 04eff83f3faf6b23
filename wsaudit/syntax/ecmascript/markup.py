"""JSX: elements, fragments, their attributes and text."""

from __future__ import annotations

import html
import re
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.reading import ReadExpression, Reading, parts, unwrap

if TYPE_CHECKING:
    from tree_sitter import Node

_TEXT = frozenset({"jsx_text", "html_character_reference"})
_NO_CHILD = frozenset(
    {"jsx_opening_element", "jsx_closing_element", "comment", "html_comment", "ERROR"}
)
_NEW_LINE = re.compile(r"\r\n?|\n")
_BLANK = " \t"


def _element(reading: Reading, node: Node) -> nodes.Markup:
    opening = node.child_by_field_name("open_tag") or node
    name = opening.child_by_field_name("name")
    return nodes.Markup(
        node.start_byte,
        node.end_byte,
        None if name is None else reading.expression(name),
        _attributes(reading, opening),
        () if opening is node else _children(reading, node),
    )


def _children(reading: Reading, node: Node) -> tuple[nodes.Expression, ...]:
    found: list[nodes.Expression] = []
    for is_text, run in groupby(node.named_children, partial(_is_text, reading)):
        if is_text:
            found.extend(_text(reading, list(run)))
            continue
        for child in run:
            if child.type == "jsx_expression":
                found.extend([unwrap(reading, child)] if parts(child) else [])
            elif child.type not in _NO_CHILD:
                found.append(reading.expression(child))
    return tuple(found)


def _is_text(reading: Reading, node: Node) -> bool:
    """Text, entities, and the ``&`` that the grammar wrongly takes for one."""
    if node.type == "ERROR":
        return reading.data[node.start_byte : node.start_byte + 1] == b"&"
    return node.type in _TEXT


def _text(reading: Reading, run: list[Node]) -> list[nodes.Literal]:
    start, end = run[0].start_byte, run[-1].end_byte
    raw = reading.data[start:end].decode("utf-8", "replace")
    value = html.unescape(_folded(raw))
    return [nodes.Literal(start, end, "string", value)] if value else []


def _folded(raw: str) -> str:
    """The text that is rendered: lines are trimmed and joined by one space."""
    first, *others = _NEW_LINE.split(raw)
    if not others:
        return first
    *middle, last = (line.lstrip(_BLANK) for line in others)
    lines = [line.rstrip(_BLANK) for line in (first, *middle)]
    return " ".join(line for line in (*lines, last) if line)


def _attributes(reading: Reading, opening: Node) -> tuple[nodes.Entry, ...]:
    found = opening.children_by_field_name("attribute")
    return tuple([_attribute(reading, each) for each in found])


def _attribute(reading: Reading, node: Node) -> nodes.Entry:
    start, end = node.start_byte, node.end_byte
    inner = parts(node)
    if node.type == "jsx_expression" or not inner:
        spread = inner[0] if inner and inner[0].type == "spread_element" else node
        return nodes.Entry(start, end, None, unwrap(reading, spread), "spread")
    name = inner[0]
    text = reading.text(name)
    written = nodes.Literal(name.start_byte, name.end_byte, "string", text)
    value = (
        _value(reading, inner[1])
        if len(inner) > 1
        else nodes.Literal(start, end, "boolean", value=True)
    )
    return nodes.Entry(start, end, written, value)


def _value(reading: Reading, node: Node) -> nodes.Expression:
    if node.type == "jsx_expression":
        return unwrap(reading, node)
    if node.type != "string":
        return reading.expression(node)
    text = html.unescape(reading.text(node)[1:-1])
    return nodes.Literal(node.start_byte, node.end_byte, "string", text)


def _namespaced(reading: Reading, node: Node) -> nodes.Name:
    return nodes.Name(node.start_byte, node.end_byte, reading.text(node))


EXPRESSIONS: dict[str, ReadExpression] = {
    "jsx_element": _element,
    "jsx_self_closing_element": _element,
    "jsx_expression": unwrap,
    "jsx_namespace_name": _namespaced,
}
