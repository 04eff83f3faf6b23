"""Typings: what a type says that a value may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import stores
from wsaudit.program.tree import last_name
from wsaudit.program.values import (
    ClassRef,
    Const,
    External,
    Instance,
    Object,
    Rec,
    Seq,
    Unknown,
    Value,
    Values,
    known,
    merge,
)
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program.program import Program

_UNWRAPPED = {
    "typing.Annotated", "typing.Optional", "typing.ClassVar", "typing.Final",
    "typing.Required", "typing.NotRequired", "typing_extensions.Annotated",
    "global#Readonly", "global#Partial", "global#Required", "global#NonNullable",
    "global#Promise", "global#Awaited", "typing.Awaitable", "typing.Coroutine",
    "collections.abc.Awaitable", "builtins.type", "global#PromiseLike",
}  # fmt: skip
_LITERAL = {"typing.Literal", "typing_extensions.Literal"}
_ENUM_BASES = {"Enum", "StrEnum", "IntEnum", "Flag"}


def typed(program: Program, annotation: nodes.Expression) -> Values:
    """What a value of an annotated type may be."""
    return program.remember("typed", annotation, lambda: _typed(program, annotation))


def _typed(program: Program, node: nodes.Expression) -> Values:
    match node:
        case nodes.Literal(kind="null" | "undefined"):
            return (Const(None),)
        case nodes.Literal(kind="string", value=str() as text) if (
            program.module_of(node).language == "python"
        ):
            return _forward(program, node, text)
        case nodes.Literal(value=value):
            return (Const(value),)
        case nodes.Binary(op="|" | "&", left=left, right=right):
            return merge(typed(program, left), typed(program, right))
        case nodes.Record():
            return (Rec(node, shape=True),)
        case nodes.Index(object=outer, index=index):
            return _generic(program, node, outer, index)
        case nodes.Name(id="any" | "unknown" | "object" | "Any" | "never" | "void"):
            return (Unknown("any"),)
        case nodes.Name() | nodes.Member():
            return _named_type(program, node)
        case nodes.Function():
            return (Unknown("a function type"),)
        case nodes.Call(function=function, arguments=arguments) if (
            last_name(function) == "NewType" and len(arguments) == 2
        ):
            return typed(program, arguments[1].value)
        case _:
            return (Unknown("a type"),)


def _forward(program: Program, node: Node, text: str) -> Values:
    binding = program.binding_named(text.strip(), node)
    if binding is None:
        return (Unknown("a forward reference"),)
    return merge(*(_as_instance(program, v, node) for v in program.bound(binding)))


def _named_type(program: Program, node: nodes.Name | nodes.Member) -> Values:
    definition = program.exports.type_definition(node)
    if definition is not None:
        if definition.kind == "enum" and isinstance(definition.shape, nodes.Record):
            return merge(*(program.values(e.value) for e in definition.shape.entries))
        own = typed(program, definition.shape)
        return merge(own, *(typed(program, base) for base in definition.bases))
    found: Values = ()
    for value in program.values(node):
        if isinstance(value, ClassRef) and is_enum(program, value.node):
            found = merge(found, enum_members(program, value.node))
        elif isinstance(value, Instance | Rec | Seq):
            # A Python type alias: ``Rooms = dict[str, WebSocket]``.
            continue
        else:
            found = merge(found, _as_instance(program, value, node))
    if found:
        return found
    alias = program.exports.alias_value(node)
    return typed(program, alias) if alias is not None else (Unknown("a type"),)


def _as_instance(program: Program, value: Value, site: Node) -> Values:
    match value:
        case ClassRef(node=cls):
            return (Object(cls),)
        case External(name=name):
            return (Instance(program.canonical(name), site),)
        case Unknown() | Object() | Instance():
            return (value,)
        case _:
            return (Unknown("a type"),)


def _generic(
    program: Program,
    node: nodes.Index,
    outer: nodes.Expression,
    index: nodes.Expression,
) -> Values:
    first = index
    if isinstance(index, nodes.Sequence) and index.items:
        first = index.items[0]
    found: Values = ()
    for value in program.values(outer):
        match value:
            case External(name=name) if name in _LITERAL:
                items = index.items if isinstance(index, nodes.Sequence) else (index,)
                found = merge(
                    found,
                    *(
                        (Const(item.value),)
                        if isinstance(item, nodes.Literal)
                        else program.values(item)
                        for item in items
                    ),
                )
            case External(name="typing.Union"):
                items = index.items if isinstance(index, nodes.Sequence) else (index,)
                found = merge(found, *(typed(program, item) for item in items))
            case External(name=name) if name in _UNWRAPPED:
                found = merge(found, _annotated(program, name, index, first))
            case External(name=name) if stores.is_ref_type(program, name):
                found = merge(found, (Instance(stores.REF, node),))
            case External(name=name):
                found = merge(found, (Instance(program.canonical(name), node),))
            case ClassRef(node=cls):
                found = merge(found, (Object(cls),))
            case _:
                continue
    if found:
        return found
    definition = program.exports.type_definition(outer)
    return typed(program, definition.shape) if definition else (Unknown("a generic"),)


def _annotated(
    program: Program, name: str, index: nodes.Expression, first: nodes.Expression
) -> Values:
    if name.endswith("Annotated") and isinstance(index, nodes.Sequence):
        for extra in index.items[1:]:
            injected = stores.injected(program, extra)
            if injected and known(injected):
                return injected
    if name == "typing.Coroutine" and isinstance(index, nodes.Sequence):
        return typed(program, index.items[-1])
    return typed(program, first)


def type_value(node: nodes.TypeDef) -> Values:
    """What the name of a type stands for: an enum for its members."""
    if node.kind == "enum" and isinstance(node.shape, nodes.Record):
        return (Rec(node.shape),)
    return (Unknown("a type"),)


def is_enum(program: Program, cls: nodes.ClassDef) -> bool:
    """True for a class whose bases end in one of Python's enums."""
    return any(last_name(base) in _ENUM_BASES for base in cls.bases)


def enum_members(program: Program, cls: nodes.ClassDef) -> Values:
    """The values of the members of an enum class."""
    found: Values = ()
    for member in cls.members:
        if isinstance(member, nodes.Bind) and member.value is not None:
            found = merge(found, program.values(member.value))
    return found or (Unknown("an enum"),)
