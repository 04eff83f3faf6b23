"""Operators: arithmetic, comparisons, ``and`` and ``or``, conditionals.

Chains of them lean to the left and are as deep as they are long, so they are read by
loops, and what comes out is bounded by ``LONGEST``.
"""

from __future__ import annotations

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.positions import Span
from wsaudit.syntax.cst.reading import LONGEST, ReadExpression, Reading

_BINARY: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.MatrixMultiply: "@",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.BitAnd: "&",
    cst.BitOr: "|",
    cst.BitXor: "^",
}
_COMPARISONS: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
}
_UNARY: dict[type[cst.CSTNode], str] = {
    cst.Minus: "-",
    cst.Plus: "+",
    cst.BitInvert: "~",
}
_BALANCED = frozenset({"+", "|", "&"})


# -- arithmetic ----------------------------------------------------------------------


def _binary(reading: Reading, node: cst.BinaryOperation) -> nodes.Expression:
    chain = [node]
    while isinstance(left := chain[-1].left, cst.BinaryOperation):
        chain.append(left)
    chain.reverse()
    result = reading.expression(chain[0].left)
    rights = [reading.expression(one.right) for one in chain]
    operators = [_BINARY[type(one.operator)] for one in chain]
    if len(chain) > LONGEST:
        return _long(reading.span(node), operators, [result, *rights])
    for one, operator, right in zip(chain, operators, rights, strict=True):
        result = nodes.Binary(*reading.span(one), operator, result, right)
    return result


def _long(
    span: Span, operators: list[str], operands: list[nodes.Expression]
) -> nodes.Expression:
    """A balanced tree where the order of the operations does not matter."""
    operator = operators[0]
    if operator not in _BALANCED or set(operators) != {operator}:
        return nodes.Opaque(*span, tuple(operands), "BinaryOperation")
    while len(operands) > 2:
        pairs = zip(operands[::2], operands[1::2], strict=False)
        rest = operands[-1:] if len(operands) % 2 else []
        operands = [
            nodes.Binary(left.start, right.end, operator, left, right)
            for left, right in pairs
        ] + rest
    return nodes.Binary(*span, operator, *operands)


def _unary(reading: Reading, node: cst.UnaryOperation) -> nodes.Expression:
    start, end = reading.span(node)
    value = reading.expression(node.expression)
    operator = _UNARY.get(type(node.operator))
    if operator is None:
        return nodes.Not(start, end, value)
    return nodes.Unary(start, end, operator, value)


# -- comparisons ---------------------------------------------------------------------


def _comparison(reading: Reading, node: cst.Comparison) -> nodes.Expression:
    left = reading.expression(node.left)
    if len(node.comparisons) > 1:
        return _chain(reading, node, left)
    target = node.comparisons[0]
    right = reading.expression(target.comparator)
    operator = _COMPARISONS[type(target.operator)]
    return nodes.Binary(*reading.span(node), operator, left, right)


def _chain(
    reading: Reading, node: cst.Comparison, left: nodes.Expression
) -> nodes.Logical:
    """Read ``a < b < c`` as ``a < b and b < c``.

    The operand in the middle stands in two places, so it is read twice; one that holds
    another chain is Opaque the second time, or it would double with each level.
    """
    reading.chained += 1
    found: list[nodes.Expression] = []
    start, middle, nested = reading.span(node)[0], None, False
    for target in node.comparisons:
        if middle is not None:
            start = reading.outer(middle)[0]
            left = _again(reading, middle, nested=nested)
        before, middle = reading.chained, target.comparator
        right = reading.expression(middle)
        nested = reading.chained != before
        operator = _COMPARISONS[type(target.operator)]
        end = reading.span(target)[1]
        found.append(nodes.Binary(start, end, operator, left, right))
    return nodes.Logical(*reading.span(node), "and", tuple(found))


def _again(
    reading: Reading, node: cst.BaseExpression, *, nested: bool
) -> nodes.Expression:
    if nested:
        return nodes.Opaque(*reading.span(node), what="Comparison")
    return reading.expression(node)


# -- choices -------------------------------------------------------------------------


def _boolean(reading: Reading, node: cst.BooleanOperation) -> nodes.Logical:
    operator = type(node.operator)
    operands = [node.right]
    at = node.left
    while (
        isinstance(at, cst.BooleanOperation)
        and type(at.operator) is operator
        and not at.lpar
    ):
        operands.append(at.right)
        at = at.left
    operands.append(at)
    operands.reverse()
    start, end = reading.span(node)
    word = nodes.Logical
    return word(
        start, end, "and" if operator is cst.And else "or", reading.all(operands)
    )


def _conditional(reading: Reading, node: cst.IfExp) -> nodes.Conditional:
    start, end = reading.span(node)
    then = reading.expression(node.body)
    test = reading.expression(node.test)
    other = reading.expression(node.orelse)
    return nodes.Conditional(start, end, test, then, other)


EXPRESSIONS: dict[type[cst.CSTNode], ReadExpression] = {
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.Comparison: _comparison,
    cst.BooleanOperation: _boolean,
    cst.IfExp: _conditional,
}
