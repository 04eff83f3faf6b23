"""Destinations: what becomes of a value where it is made.

`goes` tells for an expression whether it is dropped, awaited, kept (in which cell),
returned, passed to a call, thrown, tested or used further, through casts, choices and
the local variables that it is given. `uses` are the reads of a variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.program import tree, values
from wsaudit.program.tree import walk
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program import Program
    from wsaudit.program.cells import Cell
    from wsaudit.program.names import Binding
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

Way = Only[
    "dropped", "awaited", "kept", "returned", "passed", "called", "opened", "tested",
    "thrown", "walked", "used",
]  # fmt: skip
_SAME = nodes.Cast | nodes.Logical | nodes.Conditional | nodes.Spread
_MADE_INTO = nodes.Record | nodes.Sequence | nodes.Entry | nodes.Template


@dataclass(frozen=True, slots=True)
class Destination:
    """One thing that becomes of a value.

    ``at`` is the statement, call or target that takes it; ``cell`` where it is
    kept (None where that cannot be told), ``whole`` false when it is only a part of
    what goes there.
    """

    way: Way
    at: Node
    cell: Cell | None = None
    whole: bool = True


def goes(program: Program, node: nodes.Expression) -> tuple[Destination, ...]:
    """What becomes of the value of an expression; nothing where it is never read."""
    found: dict[Destination, None] = {}
    for each in _goes(program, node, frozenset()):
        found[each] = None
    return tuple(found)


def uses(program: Program, name: nodes.Name) -> tuple[nodes.Name, ...]:
    """Where the variable that a name writes is read, in the functions that see it."""
    binding = program.binding(name)
    if binding is None:
        return ()
    home = binding.scope.function_scope().node
    return tuple(
        node
        for node in walk(home)
        if isinstance(node, nodes.Name)
        and node.id == name.id
        and program.binding(node) is binding
        and not _writes(program, node)
    )


def _writes(program: Program, name: nodes.Name) -> bool:
    match program.parents.get(name):
        case nodes.Bind(target=target) | nodes.Assign(target=target):
            return target is name
        case nodes.WithItem(target=target) | nodes.Loop(target=target):
            return target is name
        case _:
            return False


def _goes(
    program: Program, node: nodes.Expression, seen: frozenset[Binding]
) -> Iterator[Destination]:
    at: Node = node
    whole = True
    for around in tree.ancestors(node, program.parents):
        match around:
            case nodes.Logical(operands=operands) if operands[-1] is not at:
                yield Destination("tested", around, None, whole)
            case nodes.Conditional(test=test) if test is at:
                yield Destination("tested", around, None, whole)
                return
            case _ if isinstance(around, _SAME):
                pass
            case _ if isinstance(around, _MADE_INTO) or _is_element(around, at):
                whole = False
            case nodes.Await():
                yield Destination("awaited", around, None, whole)
            case nodes.Bind() | nodes.Assign() | nodes.WithItem():
                yield from _kept(program, at, around, seen, whole=whole)
                return
            case _:
                yield from _ends(program, at, around, whole=whole)
                yield from _put_in(program, around, seen)
                return
        at = around


def _ends(
    program: Program, at: Node, around: Node, *, whole: bool
) -> Iterator[Destination]:
    """What takes a value for good."""
    way: Way = "used"
    match around:
        case nodes.Expr():
            way = "dropped"
        case nodes.Return():
            way = "dropped" if _to_nobody(program, around) else "returned"
        case nodes.Raise():
            way = "thrown"
        case nodes.Argument():
            call = program.parents[around]
            assert isinstance(call, nodes.Node)  # noqa: S101 - an argument's is a call
            way, around = "passed", call
        case nodes.Call(function=function):
            way = "called" if function is at else "used"
        case nodes.Member() | nodes.Index():
            way = "opened"
        case nodes.Loop(source=source) if source is at:
            way = "walked"
        case nodes.If() | nodes.Not() | nodes.Binary() | nodes.Loop() | nodes.Switch():
            way = "tested"
        case _:
            pass
    yield Destination(way, around, None, whole)


def _to_nobody(program: Program, statement: nodes.Return) -> bool:
    """``ws.onclose = () => setTimeout(connect)`` returns what nobody takes."""
    function = program.parents.get(statement)
    return (
        isinstance(function, nodes.Function)
        and function.concise
        and isinstance(program.parents.get(function), nodes.Bind | nodes.Assign)
        and not program.callers(function)
    )


def _kept(
    program: Program,
    at: Node,
    around: nodes.Bind | nodes.Assign | nodes.WithItem,
    seen: frozenset[Binding],
    *,
    whole: bool,
) -> Iterator[Destination]:
    """A variable, field or slot that a value is written to, and where that goes."""
    target = around.target
    if target is None or target is at:
        return
    if not isinstance(target, nodes.Name):
        yield Destination("kept", target, program.cell(target), whole)
        return
    binding = program.binding(target)
    if binding is None or not binding.is_local:
        yield Destination("kept", target, program.cell(target), whole)
        return
    if binding not in seen:
        for name in uses(program, target):
            for each in _goes(program, name, seen | {binding}):
                yield each if whole else _part(each)


def _put_in(
    program: Program, argument: Node, seen: frozenset[Binding]
) -> Iterator[Destination]:
    """What becomes of a list of its function that something is added to."""
    call = program.parents.get(argument)
    match call:
        case nodes.Call(
            function=nodes.Member(object=nodes.Name() as holder, name=name)
        ):
            binding = program.binding(holder)
            if name not in values.ADDERS or binding is None or binding in seen:
                return
            for use in uses(program, holder) if binding.is_local else ():
                for each in _goes(program, use, seen | {binding}):
                    if each.way != "opened":
                        yield _part(each)
        case _:
            return


def _is_element(around: Node, at: Node) -> bool:
    return isinstance(around, nodes.Comprehension) and around.element is at


def _part(destination: Destination) -> Destination:
    return Destination(destination.way, destination.at, destination.cell, whole=False)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What becomes of the result of a call."""
    if isinstance(node, nodes.Call):
        for one in goes(scene.program, node):
            yield f"its result is {one.way} at ", scene.place(one.at)
