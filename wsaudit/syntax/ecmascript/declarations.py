"""Statements that declare: variables, functions, types, enums and namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from typing import Literal as Only

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.classes import class_def
from wsaudit.syntax.ecmascript.functions import function, key, named_field
from wsaudit.syntax.ecmascript.literals import string_value
from wsaudit.syntax.ecmascript.reading import Reading, ReadStatement, opaque, parts
from wsaudit.syntax.ecmascript.static_types import object_type

if TYPE_CHECKING:
    from tree_sitter import Node

VariableKind = Only["const", "let", "var"]


# -- variables -----------------------------------------------------------------------


def _variables(reading: Reading, node: Node) -> list[nodes.Statement]:
    """One Bind for each declarator; a lone one spans the statement."""
    kind = cast("VariableKind", reading.text(node.children[0]))
    declarators = [c for c in node.named_children if c.type == "variable_declarator"]
    alone = len(declarators) == 1
    return [
        _variable(reading, each, node if alone else each, kind) for each in declarators
    ]


def _variable(
    reading: Reading, node: Node, whole: Node, kind: VariableKind
) -> nodes.Statement:
    start, end = whole.start_byte, whole.end_byte
    name, value = named_field(node), node.child_by_field_name("value")
    if value is not None and value.type == "class" and name.type == "identifier":
        return class_def(reading, value, name=name, span=(start, end))
    return nodes.Bind(
        start,
        end,
        reading.expression(name),
        None if value is None else reading.expression(value),
        reading.maybe(node, "type"),
        kind,
    )


def _import_alias(reading: Reading, node: Node) -> list[nodes.Statement]:
    """``import A = B.C`` binds a name to a member of a namespace."""
    target, *value = reading.all(parts(node))
    start, end = node.start_byte, node.end_byte
    return [nodes.Bind(start, end, target, value[0] if value else None, kind="const")]


# -- functions -----------------------------------------------------------------------


def function_def(reading: Reading, node: Node) -> nodes.FunctionDef:
    """A function as a statement; one without a name is called "default"."""
    named = node.child_by_field_name("name")
    name = "default" if named is None else reading.text(named)
    kind: Only["type", "def"] = "type" if node.type == "function_signature" else "def"
    return nodes.FunctionDef(
        node.start_byte,
        node.end_byte,
        name,
        node.start_byte if named is None else named.start_byte,
        function(reading, node, kind, name),
    )


def _function(reading: Reading, node: Node) -> list[nodes.Statement]:
    return [function_def(reading, node)]


# -- types ---------------------------------------------------------------------------


def _alias(reading: Reading, node: Node) -> list[nodes.Statement]:
    name, shape = reading.text(named_field(node)), reading.at(node, "value")
    return [nodes.TypeDef(node.start_byte, node.end_byte, name, shape, "alias")]


def _interface(reading: Reading, node: Node) -> list[nodes.Statement]:
    start, end = node.start_byte, node.end_byte
    body = node.child_by_field_name("body")
    shape = nodes.Opaque(end, end) if body is None else object_type(reading, body)
    bases = [
        base
        for clause in node.named_children
        if clause.type == "extends_type_clause"
        for base in reading.all(parts(clause))
    ]
    name = reading.text(named_field(node))
    return [nodes.TypeDef(start, end, name, shape, "interface", tuple(bases))]


def _enum(reading: Reading, node: Node) -> list[nodes.Statement]:
    body = node.child_by_field_name("body") or node
    entries: list[nodes.Entry] = []
    following: float | None = 0
    for member in parts(body):
        entry = _enum_member(reading, member, following)
        number = _number(entry.value)
        following = None if number is None else number + 1
        entries.append(entry)
    shape = nodes.Record(body.start_byte, body.end_byte, tuple(entries))
    name = reading.text(named_field(node))
    return [nodes.TypeDef(node.start_byte, node.end_byte, name, shape, "enum")]


def _enum_member(reading: Reading, node: Node, following: float | None) -> nodes.Entry:
    start, end = node.start_byte, node.end_byte
    if node.type == "enum_assignment":
        name, computed = key(reading, named_field(node))
        value = reading.at(node, "value")
        return nodes.Entry(start, end, name, value, computed=computed)
    name, computed = key(reading, node)
    implied: nodes.Expression = (
        nodes.Opaque(start, end, what="enum member")
        if following is None
        else nodes.Literal(start, end, "number", following)
    )
    return nodes.Entry(start, end, name, implied, computed=computed)


def _number(value: nodes.Expression) -> float | None:
    match value:
        case nodes.Literal(kind="number", value=int() | float() as number):
            return number
        case nodes.Unary(op="-", value=nodes.Literal(value=int() | float() as number)):
            return -number
        case _:
            return None


# -- namespaces ----------------------------------------------------------------------


def _namespace(reading: Reading, node: Node) -> list[nodes.Statement]:
    named = named_field(node)
    quoted = named.type == "string"
    label = string_value(reading, named) if quoted else reading.text(named)
    body = reading.block(node.child_by_field_name("body"))
    return [nodes.Block(node.start_byte, node.end_byte, body, label)]


def _declare(reading: Reading, node: Node) -> list[nodes.Statement]:
    """``declare`` before a declaration, or ``declare global { … }``."""
    found: list[nodes.Statement] = []
    for child in parts(node):
        if child.type == "statement_block":
            start, end = node.start_byte, node.end_byte
            found.append(nodes.Block(start, end, reading.block(child), "global"))
        elif child.type in reading.statements:
            found.extend(reading.statements[child.type](reading, child))
        else:
            loose = opaque(reading, child)
            found.append(nodes.Expr(loose.start, loose.end, loose))
    return found


STATEMENTS: dict[str, ReadStatement] = {
    "lexical_declaration": _variables,
    "variable_declaration": _variables,
    "import_alias": _import_alias,
    "function_declaration": _function,
    "generator_function_declaration": _function,
    "function_signature": _function,
    "type_alias_declaration": _alias,
    "interface_declaration": _interface,
    "enum_declaration": _enum,
    "internal_module": _namespace,
    "module": _namespace,
    "ambient_declaration": _declare,
}
