"""Statements: assignments, branches, loops, jumps, ``try``, ``with``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as Only

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.reading import LONGEST, Reading, ReadStatement

_AUGMENTED: dict[type[cst.CSTNode], str] = {
    cst.AddAssign: "+=",
    cst.SubtractAssign: "-=",
    cst.MultiplyAssign: "*=",
    cst.DivideAssign: "/=",
    cst.FloorDivideAssign: "//=",
    cst.ModuloAssign: "%=",
    cst.PowerAssign: "**=",
    cst.MatrixMultiplyAssign: "@=",
    cst.LeftShiftAssign: "<<=",
    cst.RightShiftAssign: ">>=",
    cst.BitAndAssign: "&=",
    cst.BitOrAssign: "|=",
    cst.BitXorAssign: "^=",
}
_Arm = tuple[cst.If, nodes.Expression, tuple[nodes.Statement, ...]]


def _line(
    reading: Reading, node: cst.SimpleStatementLine
) -> tuple[nodes.Statement, ...]:
    return reading.body(node.body)


def _nothing(_reading: Reading, _node: cst.CSTNode) -> tuple[nodes.Statement, ...]:
    return ()


def _expression(reading: Reading, node: cst.Expr) -> list[nodes.Statement]:
    start, end = reading.span(node)
    return [nodes.Expr(start, end, reading.expression(node.value))]


# -- assignments ---------------------------------------------------------------------


def _kind(reading: Reading) -> Only["field", "assign"]:
    return "field" if reading.in_class else "assign"


def _assign(reading: Reading, node: cst.Assign) -> list[nodes.Statement]:
    """Read ``a = b = c``: the value of the first target is the rest."""
    start, end = reading.span(node)
    value = reading.expression(node.value)
    for one in reversed(node.targets[1:]):
        target = reading.expression(one.target)
        value = nodes.Assign(reading.span(one)[0], end, target, value)
    target = reading.expression(node.targets[0].target)
    return [nodes.Bind(start, end, target, value, kind=_kind(reading))]


def _annotated(reading: Reading, node: cst.AnnAssign) -> list[nodes.Statement]:
    return [
        nodes.Bind(
            *reading.span(node),
            reading.expression(node.target),
            reading.maybe(node.value),
            reading.expression(node.annotation.annotation),
            _kind(reading),
        )
    ]


def _augmented(reading: Reading, node: cst.AugAssign) -> list[nodes.Statement]:
    start, end = reading.span(node)
    target = reading.expression(node.target)
    value = reading.expression(node.value)
    op = _AUGMENTED[type(node.operator)]
    return [nodes.Bind(start, end, target, value, kind="augmented", op=op)]


def _delete(reading: Reading, node: cst.Del) -> list[nodes.Statement]:
    """One statement for each target: ``del a, b`` deletes twice."""
    whole = reading.span(node)
    target = reading.expression(node.target)
    found = _flat(target)
    if found == [target]:
        return [nodes.Expr(*whole, nodes.Unary(*whole, "delete", target))]
    return [
        nodes.Expr(one.start, one.end, nodes.Unary(one.start, one.end, "delete", one))
        for one in found
    ]


def _flat(target: nodes.Expression) -> list[nodes.Expression]:
    if not isinstance(target, nodes.Sequence):
        return [target]
    return [inner for item in target.items for inner in _flat(item)]


# -- jumps ---------------------------------------------------------------------------


def _return(reading: Reading, node: cst.Return) -> list[nodes.Statement]:
    start, end = reading.span(node)
    return [nodes.Return(start, end, reading.maybe(node.value))]


def _raise(reading: Reading, node: cst.Raise) -> list[nodes.Statement]:
    start, end = reading.span(node)
    cause = None if node.cause is None else reading.expression(node.cause.item)
    return [nodes.Raise(start, end, reading.maybe(node.exc), cause)]


def _assert(reading: Reading, node: cst.Assert) -> list[nodes.Statement]:
    """Read ``assert x, y`` as ``if not x: raise AssertionError(y)``."""
    start, end = reading.span(node)
    test = reading.expression(node.test)
    error: nodes.Expression = nodes.Name(start, start + 6, "AssertionError")
    if node.msg is not None:
        message = reading.expression(node.msg)
        argument = nodes.Argument(message.start, message.end, message)
        error = nodes.Call(start, end, error, (argument,))
    inverted = nodes.Not(test.start, test.end, test)
    return [nodes.If(start, end, inverted, (nodes.Raise(start, end, error),))]


def _break(reading: Reading, node: cst.Break) -> list[nodes.Statement]:
    return [nodes.Break(*reading.span(node))]


def _continue(reading: Reading, node: cst.Continue) -> list[nodes.Statement]:
    return [nodes.Continue(*reading.span(node))]


def _global(reading: Reading, node: cst.Global | cst.Nonlocal) -> list[nodes.Statement]:
    start, end = reading.span(node)
    names = tuple([one.name.value for one in node.names])
    return [nodes.Global(start, end, names, isinstance(node, cst.Nonlocal))]


# -- branches and loops --------------------------------------------------------------


def _if(reading: Reading, node: cst.If) -> list[nodes.Statement]:
    """A chain of ``elif`` is as deep as it is long, so it is read by a loop.

    Past ``LONGEST`` its pieces follow each other.
    """
    arms: list[_Arm] = []
    at: cst.If | cst.Else | None = node
    while isinstance(at, cst.If):
        arms.append((at, reading.expression(at.test), reading.block(at.body)))
        at = at.orelse
    other = reading.block(at)
    found: list[nodes.Statement] = []
    for first in range(0, len(arms), LONGEST):
        tail = other if first + LONGEST >= len(arms) else ()
        for arm, test, then in reversed(arms[first : first + LONGEST]):
            tail = (nodes.If(*reading.span(arm), test, then, tail),)
        found.extend(tail)
    return found


def _for(reading: Reading, node: cst.For) -> list[nodes.Statement]:
    return [
        nodes.Loop(
            *reading.span(node),
            "in",
            target=reading.expression(node.target),
            source=reading.expression(node.iter),
            body=reading.block(node.body),
            is_async=node.asynchronous is not None,
            other=reading.block(node.orelse),
        )
    ]


def _while(reading: Reading, node: cst.While) -> list[nodes.Statement]:
    return [
        nodes.Loop(
            *reading.span(node),
            "while",
            test=reading.expression(node.test),
            body=reading.block(node.body),
            other=reading.block(node.orelse),
        )
    ]


# -- try and with --------------------------------------------------------------------


def _try(reading: Reading, node: cst.Try | cst.TryStar) -> list[nodes.Statement]:
    return [
        nodes.Try(
            *reading.span(node),
            reading.block(node.body),
            tuple([_handler(reading, one) for one in node.handlers]),
            reading.block(node.orelse),
            reading.block(node.finalbody),
            node.finalbody is not None,
            isinstance(node, cst.TryStar),
        )
    ]


def _handler(
    reading: Reading, node: cst.ExceptHandler | cst.ExceptStarHandler
) -> nodes.Handler:
    start, end = reading.span(node)
    found = node.type
    if found is None:
        types: tuple[nodes.Expression, ...] = ()
    elif isinstance(found, cst.Tuple):
        types = reading.all(found.elements)
    else:
        types = (reading.expression(found),)
    target = None if node.name is None else reading.expression(node.name.name)
    head_end = reading.begins[id(node.body)]
    return nodes.Handler(start, end, types, reading.block(node.body), target, head_end)


def _with(reading: Reading, node: cst.With) -> list[nodes.Statement]:
    start, end = reading.span(node)
    items = tuple(_with_items(reading, node))
    body = reading.block(node.body)
    return [nodes.With(start, end, items, body, node.asynchronous is not None)]


def _with_items(reading: Reading, node: cst.With) -> Iterator[nodes.WithItem]:
    for one in node.items:
        value = reading.expression(one.item)
        target = None if one.asname is None else reading.expression(one.asname.name)
        yield nodes.WithItem(*reading.span(one), value, target)


STATEMENTS: dict[type[cst.CSTNode], ReadStatement] = {
    cst.SimpleStatementLine: _line,
    cst.Pass: _nothing,
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Del: _delete,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Global: _global,
    cst.Nonlocal: _global,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.With: _with,
}
