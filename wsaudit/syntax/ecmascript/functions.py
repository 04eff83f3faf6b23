"""Functions, their parameters, and the patterns that take values apart."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.literals import key_text, number_value, string_value
from wsaudit.syntax.ecmascript.reading import (
    NO_PARTS,
    ReadExpression,
    Reading,
    opaque,
    parts,
    tokens,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

FunctionKind = Only["def", "method", "arrow", "lambda", "expression", "type"]
_FIELD_MARKS = frozenset({"accessibility_modifier", "override_modifier", "readonly"})


# -- functions -----------------------------------------------------------------------


def function(
    reading: Reading, node: Node, kind: FunctionKind, name: str = ""
) -> nodes.Function:
    """A function of any kind; a signature has no body."""
    words = tokens(node)
    body = node.child_by_field_name("body")
    concise = body is not None and body.type != "statement_block"
    returns = node.child_by_field_name("return_type") or (
        node.child_by_field_name("type") if kind == "type" else None
    )
    return nodes.Function(
        node.start_byte,
        node.end_byte,
        name,
        parameters(reading, node),
        _concise(reading, body) if body and concise else reading.block(body),
        kind,
        is_async="async" in words,
        is_generator="*" in words,
        returns=None if returns is None else reading.expression(returns),
        concise=concise,
    )


def _concise(reading: Reading, body: Node) -> tuple[nodes.Return]:
    value = reading.expression(body)
    return (nodes.Return(value.start, value.end, value),)


def _expression(reading: Reading, node: Node) -> nodes.Function:
    name = node.child_by_field_name("name")
    return function(reading, node, "expression", reading.text(name) if name else "")


def _arrow(reading: Reading, node: Node) -> nodes.Function:
    return function(reading, node, "arrow")


def _type(reading: Reading, node: Node) -> nodes.Function:
    return function(reading, node, "type")


def _constructor_type(reading: Reading, node: Node) -> nodes.Function:
    return function(reading, node, "type", "new")


# -- parameters ----------------------------------------------------------------------


def parameters(reading: Reading, node: Node) -> tuple[nodes.Parameter, ...]:
    """The parameters of a function, without TypeScript's ``this`` pseudo-parameter."""
    listed = node.child_by_field_name("parameters")
    if listed is None:
        single = node.child_by_field_name("parameter")
        return () if single is None else (_bare(reading, single),)
    found = [_parameter(reading, child) for child in parts(listed)]
    return tuple([each for each in found if each is not None])


def _bare(reading: Reading, node: Node) -> nodes.Parameter:
    target = reading.expression(node)
    return nodes.Parameter(node.start_byte, node.end_byte, target)


def _parameter(reading: Reading, node: Node) -> nodes.Parameter | None:
    pattern = node.child_by_field_name("pattern") or node.child_by_field_name("name")
    if pattern is None:
        return _bare(reading, node)
    if pattern.type == "this":
        return None
    rest = pattern.type == "rest_pattern"
    return nodes.Parameter(
        node.start_byte,
        node.end_byte,
        unwrap(reading, pattern) if rest else reading.expression(pattern),
        reading.maybe(node, "type"),
        reading.maybe(node, "value"),
        "rest" if rest else "plain",
        optional=node.type == "optional_parameter",
        field=not _FIELD_MARKS.isdisjoint(tokens(node)),
        decorators=reading.all(node.children_by_field_name("decorator")),
    )


# -- names of properties -------------------------------------------------------------


def key(reading: Reading, node: Node) -> tuple[nodes.Expression, bool]:
    """The key of an entry, and whether it is computed."""
    if node.type == "computed_property_name":
        return unwrap(reading, node), True
    name = property_name(reading, node)
    return nodes.Literal(node.start_byte, node.end_byte, "string", name), False


def property_name(reading: Reading, node: Node) -> str:
    """The name of a property or method; a computed one as written, in brackets."""
    if node.type == "string":
        return string_value(reading, node)
    text = reading.text(node)
    if node.type == "number" and text and not text.endswith("n"):
        return key_text(number_value(text))
    return text


