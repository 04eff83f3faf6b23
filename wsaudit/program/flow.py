"""Flow inside one function: what guards a point, encloses it, or leaves a block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as Only

from wsaudit.program.tree import own, own_in
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

Parents = dict[Node, Node | nodes.Module]


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """``test`` is known to be ``holds`` wherever the guarded node runs.

    ``at`` is the If, Conditional, Logical, Loop or Case that knows it; ``early`` when
    it is an earlier statement that leaves the block otherwise.
    """

    test: nodes.Expression
    holds: bool
    at: Node
    early: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A Try around a node, and the part of it that the node is in."""

    statement: nodes.Try
    part: Only["body", "handler", "else", "final"]
    handler: nodes.Handler | None = None


def ancestors(node: Node, parents: Parents) -> Iterator[Node]:
    """The nodes around a node, nearest first, up to the module's top."""
    at = parents.get(node)
    while isinstance(at, Node):
        yield at
        at = parents.get(at)


def within(node: Node, parents: Parents) -> Iterator[Node]:
    """The nodes around a node inside its own function (the Function comes last)."""
    for around in ancestors(node, parents):
        yield around
        if isinstance(around, nodes.Function):
            return


def function_of(node: Node, parents: Parents) -> nodes.Function | None:
    """The function whose body a node runs in; None at the top of a module."""
    for around in ancestors(node, parents):
        if isinstance(around, nodes.Function):
            return around
    return None


def class_of(node: Node, parents: Parents) -> nodes.ClassDef | None:
    """The nearest class around a node."""
    for around in ancestors(node, parents):
        if isinstance(around, nodes.ClassDef):
            return around
    return None


def statement_of(node: Node, parents: Parents) -> Node:
    """The statement that a node belongs to (the node itself if it is one)."""
    at: Node = node
    while not isinstance(at, nodes.Statement):
        around = parents.get(at)
        if not isinstance(around, Node):
            return at
        at = around
    return at


def blocks(node: Node | nodes.Module) -> Iterator[tuple[nodes.Statement, ...]]:
    """The statement lists that stand directly in a node."""
    match node:
        case (
            nodes.Module(body=body) | nodes.Function(body=body) | nodes.Block(body=body)
        ):
            yield body
        case nodes.If(then=then, other=other):
            yield then
            yield other
        case nodes.Loop(setup=setup, body=body, other=other):
            yield setup
            yield body
            yield other
        case nodes.Try(body=body, other=other, final=final):
            yield body
            yield other
            yield final
        case (
            nodes.Handler(body=body)
            | nodes.Case(body=body)
            | nodes.With(body=body)
            | nodes.ClassDef(members=body)
        ):
            yield body
        case _:
            return


def block_of(
    statement: Node, parents: Parents
) -> tuple[tuple[nodes.Statement, ...], int]:
    """The statement list that holds a statement, and the statement's place in it.

    An empty list and 0 when the node is not a statement of a list.
    """
    around = parents.get(statement)
    if around is None:
        return (), 0
    for block in blocks(around):
        for index, candidate in enumerate(block):
            if candidate is statement:
                return block, index
    return (), 0


def leaves(block: tuple[nodes.Statement, ...], *, loop_only: bool = False) -> bool:
    """True when a block never runs to its end: it returns, raises, breaks, continues.

    With ``loop_only`` a ``continue`` does not count: only what leaves the loop does.
    """
    return any(_leaves(statement, loop_only) for statement in block)


def _leaves(statement: nodes.Statement, loop_only: bool) -> bool:  # noqa: FBT001
    match statement:
        case nodes.Return() | nodes.Raise() | nodes.Break():
            return True
        case nodes.Continue():
            return not loop_only
        case nodes.If(then=then, other=other):
            return (
                bool(other)
                and leaves(then, loop_only=loop_only)
                and leaves(other, loop_only=loop_only)
            )
        case nodes.Block(body=body) | nodes.With(body=body):
            return leaves(body, loop_only=loop_only)
        case nodes.Try(body=body, handlers=handlers, final=final, other=other):
            if leaves(final, loop_only=loop_only):
                return True
            inside = leaves(body, loop_only=loop_only) or leaves(
                other, loop_only=loop_only
            )
            return inside and all(
                leaves(handler.body, loop_only=loop_only) for handler in handlers
            )
        case nodes.Switch(cases=cases):
            return any(case.default for case in cases) and all(
                _case_leaves(case, loop_only) for case in cases
            )
        case nodes.Expr(value=nodes.Call(function=function)):
            return _never_returns(function)
        case _:
            return False


def _case_leaves(case: nodes.Case, loop_only: bool) -> bool:  # noqa: FBT001
    return case.falls_through or any(
        not isinstance(statement, nodes.Break) and _leaves(statement, loop_only)
        for statement in case.body
    )


def _never_returns(function: nodes.Expression) -> bool:
    match function:
        case nodes.Member(object=nodes.Name(id="process" | "sys"), name="exit"):
            return True
        case _:
            return False


def guards(node: Node, parents: Parents) -> Iterator[Guard]:
    """Tests whose outcome is known where a node runs, nearest first.

    Enclosing conditions with their polarity, and earlier statements of the enclosing
    blocks that leave when their test goes the other way. Stops at the function.
    """
    at: Node = node
    around = parents.get(at)
    while isinstance(around, Node):
        yield from _guards_between(at, around)
        if isinstance(at, nodes.Statement):
            yield from _earlier(at, around)
        if isinstance(around, nodes.Function):
            return
        at, around = around, parents.get(around)
    if isinstance(around, nodes.Module) and isinstance(at, nodes.Statement):
        yield from _earlier(at, around)


