"""Chains that lean to the left: ``a.b().c()``, ``a + b + c``, ``A | B | C``.

Their trees are as deep as they are long, so they are read by loops. What comes out is
bounded too: past ``LONGEST`` links a chain is cut into pieces that lie side by side in
an Opaque, and a long sum or union becomes a balanced tree, so that whoever walks the
common syntax, or writes it to bytes, meets no depth that the source did not nest.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, cast
from typing import Literal as Only

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.reading import (
    ReadExpression,
    Reading,
    opaque,
    parts,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST = 200

_SPELLED = {"===": "==", "!==": "!=", "&&": "and", "||": "or"}
_LOGICAL = frozenset({"and", "or", "??"})
_BALANCED = frozenset({"+", "|", "&"})
_TYPE_OPERATORS = {"union_type": "|", "intersection_type": "&"}

_Step = tuple[str, int, nodes.Expression]
"""An operator, where the expression it ends ends, and its right operand."""


# -- members, indexes and calls ----------------------------------------------------


def _links(reading: Reading, node: Node) -> nodes.Expression:
    """Read ``a.b[c](d)!.e``: down the left side, then back up link by link."""
    links: list[Node] = []
    at: Node | None = node
    while at is not None and at.type in _LINKS:
        links.append(at)
        at = _base(at)
    if at is None:
        return opaque(reading, node)
    result = reading.expression(at)
    pieces: list[nodes.Expression] = []
    for count, link in enumerate(reversed(links)):
        if count and count % LONGEST == 0:
            pieces.append(result)
            result = nodes.Opaque(result.start, result.end, what="chain")
        result = _LINKS[link.type](reading, link, result)
    if not pieces:
        return result
    return nodes.Opaque(result.start, result.end, (*pieces, result), "chain")


def _base(link: Node) -> Node | None:
    if link.type == "call_expression":
        return link.child_by_field_name("function")
    if link.type == "non_null_expression":
        inner = parts(link)
        return inner[0] if inner else None
    return link.child_by_field_name("object")


def _member(reading: Reading, node: Node, base: nodes.Expression) -> nodes.Member:
    name = node.child_by_field_name("property") or node
    optional = node.child_by_field_name("optional_chain") is not None
    return nodes.Member(
        node.start_byte,
        node.end_byte,
        base,
        reading.text(name),
        name.start_byte,
        optional,
    )


def _index(reading: Reading, node: Node, base: nodes.Expression) -> nodes.Index:
    index = reading.at(node, "index")
    optional = node.child_by_field_name("optional_chain") is not None
    return nodes.Index(node.start_byte, node.end_byte, base, index, optional)


def _nonnull(reading: Reading, node: Node, base: nodes.Expression) -> nodes.Cast:
    return nodes.Cast(node.start_byte, node.end_byte, base, None, "nonnull")


def _call(reading: Reading, node: Node, base: nodes.Expression) -> nodes.Call:
    return nodes.Call(
        node.start_byte,
        node.end_byte,
        base,
        _arguments(reading, node.child_by_field_name("arguments")),
        optional=any(c.type in {"?.", "optional_chain"} for c in node.children),
        type_arguments=_type_arguments(reading, node),
    )


_LINKS: dict[str, Callable[[Reading, Node, nodes.Expression], nodes.Expression]] = {
    "member_expression": _member,
    "subscript_expression": _index,
    "non_null_expression": _nonnull,
    "call_expression": _call,
}


def _new(reading: Reading, node: Node) -> nodes.Call:
    return nodes.Call(
        node.start_byte,
        node.end_byte,
        reading.at(node, "constructor"),
        _arguments(reading, node.child_by_field_name("arguments")),
        new=True,
        type_arguments=_type_arguments(reading, node),
    )


def _arguments(reading: Reading, node: Node | None) -> tuple[nodes.Argument, ...]:
    if node is None:
        return ()
    if node.type == "template_string":
        template = reading.expression(node)
        return (nodes.Argument(node.start_byte, node.end_byte, template),)
    found = []
    for child in parts(node):
        spread = child.type == "spread_element"
        value = unwrap(reading, child) if spread else reading.expression(child)
        found.append(
            nodes.Argument(
                child.start_byte, child.end_byte, value, spread="*" if spread else ""
            )
        )
    return tuple(found)


def _type_arguments(reading: Reading, node: Node) -> tuple[nodes.Expression, ...]:
    found = node.child_by_field_name("type_arguments")
    return () if found is None else reading.all(parts(found))


# -- operators -----------------------------------------------------------------------


def _binary(reading: Reading, node: Node) -> nodes.Expression:
    steps: list[_Step] = []
    at: Node = node
    while at.type == "binary_expression":
        operator = at.child_by_field_name("operator")
        left = at.child_by_field_name("left")
        if operator is None or left is None:
            break
        op = _SPELLED.get(operator.type, operator.type)
        steps.append((op, at.end_byte, reading.at(at, "right")))
        at = left
    return fold(node, reading.expression(at), steps[::-1])


def _alternatives(reading: Reading, node: Node) -> nodes.Expression:
    """Read ``A | B | C`` or ``A & B``; a mark before the first is left out."""
    op = _TYPE_OPERATORS[node.type]
    steps: list[_Step] = []
    at = node
    while at.type == node.type:
        inner = parts(at)
        if not inner:
            return opaque(reading, node)
        if len(inner) > 1:
            steps.append((op, at.end_byte, reading.expression(inner[-1])))
        at = inner[0]
    return fold(node, reading.expression(at), steps[::-1])


def fold(node: Node, first: nodes.Expression, steps: list[_Step]) -> nodes.Expression:
    """Join operands from left to right; ``steps`` are in the order of the source."""
    start = node.start_byte
    result = first
    for op, run in groupby(steps, key=lambda s: s[0] if s[0] in _LOGICAL else ""):
        found = list(run)
        end = found[-1][1]
        if op:
            logical = cast("Only['and', 'or', '??']", op)
            operands = (result, *map(itemgetter(2), found))
            result = nodes.Logical(start, end, logical, operands)
        elif len(found) <= LONGEST:
            for operator, at, right in found:
                result = nodes.Binary(start, at, operator, result, right)
        else:
            result = _long(start, end, [result, *map(itemgetter(2), found)], found)
    return result


def _long(
    start: int, end: int, operands: list[nodes.Expression], steps: list[_Step]
) -> nodes.Expression:
    operator = steps[0][0]
    if operator not in _BALANCED or any(step[0] != operator for step in steps):
        return nodes.Opaque(start, end, tuple(operands), "binary_expression")
    while len(operands) > 1:
        pairs = zip(operands[::2], operands[1::2], strict=False)
        rest = operands[-1:] if len(operands) % 2 else []
        operands = [
            nodes.Binary(left.start, right.end, operator, left, right)
            for left, right in pairs
        ] + rest
    return operands[0]


EXPRESSIONS: dict[str, ReadExpression] = {
    **dict.fromkeys(_LINKS, _links),
    "new_expression": _new,
    "binary_expression": _binary,
    **dict.fromkeys(_TYPE_OPERATORS, _alternatives),
}
