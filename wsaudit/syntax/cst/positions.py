"""Where every node of a libcst tree stands, from one pass of its code generator.

libcst keeps no positions: it knows them while it writes the tree back to text. This
writes nothing and counts bytes, which is many times faster than libcst's providers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Self

import libcst as cst
from libcst._nodes.internal import CodegenState

Span = tuple[int, int]

_STRIDE = 512
_SPACE = b" \t\f\r\n\\"

# These never tell the state what they are without the white space around them. Of
# blocks the place where they begin is wanted: just after the colon.
_PLAIN = frozenset(
    {
        cst.Comment,
        cst.ComparisonTarget,
        cst.CompFor,
        cst.FormattedStringExpression,
        cst.FormattedStringText,
        cst.ImportStar,
        cst.IndentedBlock,
        cst.LeftParen,
        cst.RightParen,
        cst.SimpleStatementSuite,
    }
)


class Positions(CodegenState):
    """Byte offsets by node: ``spans`` without the white space around it.

    ``begins`` says where a block, or another node that libcst does not measure, begins
    with its white space. Both are keyed by ``id``: the tree has to stay alive.
    """

    __slots__ = ("_indent", "_open", "at", "begins", "comments", "spans")

    def __init__(self, module: cst.Module, base: int = 0) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.tokens.append("")  # libcst ends a module that wrote none with a new line
        self.at = base
        self.spans: dict[int, Span] = {}
        self.begins: dict[int, int] = {}
        self.comments: list[cst.Comment] = []
        self._open: list[
            tuple[cst.CSTNode, int, cst.CSTNode | None, cst.CSTNode | None]
        ] = []
        self._indent = 0

    def increase_indent(self, value: str) -> None:
        """Enter a block."""
        self.indent_tokens.append(value)
        self._indent += len(value)

    def decrease_indent(self) -> None:
        """Leave a block."""
        self._indent -= len(self.indent_tokens.pop())

    def add_indent_tokens(self) -> None:
        """Pass over the indentation of a line."""
        self.at += self._indent

    def add_token(self, value: str) -> None:
        """Pass over some text."""
        self.at += len(value) if value.isascii() else len(value.encode())

    def pop_trailing_newline(self) -> None:
        """Nothing was written that could be taken back."""

    def before_codegen(self, node: cst.CSTNode) -> None:
        """Note where a node begins."""
        if type(node) in _PLAIN:
            self.begins[id(node)] = self.at
            if type(node) is cst.Comment:
                self.comments.append(node)

    def after_codegen(self, node: cst.CSTNode) -> None:
        """Note where a node ends that libcst does not measure."""
        if type(node) in _PLAIN:
            self.spans.setdefault(id(node), (self.begins[id(node)], self.at))

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> Self:
        """Measure a node from here to the end of the ``with`` block."""
        self._open.append((node, self.at, start_node, end_node))
        return self

    def __enter__(self) -> None:
        """The place is noted already."""

    def __exit__(self, *error: object) -> None:
        """Close the innermost node that is being measured."""
        node, start, first, last = self._open.pop()
        if first is not None:
            start = self.spans[id(first)][0]
        end = self.at if last is None else self.spans[id(last)][1]
        self.spans[id(node)] = (start, end)


def positions(module: cst.Module, data: bytes, base: int = 0) -> Positions:
    """The places of all nodes of a module that was parsed from ``data``.

    ``base`` is the offset of ``data`` in its file.
    """
    state = Positions(module, base)
    module._codegen(state)  # noqa: SLF001 - what libcst's own providers call
    newline = 0 if module.has_trailing_newline else len(module.default_newline)
    if state.at - base - newline != len(data):
        _align(state, module.code.encode(), data, base)
    return state


def _align(state: Positions, written: bytes, data: bytes, base: int) -> None:
    """Move all places to where they are in ``data``, of which white space differs.

    A form feed or an escaped line break at the beginning of a line is not in the tree.
    """
    cuts, shifts = [-1], [0]
    index = at = 0
    while index < len(written) and at < len(data):
        if written[index] == data[at]:
            if at - index != shifts[-1]:
                cuts.append(base + index)
                shifts.append(at - index)
            step = _STRIDE if _same(written, index, data, at) else 1
            index, at = index + step, at + step
        elif data[at] in _SPACE:
            at += 1
        else:
            index += 1

    def begin(offset: int) -> int:
        return offset + shifts[bisect_right(cuts, offset) - 1]

    def end(offset: int) -> int:
        return offset + shifts[bisect_left(cuts, offset) - 1]

    state.spans = {
        key: (begin(start), max(begin(start), end(stop)))
        for key, (start, stop) in state.spans.items()
    }
    state.begins = {key: begin(start) for key, start in state.begins.items()}


def _same(written: bytes, index: int, data: bytes, at: int) -> bool:
    return written[index : index + _STRIDE] == data[at : at + _STRIDE]
