"""JSX: elements, fragments, their attributes and text."""

from __future__ import annotations

import html
from itertools import groupby
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.reading import ReadExpression, Reading, parts, unwrap

if TYPE_CHECKING:
    from tree_sitter import Node

_TEXT = frozenset({"jsx_text", "html_character_reference"})
_ENDS = frozenset({"jsx_opening_element", "jsx_closing_element"})


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
    inner = [child for child in parts(node) if child.type not in _ENDS]
    for is_text, run in groupby(inner, key=lambda child: child.type in _TEXT):
        if is_text:
            found.extend(_text(reading, list(run)))
            continue
        for child in run:
            if child.type != "jsx_expression":
                found.append(reading.expression(child))
            elif parts(child):
                found.append(unwrap(reading, child))
    return tuple(found)


def _text(reading: Reading, run: list[Node]) -> list[nodes.Literal]:
    start, end = run[0].start_byte, run[-1].end_byte
    raw = reading.data[start:end].decode("utf-8", "replace")
    value = html.unescape(_folded(raw))
    return [nodes.Literal(start, end, "string", value)] if value else []


def _folded(raw: str) -> str:
    """The text that is rendered: lines are trimmed and joined by one space."""
    first, *others = raw.splitlines() or [""]
    if raw[-1:] in {"\n", "\r"}:
        others.append("")
    if not others:
        return first
    lines = [
        first.rstrip(),
        *(line.strip() for line in others[:-1]),
        others[-1].lstrip(),
    ]
    return " ".join(line for line in lines if line)


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
