"""Imports and exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.classes import class_def
from wsaudit.syntax.ecmascript.declarations import function_def
from wsaudit.syntax.ecmascript.literals import string_value
from wsaudit.syntax.ecmascript.reading import Reading, ReadStatement, parts, tokens

if TYPE_CHECKING:
    from tree_sitter import Node

_TYPE_WORDS = frozenset({"type", "typeof"})
_ANONYMOUS = frozenset({"function_expression", "generator_function"})


# -- imports -------------------------------------------------------------------------


def _import(reading: Reading, node: Node) -> list[nodes.Statement]:
    names: list[nodes.ImportName] = []
    module = node.child_by_field_name("source")
    for clause in parts(node):
        if clause.type == "import_clause":
            for child in parts(clause):
                names.extend(_names(reading, child))
        elif clause.type == "import_require_clause":
            module = clause.child_by_field_name("source")
            names.extend(_whole(reading, each) for each in parts(clause)[:1])
    return [
        nodes.Import(
            node.start_byte,
            node.end_byte,
            "" if module is None else string_value(reading, module),
            tuple(names),
            type_only=_is_type_only(node),
        )
    ]


def _names(reading: Reading, node: Node) -> list[nodes.ImportName]:
    if node.type == "identifier":
        start, end = node.start_byte, node.end_byte
        return [nodes.ImportName(start, end, "default", reading.text(node))]
    if node.type == "namespace_import":
        return [_whole(reading, each) for each in parts(node)[:1]]
    specifiers = [each for each in parts(node) if each.type == "import_specifier"]
    return [_specifier(reading, each) for each in specifiers]


def _whole(reading: Reading, alias: Node) -> nodes.ImportName:
    """All of a module under one name: ``* as x``, ``x = require(…)``."""
    return nodes.ImportName(alias.start_byte, alias.end_byte, "*", reading.text(alias))


def _specifier(reading: Reading, node: Node) -> nodes.ImportName:
    name, alias = _renamed(reading, node)
    return nodes.ImportName(
        node.start_byte, node.end_byte, name, alias, type_only=_is_type_only(node)
    )


def _renamed(reading: Reading, node: Node) -> tuple[str, str]:
    """The two names of ``name as alias``, the same twice without ``as``."""
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    first = _module_name(reading, name or node)
    return first, first if alias is None else _module_name(reading, alias)


def _module_name(reading: Reading, node: Node) -> str:
    return string_value(reading, node) if node.type == "string" else reading.text(node)


def _is_type_only(node: Node) -> bool:
    return any(c.type in _TYPE_WORDS and not c.is_named for c in node.children)


# -- exports -------------------------------------------------------------------------


def _export(reading: Reading, node: Node) -> list[nodes.Statement]:
    start, end = node.start_byte, node.end_byte
    words = tokens(node)
    default = "default" in words
    declaration = node.child_by_field_name("declaration")
    if declaration is not None:
        return _declared(reading, node, declaration, default=default)
    if default or "=" in words:
        return _valued(reading, node, default=default)
    module = node.child_by_field_name("source")
    names = _exported_names(reading, node)
    if "namespace" in words or (not names and module is None):
        return []
    source = "" if module is None else string_value(reading, module)
    type_only = _is_type_only(node) or _is_type_star(reading, node)
    return [nodes.Export(start, end, names=names, module=source, type_only=type_only)]


def _is_type_star(reading: Reading, node: Node) -> bool:
    """``export type * from``, which the grammar knows as an error only."""
    return any(c.type == "ERROR" and reading.text(c) == "type" for c in node.children)


def _declared(
    reading: Reading, node: Node, declaration: Node, *, default: bool
) -> list[nodes.Statement]:
    decorators = node.children_by_field_name("decorator")
    found: list[nodes.Statement]
    if decorators and "class" in declaration.type:
        found = [class_def(reading, declaration, decorators=decorators)]
    else:
        read = reading.statements.get(declaration.type)
        found = list(read(reading, declaration)) if read else []
    if len(found) == 1:
        start, end = node.start_byte, node.end_byte
        return [nodes.Export(start, end, found[0], default=default)]
    return [nodes.Export(each.start, each.end, each, default=default) for each in found]


def _valued(reading: Reading, node: Node, *, default: bool) -> list[nodes.Statement]:
    start, end = node.start_byte, node.end_byte
    value = node.child_by_field_name("value")
    if value is None:
        value = next(iter(parts(node)), None)
    if value is None:
        return []
    if default and value.type in _ANONYMOUS:
        function = function_def(reading, value)
        return [nodes.Export(start, end, function, default=True)]
    if default and value.type == "class":
        decorators = node.children_by_field_name("decorator")
        lifted = class_def(reading, value, decorators=decorators)
        return [nodes.Export(start, end, lifted, default=True)]
    read = reading.expression(value)
    return [nodes.Export(start, end, value=read, default=default)]


def _exported_names(reading: Reading, node: Node) -> tuple[tuple[str, str], ...]:
    if "*" in tokens(node):
        return (("*", "*"),)
    names: list[tuple[str, str]] = []
    for child in parts(node):
        if child.type == "namespace_export":
            names.extend(("*", _module_name(reading, each)) for each in parts(child))
        elif child.type == "export_clause":
            names.extend(_renamed(reading, each) for each in parts(child))
    return tuple(names)


STATEMENTS: dict[str, ReadStatement] = {
    "import_statement": _import,
    "export_statement": _export,
}
