"""TypeScript's types, which are expressions in the common syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.expressions import method_entry
from wsaudit.syntax.ecmascript.functions import key, named_field
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


def _name(reading: Reading, node: Node) -> nodes.Expression:
    if node.start_byte == node.end_byte:
        return opaque(reading, node)
    return nodes.Name(node.start_byte, node.end_byte, reading.text(node))


def _qualified(reading: Reading, node: Node) -> nodes.Expression:
    """``A.B`` as a type, and as the name of a namespace."""
    inner = parts(node)
    if len(inner) != 2:
        return opaque(reading, node)
    base, name = reading.expression(inner[0]), inner[1]
    start, end = node.start_byte, node.end_byte
    return nodes.Member(start, end, base, reading.text(name), name.start_byte)


def applied(
    base: nodes.Expression, arguments: Node, reading: Reading
) -> nodes.Index | nodes.Expression:
    """``base<arguments>``."""
    found = reading.all(parts(arguments))
    if not found:
        return base
    index = (
        found[0]
        if len(found) == 1
        else nodes.Sequence(found[0].start, found[-1].end, "tuple", found)
    )
    return nodes.Index(base.start, arguments.end_byte, base, index)


def _generic(reading: Reading, node: Node) -> nodes.Expression:
    arguments = node.child_by_field_name("type_arguments")
    inner = parts(node)
    if arguments is None or not inner:
        return opaque(reading, node)
    return applied(reading.expression(inner[0]), arguments, reading)


def _array(reading: Reading, node: Node) -> nodes.Expression:
    start, end = node.start_byte, node.end_byte
    item = unwrap(reading, node)
    return nodes.Index(start, end, nodes.Name(end - 2, end, "Array"), item)


def _tuple(reading: Reading, node: Node) -> nodes.Sequence:
    items = tuple([_tuple_item(reading, child) for child in parts(node)])
    return nodes.Sequence(node.start_byte, node.end_byte, "tuple", items)


def _tuple_item(reading: Reading, node: Node) -> nodes.Expression:
    """One member; the label of ``[from: string]`` is left out."""
    name, kind = node.child_by_field_name("name"), node.child_by_field_name("type")
    if kind is None:
        return reading.expression(node)
    value = reading.expression(kind)
    if name is not None and name.type == "rest_pattern":
        return nodes.Spread(node.start_byte, node.end_byte, value)
    return value


def _rest(reading: Reading, node: Node) -> nodes.Spread:
    return nodes.Spread(node.start_byte, node.end_byte, unwrap(reading, node))


def _operator(reading: Reading, node: Node) -> nodes.Unary:
    """``typeof x``, ``keyof T``, ``asserts x is T``."""
    word = node.children[0]
    start, end = node.start_byte, node.end_byte
    return nodes.Unary(start, end, reading.text(word), unwrap(reading, node))


def _lookup(reading: Reading, node: Node) -> nodes.Expression:
    inner = parts(node)
    if len(inner) != 2:
        return opaque(reading, node)
    base, index = reading.all(inner)
    return nodes.Index(node.start_byte, node.end_byte, base, index)


def _predicate(reading: Reading, node: Node) -> nodes.Binary:
    left, right = reading.at(node, "name"), reading.at(node, "type")
    return nodes.Binary(node.start_byte, node.end_byte, "is", left, right)


# -- object types --------------------------------------------------------------------


def object_type(reading: Reading, node: Node) -> nodes.Record | nodes.Opaque:
    """The members of an object type or interface; a mapped type is Opaque."""
    members = parts(node)
    if len(members) == 1 and members[0].type == "index_signature":
        clause = parts(members[0])
        if clause and clause[0].type == "mapped_type_clause":
            start, end = node.start_byte, node.end_byte
            inner = (*_mapped(reading, clause[0]), *reading.all(clause[1:]))
            return nodes.Opaque(start, end, inner, "mapped_type")
    entries = tuple([_member(reading, child) for child in members])
    return nodes.Record(node.start_byte, node.end_byte, entries)


def _mapped(reading: Reading, clause: Node) -> tuple[nodes.Expression, ...]:
    return reading.all(parts(clause)[1:])


def _member(reading: Reading, node: Node) -> nodes.Entry:
    start, end = node.start_byte, node.end_byte
    if node.type == "method_signature":
        return method_entry(reading, node, "type")
    if node.type != "property_signature":
        return _unnamed(reading, node)
    name, computed = key(reading, named_field(node))
    return nodes.Entry(
        start,
        end,
        name,
        reading.maybe(node, "type") or nodes.Opaque(end, end, what="any"),
        computed=computed,
        optional="?" in tokens(node),
    )


def _unnamed(reading: Reading, node: Node) -> nodes.Entry:
    """A call, construct or index signature: some key that is not known."""
    start, end = node.start_byte, node.end_byte
    what = node.type
    inner: tuple[nodes.Expression, ...] = (
        (reading.at(node, "index_type"), reading.at(node, "type"))
        if node.child_by_field_name("index_type") is not None
        else (reading.expression(node),)
    )
    unknown = nodes.Opaque(start, start, what=what)
    value = nodes.Opaque(start, end, inner, what)
    return nodes.Entry(start, end, unknown, value, computed=True)


_SURROUNDING = (
    "type_annotation",
    "type_predicate_annotation",
    "asserts_annotation",
    "omitting_type_annotation",
    "adding_type_annotation",
    "opting_type_annotation",
    "parenthesized_type",
    "literal_type",
    "readonly_type",
    "optional_type",
    "constraint",
    "default_type",
)

EXPRESSIONS: dict[str, ReadExpression] = {
    **dict.fromkeys(_SURROUNDING, unwrap),
    "type_identifier": _name,
    "predefined_type": _name,
    "this_type": _name,
    "nested_identifier": _qualified,
    "nested_type_identifier": _qualified,
    "generic_type": _generic,
    "instantiation_expression": _generic,
    "array_type": _array,
    "tuple_type": _tuple,
    "rest_type": _rest,
    "type_query": _operator,
    "index_type_query": _operator,
    "asserts": _operator,
    "lookup_type": _lookup,
    "type_predicate": _predicate,
    "object_type": object_type,
    "interface_body": object_type,
}
