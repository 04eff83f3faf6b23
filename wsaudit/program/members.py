"""Members: what a name gives of a value: of a record, an instance, a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import options, stores
from wsaudit.program.tree import key_of
from wsaudit.program.typings import typed
from wsaudit.program.values import (
    ClassRef,
    Const,
    External,
    Func,
    Instance,
    ModuleRef,
    Object,
    Rec,
    Seq,
    Unknown,
    Value,
    Values,
    below,
    known,
    merge,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program


def read(program: Program, node: nodes.Member) -> Values:
    """What ``owner.name`` may be: of all that its owner may be, and is given."""
    owners = program.values(node.object)
    found = merge(*(member_of(program, owner, node.name, node) for owner in owners))
    return (_put_in(program, node) if any(map(_keyless, found)) else ()) or found


def _keyless(value: Value) -> bool:
    """Whether a member is of a record that has no such key as it is made."""
    match value:
        case Unknown(reason="no such key"):
            return True
        case External(receiver=Instance(of="global#Record")):
            return True
        case _:
            return False


def _put_in(program: Program, node: nodes.Member) -> Values:
    """What is put into a record under a key that it is not made with."""
    cell = program.cell(node.object)
    return () if cell is None else program.under_key(cell, node.name)


def _assigned(program: Program, node: nodes.Member, found: Values) -> Values:
    """What is assigned to a member of a record that is made with nothing there."""
    if any(not isinstance(value, Unknown | Const) for value in found):
        return ()
    records = [v for v in program.values(node.object) if isinstance(v, Rec)]
    if not records:
        return ()
    return merge(
        *(
            program.values(value)
            for target, value in program.attribute_writes(node.name)
            if any(owner in records for owner in program.values(target.object))
        )
    )


def under_key(
    program: Program, index: nodes.Expression, value: nodes.Expression, key: str
) -> Values:
    """What ``x[index] = value`` puts there under one key.

    Where both are what a function is given, each caller's value goes with its own key.
    """
    found = program.values(index)
    if known(found) and Const(key) not in found:
        return ()
    function = program.function_of(index)
    own = function.parameters if function is not None else ()
    keys, given = (_parameter(program, each, own) for each in (index, value))
    if function is None or keys is None or given is None:
        return program.values(value)
    passed: list[Values] = []
    for site in program.callers(function):
        name, at = (program.argument_for(site, function, p) for p in (keys, given))
        if not isinstance(name, nodes.Node) or not isinstance(at, nodes.Node):
            continue
        names = program.values(name)
        if not known(names) or Const(key) in names:
            passed.append(program.values(at))
    return merge(*passed)


def _parameter(
    program: Program, node: nodes.Expression, own: tuple[nodes.Parameter, ...]
) -> nodes.Parameter | None:
    binding = program.binding(node) if isinstance(node, nodes.Name) else None
    source = binding.writes[0].source if binding and binding.constant else None
    return source if isinstance(source, nodes.Parameter) and source in own else None


def member_of(  # noqa: C901, PLR0912
    program: Program, owner: Value, name: str, node: nodes.Member | None = None
) -> Values:
    """What ``owner.name`` may be; ``node`` is the access, when there is one."""
    match owner:
        case Unknown():
            return (Unknown("member of unknown"),)
        case ModuleRef(path=path):
            return program.exports.exported(path, name)
        case External(name=outer, receiver=receiver):
            kept = program.classes.shared(outer, name)
            return kept or below(join(outer, name), receiver)
        case Instance(of=of):
            return _instance_member(program, owner, name, node)
        case Const() if name == "value":
            return (owner,)
        case Const(value=None):
            return ()
        case Const(value=value):
            of = "builtins.str" if isinstance(value, str) else "builtins.object"
            return (External(f"{of}.{name}"),)
        case Rec(node=record):
            return record_entry(program, record, name, shape=owner.shape)
        case Object(node=cls):
            return program.classes.member(cls, name, bound=True)
        case ClassRef(node=cls):
            return program.classes.member(cls, name, bound=False)
        case Func():
            if name in {"bind", "delay", "call", "apply"}:
                return (External(f"global#Function.{name}"),)
            return (Unknown("member of a function"),)
        case Seq():
            return (External(f"builtins.list.{name}"),)


def join(outer: str, name: str) -> str:
    """The canonical name of something below a library's name."""
    if outer.endswith(("#default", "#*")):
        return f"{outer.rpartition('#')[0]}#{name}"
    if outer in {"global#window", "global#globalThis", "global#self", "global#global"}:
        return f"global#{name}"
    return f"{outer}.{name}"


def _instance_member(
    program: Program, owner: Instance, name: str, node: nodes.Member | None
) -> Values:
    if node is not None and name in program.library.spoken("boxes"):
        held = stores.ref_values(program, owner)
        if held is not None:
            return held
    stored = stores.member(program, owner, name) or options.member(program, owner, name)
    if stored is not None:
        return stored
    if program.makes(f"{owner.of}.{name}") == "whole":
        return (owner,)
    written = program.classes.expando(owner, name)
    return merge(written, below(f"{owner.of}.{name}", owner))


def record_entry(
    program: Program, record: nodes.Record, name: str, *, shape: bool = False
) -> Values:
    """What a key of a record holds; unknown when a spread may hold it."""
    return program.remember(
        f"{'type' if shape else 'entry'} {name}",
        record,
        lambda: _record_entry(program, record, name, shape=shape),
    )


def _record_entry(
    program: Program, record: nodes.Record, name: str, *, shape: bool
) -> Values:
    found: Values = ()
    open_ended = False
    for entry in record.entries:
        if entry.kind == "spread":
            for value in program.values(entry.value):
                found = merge(found, member_of(program, value, name))
        elif key_of(entry) == name:
            found = (
                typed(program, entry.value) if shape else program.values(entry.value)
            )
        elif key_of(entry) is None:
            open_ended = True
    if not found:
        return (Unknown("computed keys" if open_ended else "no such key"),)
    return found
