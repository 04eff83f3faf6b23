"""Building a graph: statement after statement, and what leaves early."""

from __future__ import annotations

from collections.abc import Iterable

from wsaudit.flow.building import Builder, Ends, Frame
from wsaudit.flow.expressions import condition, expression
from wsaudit.flow.graph import RAISED, RETURNED, Graph, Home, Stretch
from wsaudit.program import tree
from wsaudit.syntax import nodes


def build(home: Home, language: str) -> Graph:
    """The graph of a function or of a module's own code."""
    builder = Builder(Graph(home), python=language == "python")
    if isinstance(home, nodes.Function):
        for parameter in home.parameters:
            if parameter.default is not None and language != "python":
                expression(builder, parameter.default)
    block(builder, home.body)
    builder.join(RETURNED)
    return builder.graph


def block(builder: Builder, statements: Iterable[nodes.Statement]) -> None:
    """Statements, one after the other."""
    graph = builder.graph
    for statement in statements:
        begin = len(graph.at)
        _statement(builder, statement)
        ends = frozenset(point for point, _ in builder.ends)
        found = Stretch(begin, len(graph.at), ends)
        graph.ran.setdefault(statement, []).append(found)


def _statement(builder: Builder, statement: nodes.Statement) -> None:
    match statement:
        case nodes.If():
            _if(builder, statement)
        case nodes.Switch():
            _switch(builder, statement)
        case nodes.Loop():
            _loop(builder, statement)
        case nodes.Try():
            _try(builder, statement)
        case nodes.With():
            _with(builder, statement)
        case nodes.Block():
            _labelled(builder, statement)
        case nodes.ClassDef(decorators=decorators, bases=bases):
            for each in (*decorators, *bases):
                expression(builder, each)
            block(builder, statement.members)
            builder.point(statement)
        case nodes.Export(declaration=inner) if inner is not None:
            _statement(builder, inner)
        case nodes.TypeDef():
            builder.point(statement)
        case _:
            for inside in tree.children(statement):
                expression(builder, inside)
            number = builder.point(statement)
            _leaving(builder, statement, number)


def _leaving(builder: Builder, statement: nodes.Statement, number: int) -> None:
    """What leaves early goes outward from here."""
    match statement:
        case nodes.Return():
            builder.leave(None, 0)
        case nodes.Break(label=label) | nodes.Continue(label=label):
            again = isinstance(statement, nodes.Continue)
            frame = builder.target(label, rounds=again)
            builder.graph.leaving[statement] = frame.node if frame else None
            builder.leave(frame, int(again))
        case nodes.Raise(value=value):
            name = value.id if isinstance(value, nodes.Name) else None
            if value is None or (name and name in builder.caught[-1:]):
                builder.graph.again.add(number)
            builder.ends = [(number, None)]
            builder.join(builder.unwind)
        case nodes.Expr(value=nodes.Call(function=function)):
            if _never_returns(function):
                builder.ends = []
        case _:
            return


def _if(builder: Builder, statement: nodes.If) -> None:
    out: Ends = []
    other: tuple[nodes.Statement, ...] = (statement,)
    while len(other) == 1 and isinstance(inner := other[0], nodes.If):
        builder.point(inner)
        yes, no = condition(builder, inner.test)
        builder.ends = yes
        block(builder, inner.then)
        out += builder.ends
        builder.ends, other = no, inner.other
    block(builder, other)
    builder.ends += out


def _switch(builder: Builder, statement: nodes.Switch) -> None:
    builder.point(statement)
    expression(builder, statement.subject)
    frame = builder.push(Frame(statement, breakable=not builder.python))
    bodies: list[tuple[nodes.Case, Ends]] = []
    for case in statement.cases:
        if not case.patterns and case.guard is None:
            bodies.append((case, []))
            continue
        for pattern in case.patterns:
            expression(builder, pattern)
        number = builder.point(case)
        builder.ends = [(number, True)]
        no: Ends = [(number, False)]
        if case.guard is not None:
            builder.ends, failed = condition(builder, case.guard)
            no += failed
        bodies.append((case, builder.ends))
        builder.ends = no
    for case, begins in bodies:
        if case.default:
            begins.extend(builder.ends)
            builder.ends = []
    out, builder.ends = builder.ends, []
    for case, ends in bodies:
        builder.ends += ends
        block(builder, case.body)
        if not case.falls_through:
            out += builder.ends
            builder.ends = []
    builder.ends += out + builder.pop(frame).breaks


