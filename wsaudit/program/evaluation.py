"""Evaluation: what an expression may be, and what a name is bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import folding, options, promises
from wsaudit.program.calling import call_result, entered
from wsaudit.program.items import elements, gives_pairs, item_at, project
from wsaudit.program.members import read
from wsaudit.program.parameters import parameter_values
from wsaudit.program.reaching import reaching
from wsaudit.program.tree import ancestors
from wsaudit.program.typings import type_value, typed
from wsaudit.program.values import (
    ClassRef,
    Const,
    External,
    Func,
    Instance,
    Object,
    Rec,
    Seq,
    Unknown,
    Values,
    known,
    merge,
    told,
)
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program.names import Binding, Write
    from wsaudit.program.program import Program


def evaluate(program: Program, node: nodes.Expression) -> Values:  # noqa: C901, PLR0912
    """What an expression may be (without memory; ask `Program.values`)."""
    seeded = program.seeds.get(node)
    if seeded is not None:
        return seeded
    match node:
        case nodes.Literal(kind="null" | "undefined"):
            return (Const(None),)
        case nodes.Literal(kind="string" | "number" | "boolean", value=value):
            return (Const(value),)
        case nodes.Name():
            return _name(program, node)
        case nodes.Member():
            return read(program, node)
        case nodes.Index(index=nodes.Opaque(what="Slice"), object=sliced):
            return program.values(sliced)
        case nodes.Index():
            return item_at(program, node)
        case nodes.Call():
            return call_result(program, node)
        case nodes.Yield(value=nodes.Call() as value) if (
            program.module_of(node).language == "typescript"
        ):
            return program.values(value)
        case nodes.Await(value=value):
            return promises.settled(program, program.values(value))
        case nodes.Cast(value=value, annotation=annotation):
            found = program.values(value)
            if annotation is None or known(found):
                return found
            return merge(typed(program, annotation), found)
        case nodes.Function():
            return (Func(node),)
        case nodes.Record():
            return (Rec(node),)
        case nodes.Sequence():
            return (Seq(node),)
        case nodes.Conditional(then=then, other=other):
            return merge(program.values(then), program.values(other))
        case nodes.Logical(operands=operands):
            return merge(*(program.values(operand) for operand in operands))
        case nodes.Assign(value=value, op="=" | "??=" | "||="):
            return program.values(value)
        case nodes.Template() | nodes.Binary() | nodes.Unary():
            constant = folding.fold(program, node)
            return (constant,) if constant else (Unknown("computed"),)
        case nodes.Comprehension(kind="dict"):
            return (Instance("builtins.dict", node),)
        case nodes.Comprehension():
            return (Instance("builtins.list", node),)
        case nodes.Not():
            return (Unknown("a test"),)
        case _:
            return (Unknown(type(node).__name__.lower()),)


def _name(program: Program, node: nodes.Name) -> Values:
    binding = program.binding(node)
    if binding is None:
        return _unbound(program, node)
    found = [
        written_values(program, binding, write)
        for write in reaching(binding, node, program.parents)
    ]
    return merge(*found) if found else (Unknown("never assigned"),)


def _unbound(program: Program, node: nodes.Name) -> Values:
    if node.id in {"this", "super"}:
        owner = program.class_around(node)
        return (Object(owner),) if owner else _record_around(program, node)
    if node.id == "undefined":
        return (Const(None),)
    if program.module_of(node).language == "python":
        return (External(f"builtins.{node.id}"),)
    return (External(f"global#{node.id}"),)


def _record_around(program: Program, node: Node) -> Values:
    """The object literal whose method a ``this`` stands in."""
    for around in ancestors(node, program.parents):
        if isinstance(around, nodes.Function) and around.kind != "arrow":
            entry = program.parents.get(around)
            record = program.parents.get(entry) if isinstance(entry, Node) else None
            if isinstance(entry, nodes.Entry) and isinstance(record, nodes.Record):
                whole = options.around(program, record)
                return options.made(whole) if whole is not None else (Rec(record),)
            break
    return (Unknown("this"),)


def binding_values(program: Program, binding: Binding) -> Values:
    """Everything that may be bound to a name."""
    found = [written_values(program, binding, write) for write in binding.writes]
    return merge(*found) if found else (Unknown("never assigned"),)


def written_values(program: Program, binding: Binding, write: Write) -> Values:
    """What one write gives its binding, found once for all that read it."""
    return program.remember(
        "write", write, lambda: _write_values(program, binding, write)
    )


def _write_values(  # noqa: C901, PLR0912 - one case a kind of write
    program: Program, binding: Binding, write: Write
) -> Values:
    """What one write gives its binding."""
    match write.kind, write.source:
        case "import", nodes.Import() as statement:
            return program.exports.imported(statement, write.at)  # type: ignore[arg-type]
        case "function", nodes.Function() as function:
            return _decorated(program, write, Func(function))
        case "class", nodes.ClassDef() as node:
            return (ClassRef(node),)
        case "type", nodes.TypeDef() as node:
            return type_value(node)
        case "parameter", nodes.Parameter() as parameter:
            return parameter_values(program, parameter, write)
        case "each", _ if write.value is not None:
            path = write.path
            if path and gives_pairs(program, write.value):
                if path[0] != 1:
                    return (Unknown("key"),)
                path = path[1:]
            return project(program, elements(program, write.value), path)
        case "with", _ if write.value is not None:
            return project(program, entered(program, write.value), write.path)
        case "assign", _ if write.value is not None:
            found = project(program, program.values(write.value), write.path)
            if write.annotation is not None and not told(found):
                return merge(
                    project(program, typed(program, write.annotation), write.path),
                    found,
                )
            return found
        case "assign", _ if write.annotation is not None:
            return typed(program, write.annotation)
        case "assign", _:
            return ()
        case "augmented", _:
            return (Unknown("augmented assignment"),)
        case _:
            return (Unknown(write.kind),)


def _decorated(program: Program, write: Write, function: Func) -> Values:
    """A function as its decorators leave it: library decorators are transparent."""
    definition = write.at
    owner = program.class_around(definition)
    if (
        owner is not None
        and isinstance(definition, nodes.FunctionDef)
        and definition in owner.members
    ):
        return (Func(function.function, Object(owner)),)
    return (function,)
