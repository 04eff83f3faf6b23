"""Expressions that are neither constants, chains, functions, types nor markup."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.functions import function, key, pair, shorthand
from wsaudit.syntax.ecmascript.functions import property_name as name_of
from wsaudit.syntax.ecmascript.reading import (
    ReadExpression,
    Reading,
    opaque,
    parts,
    tokens,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

MethodKind = Only["method", "getter", "setter"]


def method_kind(words: set[str]) -> MethodKind:
    """What the keywords before a method's name make of it."""
    if "get" in words:
        return "getter"
    return "setter" if "set" in words else "method"


# -- operators -----------------------------------------------------------------------


def _unary(reading: Reading, node: Node) -> nodes.Expression:
    start, end = node.start_byte, node.end_byte
    operator = node.child_by_field_name("operator")
    value = reading.at(node, "argument")
    if operator is not None and operator.type == "!":
        return nodes.Not(start, end, value)
    return nodes.Unary(start, end, operator.type if operator else "", value)


def _conditional(reading: Reading, node: Node) -> nodes.Conditional:
    return nodes.Conditional(
        node.start_byte,
        node.end_byte,
        reading.at(node, "condition"),
        reading.at(node, "consequence"),
        reading.at(node, "alternative"),
    )


def _await(reading: Reading, node: Node) -> nodes.Await:
    return nodes.Await(node.start_byte, node.end_byte, unwrap(reading, node))


def _yield(reading: Reading, node: Node) -> nodes.Yield:
    value = unwrap(reading, node) if parts(node) else None
    delegates = "*" in tokens(node)
    return nodes.Yield(node.start_byte, node.end_byte, value, delegates)


def _assign(reading: Reading, node: Node) -> nodes.Assign:
    target, value = reading.at(node, "left"), reading.at(node, "right")
    return nodes.Assign(
        node.start_byte, node.end_byte, target, value, assign_operator(node)
    )


def assign_operator(node: Node) -> str:
    """``=`` or the operator of an augmented assignment."""
    operator = node.child_by_field_name("operator")
    return "=" if operator is None else operator.type


def _meta(reading: Reading, node: Node) -> nodes.Expression:
    """``import.meta`` and ``new.target``."""
    if node.child_count != 3:
        return opaque(reading, node)
    base, _, name = node.children
    start, end = base.start_byte, base.end_byte
    return nodes.Member(
        node.start_byte,
        node.end_byte,
        nodes.Name(start, end, reading.text(base)),
        reading.text(name),
        name.start_byte,
    )


# -- casts ---------------------------------------------------------------------------


def _as(reading: Reading, node: Node) -> nodes.Expression:
    start, end = node.start_byte, node.end_byte
    inner = parts(node)
    if not inner:
        return opaque(reading, node)
    value = reading.expression(inner[0])
    if node.type == "satisfies_expression":
        return nodes.Cast(start, end, value, reading.expression(inner[-1]), "satisfies")
    if len(inner) > 1:
        return nodes.Cast(start, end, value, reading.expression(inner[-1]), "as")
    return nodes.Cast(start, end, value, _constant(reading, node.children[-1]), "as")


def _angle(reading: Reading, node: Node) -> nodes.Expression:
    start, end = node.start_byte, node.end_byte
    inner = parts(node)
    if len(inner) != 2:
        return opaque(reading, node)
    annotation, value = inner[0], reading.expression(inner[1])
    if parts(annotation):
        return nodes.Cast(start, end, value, unwrap(reading, annotation), "angle")
    word = annotation.children[1]
    return nodes.Cast(start, end, value, _constant(reading, word), "angle")


def _constant(reading: Reading, word: Node) -> nodes.Name:
    """The ``const`` of ``x as const``, a keyword where a type stands."""
    return nodes.Name(word.start_byte, word.end_byte, reading.text(word))


# -- objects -------------------------------------------------------------------------


def _object(reading: Reading, node: Node) -> nodes.Record:
    entries = tuple([_entry(reading, child) for child in parts(node)])
    return nodes.Record(node.start_byte, node.end_byte, entries)


def _entry(reading: Reading, node: Node) -> nodes.Entry:
    match node.type:
        case "shorthand_property_identifier":
            return shorthand(reading, node)
        case "spread_element":
            value = unwrap(reading, node)
            return nodes.Entry(node.start_byte, node.end_byte, None, value, "spread")
        case "method_definition":
            return method_entry(reading, node)
        case _:
            return pair(reading, node)


def method_entry(
    reading: Reading, node: Node, kind: Only["method", "type"] = "method"
) -> nodes.Entry:
    """A method of an object or, with kind "type", of an object type."""
    named = node.child_by_field_name("name") or node
    name, computed = key(reading, named)
    words = tokens(node)
    return nodes.Entry(
        node.start_byte,
        node.end_byte,
        name,
        function(reading, node, kind, name_of(reading, named)),
        method_kind(words),
        computed=computed,
        optional="?" in words,
    )


EXPRESSIONS: dict[str, ReadExpression] = {
    "parenthesized_expression": unwrap,
    "unary_expression": _unary,
    "update_expression": _unary,
    "ternary_expression": _conditional,
    "await_expression": _await,
    "yield_expression": _yield,
    "assignment_expression": _assign,
    "augmented_assignment_expression": _assign,
    "meta_property": _meta,
    "as_expression": _as,
    "satisfies_expression": _as,
    "type_assertion": _angle,
    "object": _object,
}
