"""Imports, absolute and relative."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.reading import Reading, ReadStatement

# ``lazy import`` of PEP 810, for as far as the installed libcst knows it.
_IMPORTS = {cst.Import, getattr(cst, "LazyImport", cst.Import)}
_FROM_IMPORTS = {cst.ImportFrom, getattr(cst, "LazyImportFrom", cst.ImportFrom)}


def _import(reading: Reading, node: cst.Import) -> Iterator[nodes.Statement]:
    """One Import for each module."""
    for one in node.names:
        start, end = reading.span(one if len(node.names) > 1 else node)
        module = _dotted(one.name)
        plain = one.asname is None
        alias = module.partition(".")[0] if plain else _alias(one)
        name = nodes.ImportName(*reading.span(one), "*", alias)
        yield nodes.Import(start, end, module, (name,), plain=plain)


def _import_from(reading: Reading, node: cst.ImportFrom) -> list[nodes.Statement]:
    module = "." * len(node.relative) + (
        "" if node.module is None else _dotted(node.module)
    )
    if isinstance(node.names, cst.ImportStar):
        names = [nodes.ImportName(*reading.span(node.names), "*", "*")]
    else:
        names = [
            nodes.ImportName(*reading.span(one), _dotted(one.name), _alias(one))
            for one in node.names
        ]
    return [nodes.Import(*reading.span(node), module, tuple(names))]


def _alias(node: cst.ImportAlias) -> str:
    """The name that an import binds."""
    bound = node.name if node.asname is None else node.asname.name
    return bound.value if isinstance(bound, cst.Name) else ""


def _dotted(node: cst.BaseExpression) -> str:
    """``a.b.c`` as written; libcst nests it to the left."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    return ".".join([cst.ensure_type(node, cst.Name).value, *reversed(names)])


STATEMENTS: dict[type[cst.CSTNode], ReadStatement] = {
    **dict.fromkeys(_IMPORTS, _import),
    **dict.fromkeys(_FROM_IMPORTS, _import_from),
}