def _guards_between(at: Node, around: Node) -> Iterator[Guard]:
    match around:
        case nodes.If(test=test, then=then) if at is not test:
            yield Guard(test, any(at is s for s in then), around)
        case nodes.Conditional(test=test, then=then_value) if at is not test:
            yield Guard(test, at is then_value, around)
        case nodes.Loop(kind="while" | "for", test=test) if test is not None:
            if any(at is statement for statement in around.body):
                yield Guard(test, True, around)  # noqa: FBT003
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            for operand in operands:
                if operand is at:
                    break
                yield Guard(operand, op == "and", around)
        case _:
            return


def _earlier(at: Node, around: Node | nodes.Module) -> Iterator[Guard]:
    for block in blocks(around):
        if not any(at is statement for statement in block):
            continue
        for statement in block:
            if statement is at:
                break
            if isinstance(statement, nodes.If):
                then, other = leaves(statement.then), leaves(statement.other)
                if then and not other:
                    yield Guard(statement.test, False, statement, early=True)  # noqa: FBT003
                elif other and not then:
                    yield Guard(statement.test, True, statement, early=True)  # noqa: FBT003


def tries(node: Node, parents: Parents) -> Iterator[Region]:
    """The Try statements around a node in its own function, nearest first."""
    at: Node = node
    for around in within(node, parents):
        if isinstance(around, nodes.Try):
            yield _region(around, at)
        at = around


def _region(statement: nodes.Try, at: Node) -> Region:
    if any(at is inner for inner in statement.body):
        return Region(statement, "body")
    if any(at is inner for inner in statement.final):
        return Region(statement, "final")
    if any(at is inner for inner in statement.other):
        return Region(statement, "else")
    handler = at if isinstance(at, nodes.Handler) else None
    return Region(statement, "handler", handler)


def loops(node: Node, parents: Parents) -> Iterator[nodes.Loop]:
    """The loops of its own function whose body a node is in, nearest first."""
    at: Node = node
    for around in within(node, parents):
        if isinstance(around, nodes.Loop) and any(at is s for s in around.body):
            yield around
        at = around


def exits(loop: nodes.Loop) -> Iterator[Node]:
    """The statements that leave a loop: its breaks, and returns and raises in it."""
    stack: list[tuple[Node, bool]] = [(statement, True) for statement in loop.body]
    while stack:
        node, breakable = stack.pop()
        match node:
            case nodes.Return() | nodes.Raise():
                yield node
            case nodes.Break() if breakable or node.label:
                yield node
            case nodes.Function() | nodes.FunctionDef() | nodes.ClassDef():
                continue
            case _:
                pass
        inner = breakable and not isinstance(node, nodes.Loop | nodes.Switch)
        if isinstance(node, nodes.Switch):
            inner = False
        for block in blocks(node):
            stack.extend((statement, inner) for statement in block)
        if isinstance(node, nodes.Try):
            stack.extend((handler, inner) for handler in node.handlers)
        if isinstance(node, nodes.Switch):
            stack.extend(
                (case, _python_match(node) and breakable) for case in node.cases
            )


def _python_match(switch: nodes.Switch) -> bool:
    """A Python ``match`` does not stop a ``break``; it has no fall-through breaks.

    The common syntax keeps a TypeScript case's own break, so a switch of which any
    case ends in one is TypeScript's.
    """
    return not any(
        case.body and isinstance(case.body[-1], nodes.Break) for case in switch.cases
    )


def dominates(first: Node, second: Node, parents: Parents) -> bool:
    """True when ``first`` has always run where ``second`` runs, in one function.

    ``first`` stands earlier, and every branch, loop body or handler around it is also
    around ``second``.
    """
    if first.start >= second.start:
        return False
    around_second = set(within(second, parents))
    at: Node = first
    for around in within(first, parents):
        if around in around_second:
            return _same_branch(at, around, second, parents)
        if isinstance(
            around,
            nodes.If | nodes.Loop | nodes.Handler | nodes.Case | nodes.Conditional,
        ):
            return False
        at = around
    return False


def _same_branch(at: Node, around: Node, second: Node, parents: Parents) -> bool:
    """Both sides of ``around`` are in one of its statement lists (or it has none)."""
    other: Node = second
    for node in within(second, parents):
        if node is around:
            break
        other = node
    lists = list(blocks(around))
    if isinstance(around, nodes.Try):
        if any(at is s for s in around.body):
            return not isinstance(other, nodes.Handler)
        return any(at is s for s in around.final) and any(
            other is s for s in around.final
        )
    if isinstance(around, nodes.If) and any(
        any(at is s for s in block) for block in lists
    ):
        return any(
            any(at is s for s in block) and any(other is s for s in block)
            for block in lists
        )
    return True


def own_calls(node: Node) -> Iterator[nodes.Call]:
    """The calls that run with a node: not those inside nested functions."""
    if isinstance(node, nodes.Call):
        yield node
    for inner in own(node):
        if isinstance(inner, nodes.Call):
            yield inner


def block_calls(block: tuple[nodes.Statement, ...]) -> Iterator[nodes.Call]:
    """`own_calls` of each statement of a block."""
    for node in own_in(block):
        if isinstance(node, nodes.Call):
            yield node
