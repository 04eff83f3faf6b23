"""Walking the common syntax: what is in a node, and what is around one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal as Only
from typing import get_args, get_type_hints

import msgspec

from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

Parents = dict[Node, Node | nodes.Module]
Block = tuple[nodes.Statement, ...]
_Below = tuple[Node | tuple[Node, ...] | None, ...]


def children(node: Node | nodes.Module) -> list[Node]:
    """The nodes directly below a node, in the order of the source's fields."""
    found: list[Node] = []
    # The hottest loop there is: only fields that may hold nodes are looked at.
    for value in _BELOW[type(node)](node):
        if type(value) is tuple:
            found += value
        elif value is not None:
            found.append(value)  # type: ignore[arg-type]
    return found


def _below(kind: type[msgspec.Struct]) -> Callable[[object], _Below]:
    """What gives the fields of a kind of node that may hold others."""
    hints = get_type_hints(kind, vars(nodes))
    fields = [name for name in kind.__struct_fields__ if _holds_nodes(hints[name])]
    if not fields:
        return lambda _: ()
    if len(fields) == 1:
        one = attrgetter(fields[0])
        return lambda node: (one(node),)
    return attrgetter(*fields)


def _holds_nodes(hint: object) -> bool:
    if isinstance(hint, type):
        return issubclass(hint, Node)
    return any(map(_holds_nodes, get_args(hint)))


def _kinds(kind: type[Node]) -> Iterator[type[Node]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


_KINDS: tuple[type[msgspec.Struct], ...] = (*_kinds(Node), nodes.Module)
_BELOW = {kind: _below(kind) for kind in _KINDS}


def walk(root: Node | nodes.Module) -> Iterator[Node]:
    """Every node below (and including) a node, parents first, in order."""
    stack: list[Node] = (
        list(reversed(root.body)) if isinstance(root, nodes.Module) else [root]
    )
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def own(root: Node) -> Iterator[Node]:
    """Every node below a node that runs when it runs: not inside nested functions.

    The nested Function nodes themselves are yielded, their insides are not.
    """
    stack = children(root)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, nodes.Function):
            stack.extend(reversed(children(node)))


def own_in(statements: Block) -> Iterator[Node]:
    """`own` for a block: the statements and what runs with them."""
    for statement in statements:
        yield statement
        if not isinstance(statement, nodes.Function):
            yield from own(statement)


def block_calls(block: Block) -> Iterator[nodes.Call]:
    """The calls of `own_in`: those that run with a block."""
    for node in own_in(block):
        if isinstance(node, nodes.Call):
            yield node


def own_of(function: nodes.Function) -> tuple[Node, ...]:
    """`own_in` for the body of a function, which keeps what was found."""
    kept: tuple[Node, ...] | None = function.__dict__.get("own")
    if kept is None:
        kept = function.__dict__["own"] = tuple(own_in(function.body))
    return kept


def strip(expression: nodes.Expression) -> nodes.Expression:
    """The expression below casts, non-null marks and awaits."""
    while isinstance(expression, nodes.Cast | nodes.Await):
        expression = expression.value
    return expression


def key_of(entry: nodes.Entry) -> str | None:
    """The plain key of a Record entry, None when computed or spread."""
    match entry.key:
        case nodes.Literal(value=str() as key) if not entry.computed:
            return key
        case nodes.Literal(value=str() as key):
            return key
        case _:
            return None


def dotted(expression: nodes.Expression) -> str:
    """``a.b.c`` of a chain of members on a name, "" of anything else."""
    parts: list[str] = []
    while isinstance(expression, nodes.Member):
        parts.append(expression.name)
        expression = strip(expression.object)
    if not isinstance(expression, nodes.Name):
        return ""
    return ".".join([expression.id, *reversed(parts)])


def last_name(expression: nodes.Expression) -> str:
    """The last identifier of a callee: ``c`` of ``a.b.c``, "" if there is none."""
    match strip(expression):
        case nodes.Name(id=name) | nodes.Member(name=name):
            return name
        case nodes.Index(object=inner):
            return last_name(inner)
        case nodes.Call(function=inner):
            return last_name(inner)
        case _:
            return ""


# -- around a node -------------------------------------------------------------------


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


def blocks(node: Node | nodes.Module) -> Iterator[Block]:
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


def block_of(statement: Node, parents: Parents) -> tuple[Block, int]:
    """The statement list that holds a statement, and the statement's place in it.

    An empty list and 0 when the node is not a statement of a list.
    """
    around = parents.get(statement)
    if around is None:
        return (), 0
    for block in blocks(around):
        index = bisect_left(block, statement.start, key=attrgetter("start"))
        while index < len(block) and block[index].start == statement.start:
            if block[index] is statement:
                return block, index
            index += 1
    return (), 0


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A Try around a node, and the part of it that the node is in."""

    statement: nodes.Try
    part: Only["body", "handler", "else", "final"]
    handler: nodes.Handler | None = None


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