def name_start(node: Node) -> int:
    """Where a name begins, inside its quotation marks if it has any."""
    return node.start_byte + (1 if node.type == "string" else 0)


def named_field(node: Node) -> Node:
    """The node of a definition's name."""
    return node.child_by_field_name("name") or node


# -- patterns ------------------------------------------------------------------------


def _object_pattern(reading: Reading, node: Node) -> nodes.Record:
    entries = tuple([_pattern_entry(reading, child) for child in parts(node)])
    return nodes.Record(node.start_byte, node.end_byte, entries)


def _pattern_entry(reading: Reading, node: Node) -> nodes.Entry:
    start, end = node.start_byte, node.end_byte
    match node.type:
        case "shorthand_property_identifier_pattern":
            return shorthand(reading, node)
        case "rest_pattern":
            return nodes.Entry(start, end, None, unwrap(reading, node), "spread")
        case "object_assignment_pattern":
            left = node.child_by_field_name("left") or node
            value = _default(reading, node)
            name = nodes.Literal(
                left.start_byte, left.end_byte, "string", reading.text(left)
            )
            return nodes.Entry(start, end, name, value, "shorthand")
        case _:
            return pair(reading, node)


def shorthand(reading: Reading, node: Node) -> nodes.Entry:
    """``{ name }``, as value or as pattern."""
    start, end, text = node.start_byte, node.end_byte, reading.text(node)
    name = nodes.Literal(start, end, "string", text)
    return nodes.Entry(start, end, name, nodes.Name(start, end, text), "shorthand")


def pair(reading: Reading, node: Node) -> nodes.Entry:
    """``key: value``, as value or as pattern."""
    named = node.child_by_field_name("key")
    if named is None:
        value = reading.expression(node)
        return nodes.Entry(node.start_byte, node.end_byte, None, value, "spread")
    name, computed = key(reading, named)
    value = reading.at(node, "value")
    return nodes.Entry(node.start_byte, node.end_byte, name, value, computed=computed)


def _default(reading: Reading, node: Node) -> nodes.Assign:
    target, value = reading.at(node, "left"), reading.at(node, "right")
    return nodes.Assign(node.start_byte, node.end_byte, target, value)


def _rest(reading: Reading, node: Node) -> nodes.Spread:
    return nodes.Spread(node.start_byte, node.end_byte, unwrap(reading, node))


def array(reading: Reading, node: Node) -> nodes.Sequence:
    """An array, as value or as pattern; a hole is an empty Opaque."""
    items: list[nodes.Expression] = []
    filled = False
    for child in node.children:
        if child.type == ",":
            if not filled:
                at = child.start_byte
                items.append(nodes.Opaque(at, at, what="hole"))
            filled = False
        elif child.is_named and child.type not in NO_PARTS:
            items.append(reading.expression(child))
            filled = True
    return nodes.Sequence(node.start_byte, node.end_byte, "array", tuple(items))


def _name(reading: Reading, node: Node) -> nodes.Expression:
    if node.start_byte == node.end_byte:
        return opaque(reading, node)
    return nodes.Name(node.start_byte, node.end_byte, reading.text(node))


EXPRESSIONS: dict[str, ReadExpression] = {
    "identifier": _name,
    "shorthand_property_identifier": _name,
    "shorthand_property_identifier_pattern": _name,
    "private_property_identifier": _name,
    "this": _name,
    "super": _name,
    "import": _name,
    "function_expression": _expression,
    "generator_function": _expression,
    "arrow_function": _arrow,
    "function_type": _type,
    "call_signature": _type,
    "constructor_type": _constructor_type,
    "construct_signature": _constructor_type,
    "object_pattern": _object_pattern,
    "array_pattern": array,
    "array": array,
    "assignment_pattern": _default,
    "object_assignment_pattern": _default,
    "rest_pattern": _rest,
    "spread_element": _rest,
    "computed_property_name": unwrap,
}
