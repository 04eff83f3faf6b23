"""Nodes as people read them in a test, and what holds of every module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from wsaudit.syntax import nodes

PLACES = {"start", "end", "name_start", "head_end"}
_ARROW = "=> "


def sketch(value: object) -> str:
    """A node on one line: names and constants bare, defaults and places left out."""
    match value:
        case nodes.Name(id=name):
            return name
        case nodes.Literal(kind="string"):
            return repr(value.value)
        case nodes.Literal(kind="bytes"):
            return f"b{value.value!r}"
        case nodes.Literal(value=None):
            return value.kind
        case nodes.Literal():
            return str(value.value)
        case nodes.Argument(value=inner, keyword=None, spread=""):
            return sketch(inner)
        case nodes.Expr(value=inner):
            return sketch(inner)
        case nodes.Node():
            return f"{type(value).__name__}({', '.join(_fields(value))})"
        case tuple():
            return f"[{', '.join(map(sketch, value))}]"
        case _:
            return str(value)


def _fields(node: nodes.Node) -> Iterator[str]:
    """The fields of a node worth showing; those with defaults by name."""
    for field in msgspec.structs.fields(type(node)):
        value = getattr(node, field.name)
        if field.name not in PLACES and value != field.default:
            yield sketch(value) if field.required else f"{field.name}={sketch(value)}"


def below(node: nodes.Node) -> Iterator[nodes.Node]:
    """The nodes directly inside a node."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, nodes.Node):
                yield item


def everything(module: nodes.Module) -> list[nodes.Node]:
    """All nodes of a module."""
    found: list[nodes.Node] = [*module.body, *module.comments, *module.faults]
    for node in found:
        found.extend(below(node))
    return found


def misplaced(module: nodes.Module, size: int) -> list[str]:
    """What lies outside the text, or outside the node it belongs to."""
    found = []
    for node in everything(module):
        if not 0 <= node.start <= node.end <= size:
            found.append(f"{sketch(node)} outside the text")
        found.extend(
            f"{sketch(child)} outside {sketch(node)}"
            for child in below(node)
            if not node.start <= child.start <= child.end <= node.end
        )
    return found


def examples(table: Path) -> list[tuple[str, str]]:
    """The pairs of source and sketch in a table: source lines, then ``=>`` lines."""
    found = []
    for example in table.read_text("utf-8").strip().split("\n\n"):
        lines = example.split("\n")
        source = [line for line in lines if not line.startswith(_ARROW)]
        shown = [line.removeprefix(_ARROW) for line in lines if line not in source]
        found.append(("\n".join(source), "\n".join(shown)))
    return found


def write_examples(table: Path, pairs: list[tuple[str, str]]) -> None:
    """Write a table anew."""
    blocks = [
        "\n".join([source, *(_ARROW + line for line in shown.splitlines())])
        for source, shown in pairs
    ]
    table.write_text("\n\n".join(blocks) + "\n", "utf-8")
