"""Statements that do something: expressions, branches, loops, jumps, ``try``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript.chains import LONGEST
from wsaudit.syntax.ecmascript.expressions import assign_operator
from wsaudit.syntax.ecmascript.reading import (
    Reading,
    ReadStatement,
    opaque,
    parts,
    tokens,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_BRACKETS = "parenthesized_expression"
_ASSIGNMENTS = frozenset({"assignment_expression", "augmented_assignment_expression"})
_Arm = tuple["Node", nodes.Expression, tuple[nodes.Statement, ...]]


# -- expressions ---------------------------------------------------------------------


def _expression(reading: Reading, node: Node) -> list[nodes.Statement]:
    inner = parts(node)
    return (
        [_done(reading, inner[0], node)] if len(inner) == 1 else _loose(reading, node)
    )


def _loose(reading: Reading, node: Node) -> list[nodes.Statement]:
    inner = opaque(reading, node)
    return [nodes.Expr(node.start_byte, node.end_byte, inner)]


def _done(reading: Reading, node: Node, whole: Node) -> nodes.Statement:
    """An expression for its effect; ``whole`` is the statement around it."""
    start, end = whole.start_byte, whole.end_byte
    while node.type == _BRACKETS and len(inner := parts(node)) == 1:
        node = inner[0]
    if node.type in _ASSIGNMENTS:
        return _bind(reading, node, whole)
    if node.type == "internal_module":
        (block,) = reading.statements[node.type](reading, node)
        return block
    if node.type == "await_expression":
        inner = parts(node)
        if inner and inner[0].type in _ASSIGNMENTS and "using" in tokens(inner[0]):
            return _bind(reading, inner[0], whole)
    return nodes.Expr(start, end, reading.expression(node))


def _bind(reading: Reading, node: Node, whole: Node) -> nodes.Bind:
    op = assign_operator(node)
    kind: Only["using", "assign", "augmented"] = "assign" if op == "=" else "augmented"
    if "using" in tokens(node):
        kind = "using"
    return nodes.Bind(
        whole.start_byte,
        whole.end_byte,
        reading.at(node, "left"),
        reading.at(node, "right"),
        kind=kind,
        op=op,
    )


# -- branches ------------------------------------------------------------------------


def _if(reading: Reading, node: Node) -> list[nodes.Statement]:
    """A chain of ``else if`` is as deep as it is long, so it is read by a loop.

    Past the bound for chains its pieces follow each other.
    """
    arms: list[_Arm] = []
    other: tuple[nodes.Statement, ...] = ()
    at: Node | None = node
    while at is not None:
        then = reading.block(at.child_by_field_name("consequence"))
        arms.append((at, reading.at(at, "condition"), then))
        clause = at.child_by_field_name("alternative")
        at = None if clause is None else next(iter(parts(clause)), None)
        if at is not None and at.type != "if_statement":
            other, at = reading.block(at), None
    found: list[nodes.Statement] = []
    for first in range(0, len(arms), LONGEST):
        tail = other if first + LONGEST >= len(arms) else ()
        for each, test, then in reversed(arms[first : first + LONGEST]):
            tail = (nodes.If(each.start_byte, each.end_byte, test, then, tail),)
        found.extend(tail)
    return found


def _switch(reading: Reading, node: Node) -> list[nodes.Statement]:
    body = node.child_by_field_name("body")
    labels: list[Node] = []
    groups: list[tuple[list[Node], tuple[nodes.Statement, ...]]] = []
    for case in [] if body is None else parts(body):
        labels.append(case)
        statements = reading.body(case.children_by_field_name("body"))
        if statements:
            groups.append((labels, statements))
            labels = []
    if labels:
        groups.append((labels, ()))
    cases = [
        _case(reading, group, statements, last=index == len(groups) - 1)
        for index, (group, statements) in enumerate(groups)
    ]
    start, end = node.start_byte, node.end_byte
    return [nodes.Switch(start, end, reading.at(node, "value"), tuple(cases))]


def _case(
    reading: Reading,
    labels: list[Node],
    body: tuple[nodes.Statement, ...],
    *,
    last: bool,
) -> nodes.Case:
    patterns = [each for label in labels if (each := reading.maybe(label, "value"))]
    return nodes.Case(
        labels[0].start_byte,
        labels[-1].end_byte,
        tuple(patterns),
        body,
        falls_through=not last and not _leaves(body),
        default=any(label.type == "switch_default" for label in labels),
    )


def _leaves(body: Sequence[nodes.Statement]) -> bool:
    """True when control cannot run past the end of these statements."""
    if not body:
        return False
    match body[-1]:
        case nodes.Break() | nodes.Continue() | nodes.Return() | nodes.Raise():
            return True
        case nodes.Block(body=inner):
            return _leaves(inner)
        case nodes.If(then=then, other=other):
            return _leaves(then) and _leaves(other)
        case nodes.Try(body=inner, handlers=handlers, final=final):
            caught = all(_leaves(handler.body) for handler in handlers)
            return _leaves(final) or (_leaves(inner) and caught)
        case _:
            return False


# -- loops ---------------------------------------------------------------------------


def _while(reading: Reading, node: Node) -> list[nodes.Statement]:
    return [
        nodes.Loop(
            node.start_byte,
            node.end_byte,
            "do" if node.type == "do_statement" else "while",
            reading.block(node.child_by_field_name("body")),
            test=reading.at(node, "condition"),
        )
    ]


def _for(reading: Reading, node: Node) -> list[nodes.Statement]:
    test = node.child_by_field_name("condition")
    bare = test is None or test.type == "empty_statement"
    return [
        nodes.Loop(
            node.start_byte,
            node.end_byte,
            "for",
            reading.block(node.child_by_field_name("body")),
            test=None if test is None or bare else reading.expression(test),
            setup=_setup(reading, node.child_by_field_name("initializer")),
            step=reading.maybe(node, "increment"),
        )
    ]


def _setup(reading: Reading, node: Node | None) -> tuple[nodes.Statement, ...]:
    if node is None:
        return ()
    if node.type in reading.statements:
        return reading.body((node,))
    each = parts(node) if node.type == "sequence_expression" else [node]
    return tuple([_done(reading, one, one) for one in each])


def _for_in(reading: Reading, node: Node) -> list[nodes.Statement]:
    words = tokens(node)
    return [
        nodes.Loop(
            node.start_byte,
            node.end_byte,
            "in" if "of" in words else "keys",
            reading.block(node.child_by_field_name("body")),
            target=reading.at(node, "left"),
            source=reading.at(node, "right"),
            is_async="await" in words,
        )
    ]


# -- errors and jumps ----------------------------------------------------------------


def _try(reading: Reading, node: Node) -> list[nodes.Statement]:
    handler = node.child_by_field_name("handler")
    final = node.child_by_field_name("finalizer")
    return [
        nodes.Try(
            node.start_byte,
            node.end_byte,
            reading.block(node.child_by_field_name("body")),
            () if handler is None else (_handler(reading, handler),),
            final=()
            if final is None
            else reading.block(final.child_by_field_name("body")),
            has_final=final is not None,
        )
    ]


def _handler(reading: Reading, node: Node) -> nodes.Handler:
    heads = [child for child in node.children if child.type in {"catch", ")"}]
    return nodes.Handler(
        node.start_byte,
        node.end_byte,
        (),
        reading.block(node.child_by_field_name("body")),
        reading.maybe(node, "parameter"),
        heads[-1].end_byte if heads else node.start_byte,
    )


def _return(reading: Reading, node: Node) -> list[nodes.Statement]:
    value = unwrap(reading, node) if parts(node) else None
    return [nodes.Return(node.start_byte, node.end_byte, value)]


def _throw(reading: Reading, node: Node) -> list[nodes.Statement]:
    value = unwrap(reading, node) if parts(node) else None
    return [nodes.Raise(node.start_byte, node.end_byte, value)]


def _label(reading: Reading, node: Node) -> str:
    label = node.child_by_field_name("label")
    return "" if label is None else reading.text(label)


def _break(reading: Reading, node: Node) -> list[nodes.Statement]:
    return [nodes.Break(node.start_byte, node.end_byte, _label(reading, node))]


def _continue(reading: Reading, node: Node) -> list[nodes.Statement]:
    return [nodes.Continue(node.start_byte, node.end_byte, _label(reading, node))]


# -- blocks --------------------------------------------------------------------------


def _block(reading: Reading, node: Node) -> list[nodes.Statement]:
    start, end = node.start_byte, node.end_byte
    return [nodes.Block(start, end, reading.block(node))]


def _labelled(reading: Reading, node: Node) -> list[nodes.Statement]:
    body = reading.block(node.child_by_field_name("body"))
    label = _label(reading, node)
    return [nodes.Block(node.start_byte, node.end_byte, body, label)]


def _with(reading: Reading, node: Node) -> list[nodes.Statement]:
    subject = reading.at(node, "object")
    body = reading.block(node.child_by_field_name("body"))
    seen = nodes.Expr(subject.start, subject.end, subject)
    return [nodes.Block(node.start_byte, node.end_byte, (seen, *body))]


def _nothing(reading: Reading, node: Node) -> list[nodes.Statement]:
    return []


STATEMENTS: dict[str, ReadStatement] = {
    "expression_statement": _expression,
    "if_statement": _if,
    "switch_statement": _switch,
    "while_statement": _while,
    "do_statement": _while,
    "for_statement": _for,
    "for_in_statement": _for_in,
    "try_statement": _try,
    "return_statement": _return,
    "throw_statement": _throw,
    "break_statement": _break,
    "continue_statement": _continue,
    "statement_block": _block,
    "labeled_statement": _labelled,
    "with_statement": _with,
    "debugger_statement": _loose,
    "empty_statement": _nothing,
    "hash_bang_line": _nothing,
}
