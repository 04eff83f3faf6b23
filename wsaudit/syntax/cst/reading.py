"""One piece of a file being read: its places, and the dispatch from node to function.

Throughout this package ``cst`` is libcst and ``nodes`` is the common syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.positions import Span

ReadExpression = Callable[["Reading", Any], nodes.Expression]
ReadStatement = Callable[["Reading", Any], Iterable[nodes.Statement]]

LONGEST = 200
"""Longer chains are cut or balanced: what is read is never deeper than it is nested."""

_SPACE = re.compile(rb"(?:[ \t\f\r\n\\]|#[^\r\n]*)*")
_Brackets = Sequence[cst.LeftParen] | Sequence[cst.RightParen]


@dataclass(slots=True)
class Reading:
    """What every reading function needs, and the little that it has to remember.

    ``spans`` and ``begins`` are those of ``Positions``. ``in_class`` is true directly
    in a class body, ``yields`` once the function being read turned out a generator;
    ``chained`` counts the chained comparisons so far.
    """

    data: bytes
    spans: Mapping[int, Span]
    begins: Mapping[int, int]
    expressions: Mapping[type[cst.CSTNode], ReadExpression]
    statements: Mapping[type[cst.CSTNode], ReadStatement]
    base: int = 0
    in_class: bool = False
    yields: bool = False
    chained: int = 0

    def span(self, node: cst.CSTNode) -> Span:
        """The place of a node without brackets or white space around it."""
        return self.spans[id(node)]

    def outer(self, node: cst.CSTNode) -> Span:
        """The place of an expression with the brackets around it."""
        return self._bracketed(node, 0, -1)

    def inner(self, node: cst.CSTNode) -> Span:
        """The place of an expression with its own, innermost brackets."""
        return self._bracketed(node, -1, 0)

    def _bracketed(self, node: Any, left: int, right: int) -> Span:
        start, end = self.spans[id(node)]
        if node.lpar:
            start = self.spans[id(node.lpar[left])][0]
            end = self.spans[id(node.rpar[right])][1]
        return start, end

    def token_from(self, offset: int) -> int:
        """Where the next token begins."""
        found = _SPACE.match(self.data, offset - self.base)
        return offset if found is None else self.base + found.end()

    def expression(self, node: cst.CSTNode) -> nodes.Expression:
        """Any node as an expression; what has no function of its own is Opaque."""
        read = self.expressions.get(type(node))
        return opaque(self, node) if read is None else read(self, node)

    def maybe(self, node: cst.CSTNode | None) -> nodes.Expression | None:
        """A node that may be missing."""
        return None if node is None else self.expression(node)

    def all(self, found: Iterable[cst.CSTNode]) -> tuple[nodes.Expression, ...]:
        """Several nodes as expressions."""
        return tuple([self.expression(node) for node in found])

    def body(self, found: Iterable[cst.CSTNode]) -> tuple[nodes.Statement, ...]:
        """Several nodes as statements; some make none and some make more than one."""
        out: list[nodes.Statement] = []
        for node in found:
            out.extend(self.statements.get(type(node), unknown)(self, node))
        return tuple(out)

    def block(
        self, node: cst.BaseSuite | cst.Else | cst.Finally | None
    ) -> tuple[nodes.Statement, ...]:
        """The statements below a colon."""
        if node is None:
            return ()
        if isinstance(node, cst.Else | cst.Finally):
            node = node.body
        return self.body(node.body)


def opaque(reading: Reading, node: cst.CSTNode) -> nodes.Opaque:
    """A construct without a shape of its own, with every expression that is in it."""
    children = tuple(_inside(reading, node))
    start, end = reading.spans.get(id(node)) or _hull(children)
    return nodes.Opaque(start, end, children, type(node).__name__)


def _inside(reading: Reading, node: cst.CSTNode) -> Iterator[nodes.Expression]:
    for child in node.children:
        if type(child) in reading.expressions:
            yield reading.expression(child)
        elif type(child) not in reading.statements:
            yield from _inside(reading, child)


def _hull(found: Sequence[nodes.Expression]) -> Span:
    if not found:
        return 0, 0
    return min(one.start for one in found), max(one.end for one in found)


def unknown(reading: Reading, node: cst.CSTNode) -> Iterator[nodes.Statement]:
    """A statement that libcst knows and we do not: an Opaque, then what is nested."""
    inside = opaque(reading, node)
    yield nodes.Expr(inside.start, inside.end, inside)
    yield from _nested(reading, node)


def _nested(reading: Reading, node: cst.CSTNode) -> Iterator[nodes.Statement]:
    for child in node.children:
        if type(child) in reading.statements:
            yield from reading.body((child,))
        elif type(child) not in reading.expressions:
            yield from _nested(reading, child)
