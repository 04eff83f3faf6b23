"""Fields: what is kept in a field, under a key or in a container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.origins.names import of_binding, of_parameter
from wsaudit.analysis.origins.steps import ELEMENT, Origin, key_step
from wsaudit.program import stores, values
from wsaudit.program.tree import key_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program
    from wsaudit.program.names import Step


def of_member(
    program: Program, at: Origin, inner: nodes.Expression, name: str
) -> Iterator[Origin]:
    """What a member is given, or the member of what its object is."""
    found: list[Origin] = []
    for owner in program.values(inner):
        match owner:
            case values.ModuleRef(path=module):
                binding = program.exports.export_binding(module, name)
                if binding is not None:
                    found.extend(of_binding(program, at, binding))
            case values.Object(node=cls) | values.ClassRef(node=cls) if not (
                _is_made(program, inner)
            ):
                found.extend(of_field(program, at, cls, name))
            case values.Instance(of=stores.REF, site=nodes.Call() as hook):
                found.extend(at.back(each.value) for each in hook.arguments[:1])
                found.extend(_assigned(program, at, at.node, name))
            case _:
                continue
    if not found:
        found.append(at.back(inner, (name, *at.path)))
    yield from found


def _is_made(program: Program, node: nodes.Expression) -> bool:
    """Whether an object is what a call in sight makes: the call tells its fields."""
    inner = strip(node)
    binding = program.binding(inner) if isinstance(inner, nodes.Name) else None
    if binding is not None and binding.constant and not binding.writes[0].path:
        value = binding.writes[0].value
        inner = strip(value) if value is not None else inner
    return isinstance(inner, nodes.Call)


def of_field(
    program: Program, at: Origin, cls: nodes.ClassDef, name: str
) -> Iterator[Origin]:
    """What the class and the code around its objects give a field."""
    for each in program.classes.lineage(cls):
        for member in each.members:
            match member:
                case nodes.Bind(target=nodes.Name(id=own), value=nodes.Node() as value):
                    if own == name:
                        yield at.back(value)
                case nodes.FunctionDef(kind="constructor", function=function):
                    for parameter in function.parameters:
                        if not parameter.field:
                            continue
                        target = parameter.target
                        if isinstance(target, nodes.Name) and target.id == name:
                            yield from of_parameter(program, at, parameter, at.path)
                case _:
                    continue
    yield from _assigned(program, at, at.node, name, cls)


def _assigned(
    program: Program,
    at: Origin,
    member: nodes.Expression,
    name: str,
    cls: nodes.ClassDef | None = None,
) -> Iterator[Origin]:
    cell = program.field(cls, name) if cls is not None else program.cell(member)
    for target, value in program.attribute_writes(name):
        if cell is not None and program.cell(target) == cell:
            yield at.back(value)


def put_in(program: Program, at: Origin, node: nodes.Expression) -> Iterator[Origin]:
    """What is put into the container that an expression is."""
    cell = program.cell(node)
    if cell is None:
        return
    for value, spread in program.put_into(cell):
        yield at.back(value, at.path if spread else at.path[1:])


def of_record(
    program: Program, at: Origin, entries: tuple[nodes.Entry, ...]
) -> Iterator[Origin]:
    """What lies under a key; of several the last, and what is spread over it."""
    step, rest = at.path[0], at.path[1:]
    found: list[Origin] = []
    for entry in entries:
        if entry.kind == "spread":
            found.append(at.back(entry.value))
        elif step == ELEMENT:
            found.append(at.back(entry.value, rest))
        elif _key(program, entry) == step:
            found = [at.back(entry.value, rest)]
    yield from found


def _key(program: Program, entry: nodes.Entry) -> Step | None:
    plain = key_of(entry)
    if plain is not None or entry.key is None:
        return plain
    return key_step(program, entry.key)


def of_items(at: Origin, items: tuple[nodes.Expression, ...]) -> Iterator[Origin]:
    """The items of a list: one of them, or whichever it is."""
    step, rest = at.path[0], at.path[1:]
    if isinstance(step, int) and 0 <= step < len(items):
        yield at.back(items[step], rest)
    elif step == ELEMENT:
        for item in items:
            if isinstance(item, nodes.Spread):
                yield at.back(item.value)
            else:
                yield at.back(item, rest)
