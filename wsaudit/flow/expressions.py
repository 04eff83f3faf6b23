"""Building a graph: what happens in an expression, in its order."""

from __future__ import annotations

from wsaudit.flow.building import Builder, Ends
from wsaudit.program import tree
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

_EVENTS = (nodes.Await, nodes.Yield, nodes.Assign)


def expression(builder: Builder, root: Node) -> None:
    """What happens in an expression, in the order in which it happens."""
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            if _happens(node):
                builder.point(node)
            continue
        match node:
            case nodes.Logical():
                _logical(builder, node)
            case nodes.Conditional():
                yes, no = condition(builder, node.test)
                _either(builder, (yes, node.then), (no, node.other))
            case nodes.Comprehension():
                _comprehension(builder, node)
            case nodes.Function() | nodes.Literal() | nodes.Name():
                continue
            case nodes.Member() | nodes.Index() | nodes.Call():
                _chain(builder, node)
            case _:
                stack.append((node, True))
                inside = tree.children(node)
                stack += [(each, False) for each in reversed(inside)]


def _chain(builder: Builder, top: Node) -> None:
    """``a?.b.c(d)``: what is missing ends the whole chain."""
    links: list[Node] = [top]
    while (below := _below(links[-1])) is not None:
        links.append(below)
    inner = links.pop()
    expression(builder, inner)
    missing: Ends = []
    for link in reversed(links):
        if not isinstance(link, nodes.Cast) and getattr(link, "optional", False):
            builder.ends, no = builder.test(inner)
            missing += no
        if isinstance(link, nodes.Index):
            expression(builder, link.index)
        elif isinstance(link, nodes.Call):
            for argument in link.arguments:
                expression(builder, argument.value)
            builder.point(link)
        inner = link
    builder.ends += missing


def _below(link: Node) -> Node | None:
    match link:
        case (
            nodes.Member(object=inner)
            | nodes.Index(object=inner)
            | nodes.Call(function=inner)
            | nodes.Cast(value=inner)
        ):
            return inner
        case _:
            return None


def _either(builder: Builder, *branches: tuple[Ends, Node]) -> None:
    out: Ends = []
    for ends, node in branches:
        builder.ends = ends
        _value(builder, node)
        out += builder.ends
    builder.ends = out


def _logical(builder: Builder, node: nodes.Logical) -> None:
    out: Ends = []
    for operand in node.operands[:-1]:
        if node.op == "??":
            expression(builder, operand)
            out += builder.ends
            continue
        yes, no = condition(builder, operand)
        builder.ends, done = (yes, no) if node.op == "and" else (no, yes)
        out += done
    _value(builder, node.operands[-1])
    builder.ends += out


def _value(builder: Builder, node: Node) -> None:
    """An expression that may or may not run; it has a point, whatever it is."""
    expression(builder, node)
    if node not in builder.graph.points:
        builder.point(node)


def condition(builder: Builder, test: nodes.Expression) -> tuple[Ends, Ends]:
    """The loose ends where a test has come out true, and where false."""
    match test:
        case nodes.Not(value=inner):
            yes, no = condition(builder, inner)
            return no, yes
        case nodes.Cast(value=inner):
            return condition(builder, inner)
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            done: Ends = []
            for operand in operands:
                yes, no = condition(builder, operand)
                builder.ends, out = (yes, no) if op == "and" else (no, yes)
                done += out
            ends, builder.ends = builder.ends, []
            return (ends, done) if op == "and" else (done, ends)
        case nodes.Literal(kind="boolean" | "number" | "null", value=value):
            ends, builder.ends = builder.ends, []
            return (ends, []) if value else ([], ends)
        case _:
            expression(builder, test)
            return builder.test(test)


def _comprehension(builder: Builder, node: nodes.Comprehension) -> None:
    done: Ends | None = None
    rounds: int | None = None
    for clause in node.clauses:
        expression(builder, clause.source)
        number = builder.point(clause)
        builder.ends = [(number, False)]
        if rounds is None:
            done = builder.ends
        else:
            builder.join(rounds)
        rounds = number
        builder.ends = [(number, True)]
        for test in clause.tests:
            builder.ends, no = condition(builder, test)
            yes, builder.ends = builder.ends, no
            builder.join(rounds)
            builder.ends = yes
    if node.key is not None:
        expression(builder, node.key)
    expression(builder, node.element)
    if rounds is not None:
        builder.join(rounds)
    builder.ends = done if done is not None else builder.ends
    builder.point(node)


def _happens(node: Node) -> bool:
    if isinstance(node, nodes.Unary):
        return node.op in {"delete", "++", "--"}
    return isinstance(node, _EVENTS)