def _loop(builder: Builder, loop: nodes.Loop) -> None:
    label, builder.label = builder.label, ""
    block(builder, loop.setup)
    if loop.source is not None:
        expression(builder, loop.source)
    begin = builder.point(loop)
    no: Ends = []
    if loop.source is not None:
        builder.ends, no = [(begin, True)], [(begin, False)]
        if loop.target is not None:
            expression(builder, loop.target)
    elif loop.test is not None and loop.kind != "do":
        builder.ends, no = condition(builder, loop.test)
    rounds = begin
    if loop.kind == "do" or loop.step is not None:
        rounds = builder.point(None, joins=False)
    frame = builder.push(Frame(loop, label=label, loop=True, rounds=rounds))
    block(builder, loop.body)
    builder.pop(frame)
    builder.join(rounds)
    if rounds != begin:
        builder.ends = [(rounds, None)]
        if loop.step is not None:
            expression(builder, loop.step)
        if loop.kind == "do" and loop.test is not None:
            builder.ends, no = condition(builder, loop.test)
        builder.join(begin)
    builder.ends = no
    block(builder, loop.other)
    builder.ends += frame.breaks


def _labelled(builder: Builder, statement: nodes.Block) -> None:
    if len(statement.body) == 1 and isinstance(statement.body[0], nodes.Loop):
        builder.label = statement.label
        block(builder, statement.body)
        return
    frame = builder.push(Frame(statement, label=statement.label, breakable=False))
    block(builder, statement.body)
    builder.ends += builder.pop(frame).breaks


# -- exceptions --------------------------------------------------------------------


def _try(builder: Builder, statement: nodes.Try) -> None:
    builder.point(statement)
    outer = builder.unwind
    frame = Frame(breakable=False)
    final = RAISED
    if statement.final:
        final = builder.point(None, joins=False)
        frame.unwind = outer
        frame.leave = lambda: block(builder, statement.final)
        builder.unwind = final
        builder.push(frame)
    out = _guarded(builder, statement)
    builder.ends = out
    if statement.final:
        builder.pop(frame)
        builder.unwind = outer
        builder.end(frame)
        normal, builder.ends = builder.ends, [(final, None)]
        builder.end(frame)
        builder.join(outer)
        builder.ends = normal


def _guarded(builder: Builder, statement: nodes.Try) -> Ends:
    """The body of a ``try``, its ``else`` and its handlers; where they end."""
    around = builder.unwind
    decides = RAISED
    if statement.handlers:
        decides = builder.point(None, joins=False)
        builder.graph.catching[decides] = []
        builder.unwind = decides
    block(builder, statement.body)
    builder.unwind = around
    block(builder, statement.other)
    out = builder.ends
    for handler in statement.handlers:
        number = builder.point(handler, joins=False)
        builder.graph.catching[decides].append((handler, number))
        builder.ends = [(number, None)]
        target = handler.target
        builder.caught.append(target.id if isinstance(target, nodes.Name) else "")
        block(builder, handler.body)
        builder.caught.pop()
        out += builder.ends
    return out


def _with(builder: Builder, statement: nodes.With) -> None:
    outer = builder.unwind
    for item in statement.items:
        expression(builder, item.value)
        builder.point(item)
    decides = builder.point(statement, joins=False)
    builder.graph.catching[decides] = []
    frame = Frame(breakable=False, unwind=outer)
    frame.leave = lambda: _left(builder, statement)
    builder.unwind = decides
    builder.push(frame)
    block(builder, statement.body)
    builder.pop(frame)
    builder.unwind = outer
    builder.point(statement)
    after = builder.point(None)
    builder.graph.catching[decides].append((statement, after))


def _left(builder: Builder, statement: nodes.With) -> None:
    builder.point(statement)


def _never_returns(function: nodes.Expression) -> bool:
    match function:
        case nodes.Member(object=nodes.Name(id="process" | "sys"), name="exit"):
            return True
        case _:
            return False
