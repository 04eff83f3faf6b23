"""Classes, as statements and as expressions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.expressions import method_kind
from wsaudit.syntax.ecmascript.functions import (
    function,
    key,
    name_start,
    named_field,
    property_name,
)
from wsaudit.syntax.ecmascript.reading import (
    ReadExpression,
    Reading,
    ReadStatement,
    parts,
    tokens,
    unwrap,
)
from wsaudit.syntax.ecmascript.static_types import applied

if TYPE_CHECKING:
    from tree_sitter import Node

_METHODS = frozenset(
    {"method_definition", "method_signature", "abstract_method_signature"}
)


def class_def(
    reading: Reading,
    node: Node,
    *,
    name: Node | None = None,
    span: tuple[int, int] | None = None,
    decorators: Iterable[Node] = (),
) -> nodes.ClassDef:
    """A class as a statement.

    ``name`` is the variable a class expression is bound to, ``span`` that of the
    declaration, ``decorators`` those that stand before ``export``. A class without a
    name is called "default", after the only place where one is a statement.
    """
    named = name or node.child_by_field_name("name")
    before = [*decorators, *node.children_by_field_name("decorator")]
    start, end = span or (node.start_byte, node.end_byte)
    bases, implemented = _heritage(reading, node)
    return nodes.ClassDef(
        min([start, *(each.start_byte for each in before[:1])]),
        end,
        "default" if named is None else reading.text(named),
        node.start_byte if named is None else named.start_byte,
        bases,
        _members(reading, node.child_by_field_name("body")),
        reading.all(before),
        implemented,
    )


def _heritage(
    reading: Reading, node: Node
) -> tuple[tuple[nodes.Expression, ...], tuple[nodes.Argument, ...]]:
    bases: list[nodes.Expression] = []
    implemented: list[nodes.Argument] = []
    for heritage in node.named_children:
        if heritage.type != "class_heritage":
            continue
        for clause in parts(heritage):
            if clause.type == "extends_clause":
                bases.extend(_extends(reading, clause))
            elif clause.type == "implements_clause":
                implemented.extend(
                    nodes.Argument(each.start, each.end, each, "implements")
                    for each in reading.all(parts(clause))
                )
            else:
                bases.append(reading.expression(clause))
    return tuple(bases), tuple(implemented)


def _extends(reading: Reading, clause: Node) -> list[nodes.Expression]:
    bases: list[nodes.Expression] = []
    for child in parts(clause):
        if child.type == "type_arguments" and bases:
            bases[-1] = applied(bases[-1], child, reading)
        else:
            bases.append(reading.expression(child))
    return bases


# -- members -------------------------------------------------------------------------


def _members(reading: Reading, body: Node | None) -> tuple[nodes.Statement, ...]:
    out: list[nodes.Statement] = []
    pending: list[Node] = []
    for node in [] if body is None else body.named_children:
        if node.type == "decorator":
            pending.append(node)
        elif node.type in _METHODS:
            out.extend(_computed_name(reading, named_field(node)))
            out.append(_method(reading, node, pending))
            pending = []
        elif node.type == "public_field_definition":
            out.append(_field(reading, node))
        elif node.type == "class_static_block":
            inner = reading.block(node.child_by_field_name("body"))
            out.append(nodes.Block(node.start_byte, node.end_byte, inner))
        if node.has_error:
            out.extend(reading.lost(node))
    for node in pending:
        value = reading.expression(node)
        out.append(nodes.Expr(node.start_byte, node.end_byte, value))
    return tuple(out)


def _computed_name(reading: Reading, node: Node) -> list[nodes.Statement]:
    """A computed name that does something, which the class does when it is made."""
    if node.type != "computed_property_name":
        return []
    value = unwrap(reading, node)
    if isinstance(value, nodes.Name | nodes.Member | nodes.Literal):
        return []
    return [nodes.Expr(node.start_byte, node.end_byte, value)]


def _method(reading: Reading, node: Node, decorators: list[Node]) -> nodes.FunctionDef:
    named = named_field(node)
    name, words = property_name(reading, named), tokens(node)
    static = "static" in words
    kind = "constructor" if name == "constructor" and not static else method_kind(words)
    inner = function(
        reading, node, "method" if node.type == "method_definition" else "type", name
    )
    return nodes.FunctionDef(
        decorators[0].start_byte if decorators else node.start_byte,
        node.end_byte,
        name,
        name_start(named),
        inner,
        reading.all(decorators),
        kind,
        static=static,
    )


def _field(reading: Reading, node: Node) -> nodes.Bind:
    return nodes.Bind(
        node.start_byte,
        node.end_byte,
        _field_name(reading, named_field(node)),
        reading.maybe(node, "value"),
        reading.maybe(node, "type"),
        "field",
        static="static" in tokens(node),
        decorators=reading.all(node.children_by_field_name("decorator")),
    )


def _field_name(reading: Reading, node: Node) -> nodes.Expression:
    start, end = node.start_byte, node.end_byte
    name, computed = key(reading, node)
    if computed:
        return nodes.Opaque(start, end, (name,), node.type)
    return nodes.Name(start, end, property_name(reading, node))


# -- as expression -------------------------------------------------------------------


def _class_expression(reading: Reading, node: Node) -> nodes.Opaque:
    """A class in the middle of an expression: its functions and values, loose."""
    lifted = class_def(reading, node)
    found = [*lifted.bases, *lifted.decorators]
    for member in lifted.members:
        found.extend(_loose(member))
    return nodes.Opaque(node.start_byte, node.end_byte, tuple(found), "class")


def _loose(member: nodes.Statement) -> list[nodes.Expression]:
    match member:
        case nodes.FunctionDef():
            return [*member.decorators, member.function]
        case nodes.Bind():
            found = [*member.decorators, member.target, member.annotation, member.value]
            return [each for each in found if each is not None]
        case nodes.Expr():
            return [member.value]
        case _:
            start, end = member.start, member.end
            body = member.body if isinstance(member, nodes.Block) else (member,)
            return [nodes.Function(start, end, "static", (), body, "method")]


# -- as statement --------------------------------------------------------------------


def _declaration(reading: Reading, node: Node) -> list[nodes.Statement]:
    return [class_def(reading, node)]


EXPRESSIONS: dict[str, ReadExpression] = {
    "class": _class_expression,
    "decorator": unwrap,
}
STATEMENTS: dict[str, ReadStatement] = {
    "class_declaration": _declaration,
    "abstract_class_declaration": _declaration,
}
