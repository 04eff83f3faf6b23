"""The walk back from an expression to everything that it may begin as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.origins.calls import of_call
from wsaudit.analysis.origins.fields import of_items, of_member, of_record, put_in
from wsaudit.analysis.origins.names import of_binding
from wsaudit.analysis.origins.steps import ELEMENT, Origin, Path, key_step
from wsaudit.limits import FAR, MANY, TOO_FAR
from wsaudit.program import values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program import Program
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

Through = Callable[[nodes.Call], nodes.Expression | None]


def origins(
    program: Program,
    node: nodes.Expression,
    path: Path = (),
    *,
    calls: tuple[nodes.Call, ...] = (),
    through: Through = lambda _call: None,
) -> tuple[Origin, ...]:
    """Everything that the part at ``path`` of an expression may begin as, in order.

    ``through`` gives the argument of a call that is to be seen through: of an encoder
    what it encodes. ``calls`` are those of an origin that is asked for more.
    """
    found: dict[Origin, None] = {}
    seen: set[tuple[object, ...]] = set()
    stack = [Origin(node, path, calls=calls)]
    while stack:
        at = stack.pop()
        if (at.node, at.path, at.lost, at.calls) in seen:
            continue
        if not at.lost and (len(at.via) > FAR or len(seen) > MANY):
            at = replace(at, lost=TOO_FAR)
        seen.add((at.node, at.path, at.lost, at.calls))
        back = [] if at.lost else list(_back(program, at, through))
        if back:
            stack.extend(reversed(back))
        elif at.lost or not _is_empty(program, at):
            found[at] = None
    return tuple(found)


def _back(program: Program, at: Origin, through: Through) -> Iterator[Origin]:
    """One step back from an expression; nothing where its value begins."""
    match at.node:
        case nodes.Name() | nodes.Member() | nodes.Index() as held:
            yield from _held(program, at, held)
        case nodes.Call() as call:
            seen = through(call)
            if seen is not None:
                yield at.back(seen)
            else:
                yield from of_call(program, at, call)
        case nodes.Cast(value=inner) | nodes.Await(value=inner):
            yield at.back(inner)
        case nodes.Assign(value=inner, op="=" | "??=" | "||="):
            yield at.back(inner)
        case nodes.Conditional(then=then, other=other):
            yield from (at.back(then), at.back(other))
        case nodes.Logical(operands=operands):
            yield from map(at.back, operands)
        case _ if at.path:
            yield from _part(program, at)
        case _:
            return


def _is_empty(program: Program, at: Origin) -> bool:
    """Whether an item is asked of nothing, or of a container made without any."""
    if at.path[:1] != (ELEMENT,):
        return False
    match at.node:
        case nodes.Sequence(items=()) | nodes.Record(entries=()):
            return True
        case nodes.Literal(kind="null"):
            return True
        case nodes.Call(arguments=arguments):
            return all(
                isinstance(value, values.Instance) and value.of in values.CONTAINERS
                for value in program.values(at.node)
            ) and not any(
                isinstance(value, values.Seq | values.Rec | values.Instance)
                for argument in arguments
                for value in program.values(argument.value)
            )
        case _:
            return False


def _held(
    program: Program, at: Origin, node: nodes.Name | nodes.Member | nodes.Index
) -> Iterator[Origin]:
    """What a variable, a field or a slot of a container is given."""
    match node:
        case nodes.Name():
            binding = program.binding(node)
            if binding is not None:
                yield from of_binding(program, at, binding, node)
        case nodes.Member(object=inner, name=name):
            yield from of_member(program, at, inner, name)
        case nodes.Index(object=inner, index=index):
            yield at.back(inner, (key_step(program, index), *at.path))
    if at.path[:1] == (ELEMENT,):
        yield from put_in(program, at, node)


def _part(program: Program, at: Origin) -> Iterator[Origin]:
    """What a record or a list that is written out has at a path."""
    match at.node:
        case nodes.Record(entries=entries):
            yield from of_record(program, at, entries)
        case nodes.Sequence(items=items):
            yield from of_items(at, items)
        case nodes.Comprehension(element=element, kind=kind) if kind != "dict":
            if at.path[0] == ELEMENT:
                yield at.back(element, at.path[1:])
        case _:
            return


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """Where the value of a name or member begins."""
    if isinstance(node, nodes.Name | nodes.Member):
        for origin in origins(scene.program, node):
            lost = f", perhaps further back: {origin.lost}" if origin.lost else ""
            yield "begins at ", scene.place(origin.node), lost
