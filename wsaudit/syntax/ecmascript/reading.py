"""One file being read: its bytes, the dispatch from node type to function, its errors.

Throughout this package ``Node`` is tree-sitter's and ``nodes`` is the common syntax.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from tree_sitter import Node

ReadExpression = Callable[["Reading", "Node"], nodes.Expression]
ReadStatement = Callable[["Reading", "Node"], Iterable[nodes.Statement]]

_COMMENTS = frozenset({"comment", "html_comment"})
NO_PARTS = _COMMENTS | {"ERROR"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What every reading function needs.

    ``errors`` are the tree's ERROR nodes by start; ``placed`` holds the ids of those
    whose insides are already somewhere in the result.
    """

    data: bytes
    expressions: Mapping[str, ReadExpression]
    statements: Mapping[str, ReadStatement]
    errors: list[Node] = field(default_factory=list)
    placed: set[int] = field(default_factory=set)

    def text(self, node: Node) -> str:
        """The source text of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def expression(self, node: Node) -> nodes.Expression:
        """Any node as an expression; what has no function of its own is Opaque."""
        read = self.expressions.get(node.type)
        return opaque(self, node) if read is None else read(self, node)

    def all(self, found: Iterable[Node]) -> tuple[nodes.Expression, ...]:
        """Several nodes as expressions."""
        return tuple([self.expression(node) for node in found])

    def at(self, node: Node, name: str) -> nodes.Expression:
        """The expression in a field that the grammar requires."""
        child = node.child_by_field_name(name)
        if child is None:
            return nodes.Opaque(node.start_byte, node.start_byte, what="missing")
        return self.expression(child)

    def maybe(self, node: Node, name: str) -> nodes.Expression | None:
        """The expression in an optional field."""
        child = node.child_by_field_name(name)
        return None if child is None else self.expression(child)

    def body(self, found: Iterable[Node]) -> tuple[nodes.Statement, ...]:
        """Several nodes as statements, with what their errors hide after each."""
        out: list[nodes.Statement] = []
        for node in found:
            if node.type in _COMMENTS:
                continue
            read = self.statements.get(node.type)
            if read is not None:
                out.extend(read(self, node))
            elif node.child_count or node.type in self.expressions:
                start, end = node.start_byte, node.end_byte
                out.append(nodes.Expr(start, end, self.expression(node)))
            if node.has_error:
                out.extend(self.lost(node))
        return tuple(out)

    def block(self, node: Node | None) -> tuple[nodes.Statement, ...]:
        """The statements of a block, or of the one statement that stands for it."""
        if node is None:
            return ()
        if node.type == "statement_block":
            return self.body(node.named_children)
        return self.body((node,))

    def lost(self, node: Node) -> Iterator[nodes.Statement]:
        """What the ERROR nodes inside a node hold and no function has picked up."""
        first = bisect_left(self.errors, node.start_byte, key=_start)
        for index in range(first, len(self.errors)):
            error = self.errors[index]
            if error.start_byte >= node.end_byte:
                return
            if error.id not in self.placed:
                yield from broken_statement(self, error)


def _start(node: Node) -> int:
    return node.start_byte


def parts(node: Node) -> list[Node]:
    """The named children without comments and errors."""
    return [child for child in node.named_children if child.type not in NO_PARTS]


def tokens(node: Node) -> set[str]:
    """The types of all children: keywords and marks are among them."""
    return {child.type for child in node.children}


def opaque(reading: Reading, node: Node) -> nodes.Opaque:
    """A construct without a shape of its own, with everything that is in it."""
    children = [
        reading.expression(child)
        for child in node.named_children
        if child.child_count or child.type in reading.expressions
    ]
    return nodes.Opaque(node.start_byte, node.end_byte, tuple(children), node.type)


def unwrap(reading: Reading, node: Node) -> nodes.Expression:
    """What is inside a construct that only surrounds one other."""
    inner = parts(node)
    return reading.expression(inner[0]) if len(inner) == 1 else opaque(reading, node)


def broken_expression(reading: Reading, node: Node) -> nodes.Opaque:
    """An ERROR node where an expression is wanted."""
    reading.placed.add(node.id)
    return opaque(reading, node)


def broken_statement(reading: Reading, node: Node) -> Iterator[nodes.Statement]:
    """An ERROR node as statements: those it holds, and the rest as one Opaque."""
    reading.placed.add(node.id)
    loose = []
    for child in node.named_children:
        if child.type in reading.statements:
            yield from reading.body((child,))
        elif child.child_count or child.type in reading.expressions:
            loose.append(reading.expression(child))
    start, end = node.start_byte, node.end_byte
    yield nodes.Expr(start, end, nodes.Opaque(start, end, tuple(loose), "ERROR"))


EXPRESSIONS: dict[str, ReadExpression] = {"ERROR": broken_expression}
STATEMENTS: dict[str, ReadStatement] = {"ERROR": broken_statement}
