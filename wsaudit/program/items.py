"""Items: what a container or an iterator gives, one after the other or under a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import stores
from wsaudit.program.members import join, member_of
from wsaudit.program.tree import last_name, own_of
from wsaudit.program.typings import typed
from wsaudit.program.values import (
    CONTAINERS,
    ITEM,
    SAME,
    Const,
    External,
    Func,
    Instance,
    Rec,
    Seq,
    Unknown,
    Value,
    Values,
    below,
    made,
    merge,
)
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.names import Step
    from wsaudit.program.program import Program

_EACH = {"values", "items", "entries", "keys"}
_COPIES = {
    "builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted",
    "builtins.reversed", "builtins.frozenset", "global#Array.from", "builtins.iter",
    "global#Object.values", "builtins.next", "copy.copy", "builtins.filter",
    "global#Set", "global#Map", "global#Object.entries", "builtins.enumerate",
}  # fmt: skip


def elements(program: Program, node: nodes.Expression) -> Values:
    """What iterating over (or indexing) an expression may give."""
    return program.remember("elements", node, lambda: _elements(program, node))


def _elements(program: Program, node: nodes.Expression) -> Values:  # noqa: C901, PLR0912
    found: list[Values] = []
    match node:
        case nodes.Comprehension(element=element):
            return program.values(element)
        case nodes.Call() if (copied := _copied(program, node)) is not None:
            return copied
        case nodes.Await(value=inner) if not _iterates_itself(program, inner):
            return _elements(program, inner)
        case nodes.Cast(value=inner):
            return _elements(program, inner)
        case nodes.Index(index=nodes.Opaque(what="Slice"), object=sliced):
            return elements(program, sliced)
        case _:
            pass
    for value in program.values(node):
        match value:
            case Seq(node=sequence):
                for item in sequence.items:
                    if isinstance(item, nodes.Spread):
                        found.append(elements(program, item.value))
                    else:
                        found.append(program.values(item))
            case Rec(node=record):
                found.extend(
                    program.values(entry.value)
                    for entry in record.entries
                    if entry.kind == "pair"
                )
            case Instance(site=nodes.Index() as annotation, of=of) if of in CONTAINERS:
                found.append(_element_type(program, annotation))
            case Instance(site=nodes.Call() as call, of=of) if of in CONTAINERS:
                if call.type_arguments:
                    found.append(typed(program, call.type_arguments[-1]))
                if call.arguments and of != "collections.defaultdict":
                    found.append(elements(program, call.arguments[0].value))
            case Instance(site=nodes.Comprehension() as listed):
                found.append(program.values(listed.element))
            case Instance(of=of, site=site, receiver=receiver) if (
                of in program.iterates_itself and not _opened(program, node, 0)
            ):
                found.append((Instance(of, site, receiver),))
            case Instance(of=of, site=site) if of not in CONTAINERS:
                found.append(made(f"{of}[]", site, value))
            case External(name=name, receiver=Instance() as receiver) if (
                given := program.makes(f"{program.canonical(name)}[]")
            ):
                found.append((Instance(given, node, receiver),))
            case Func(function=function) if function.is_generator:
                found.append(yielded(program, function))
            case Unknown():
                found.append((value,))
            case _:
                continue
    cell = program.cell(node)
    if cell is not None:
        found.append(program.element_writes(cell))
    return merge(*found) if found else (Unknown("elements"),)


def _iterates_itself(program: Program, node: nodes.Expression) -> bool:
    return any(
        isinstance(value, Instance) and value.of in program.iterates_itself
        for value in program.values(node)
    )


def _opened(program: Program, node: nodes.Expression, depth: int) -> bool:
    """True for what ``await connect(…)`` or a ``with`` gave, not for ``connect(…)``.

    Iterating the former gives messages, iterating the latter connections.
    """
    match node:
        case nodes.Call():
            return False
        case nodes.Cast(value=inner):
            return _opened(program, inner, depth)
        case nodes.Name():
            binding = program.binding(node)
            return binding is None or any(
                write.kind != "assign"
                or write.value is None
                or (depth < 4 and _opened(program, write.value, depth + 1))
                for write in binding.writes
            )
        case _:
            return True


def _copied(program: Program, call: nodes.Call) -> Values | None:
    """Elements of ``list(x)``, ``x.values()``, ``Array.from(x)`` are those of x."""
    if isinstance(call.function, nodes.Member):
        name = call.function.name
        if name in SAME | _EACH and not call.new:
            return elements(program, call.function.object)
        if name in {"map", "flatMap"} and call.arguments:
            return program.callback_results(call.arguments[0].value)
        if name in ITEM:
            inner = elements(program, call.function.object)
            cell = program.cell(call)
            put = program.element_writes(cell) if cell is not None else ()
            return merge(*(_value_elements(program, value) for value in inner), put)
    if not call.arguments or last_name(call.function) == "":
        return None
    callees = program.values(call.function)
    if any(isinstance(v, External) and v.name in _COPIES for v in callees):
        return elements(program, call.arguments[0].value)
    if any(
        isinstance(v, External) and v.name in {"builtins.zip", "itertools.chain"}
        for v in callees
    ):
        return merge(*(elements(program, a.value) for a in call.arguments))
    return None


def _value_elements(program: Program, value: Value) -> Values:
    """Elements of a value that is itself a container: ``dict[str, set[WebSocket]]``."""
    match value:
        case Instance(site=nodes.Index() as annotation, of=of) if of in CONTAINERS:
            return _element_type(program, annotation)
        case Seq(node=sequence):
            return merge(*(program.values(item) for item in sequence.items))
        case Instance(site=nodes.Call() as call, of=of) if (
            of in CONTAINERS and call.arguments
        ):
            return elements(program, call.arguments[0].value)
        case _:
            return ()


def _element_type(program: Program, annotation: nodes.Index) -> Values:
    index = annotation.index
    last = index
    if isinstance(index, nodes.Sequence) and index.items:
        items = [i for i in index.items if not _is_ellipsis(i)]
        last = items[-1] if items else index
    return typed(program, last)


def _is_ellipsis(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Literal) and node.kind == "ellipsis"


def gives_pairs(program: Program, node: nodes.Expression) -> bool:
    """True when iterating gives (key, value) pairs; `elements` has the values."""
    if isinstance(node, nodes.Call):
        if last_name(node.function) in {"list", "tuple", "from", "sorted", "copy"}:
            inner = [argument.value for argument in node.arguments[:1]]
            if isinstance(node.function, nodes.Member) and not inner:
                inner = [node.function.object]
            return any(gives_pairs(program, each) for each in inner)
        return last_name(node.function) in {"items", "entries", "enumerate"}
    if program.module_of(node).language == "python":
        return False
    return any(
        isinstance(value, Instance) and value.of in {"global#Map", "global#ReadonlyMap"}
        for value in program.values(node)
    )


def item_at(program: Program, node: nodes.Index) -> Values:
    """What lies under the key of a subscript."""
    keys = program.values(node.index)
    found: list[Values] = []
    for owner in program.values(node.object):
        for key in keys:
            match owner, key:
                case (Rec(), Const(value=str() as name)):
                    found.append(member_of(program, owner, name))
                case (Seq(node=sequence), Const(value=int() as at)) if (
                    -len(sequence.items) <= at < len(sequence.items)
                ):
                    found.append(program.values(sequence.items[at]))
                case (Instance(of=of), Const(value=str() as name)) if (
                    of not in CONTAINERS
                ):
                    found.append(below(f"{of}.{name}", owner))
                case (
                    External(name=outer, receiver=receiver),
                    Const(value=str() as name),
                ):
                    found.append(below(join(outer, name), receiver))
                case (External(name=name, receiver=receiver), _):
                    found.append(made(f"{name}[]", node, receiver))
                case _:
                    continue
    return merge(*found) or elements(program, node.object)


def project(program: Program, values: Values, path: tuple[Step, ...]) -> Values:
    """What is found at some steps into a value."""
    for step in path:
        values = merge(*(_step(program, value, step) for value in values))
    return values


def _step(program: Program, value: Value, step: Step) -> Values:
    if step == "...":
        return (value,)
    if step == "?":
        return (Unknown("computed key"),)
    if isinstance(step, str):
        return member_of(program, value, step)
    match value:
        case Seq(node=sequence) if step < len(sequence.items):
            item = sequence.items[step]
            return program.values(item)
        case Instance(of=of) if of in stores.STATE_HOOKS:
            return stores.state_part(program, value, step)
        case Instance(of=of, site=nodes.Index() as annotation) if of in {
            "typing.Tuple", "builtins.tuple",
        }:  # fmt: skip
            index = annotation.index
            if isinstance(index, nodes.Sequence) and step < len(index.items):
                return typed(program, index.items[step])
            return typed(program, index)
        case Instance(of=of, site=site) if of in CONTAINERS:
            return _value_elements(program, value) or (Unknown("element"),)
        case Instance(of=of, site=site):
            return made(f"{of}[{step}]", site, value)
        case Unknown():
            return (value,)
        case _:
            # Pairs of ``items()`` and ``entries()``: elements() gives the values.
            return (value,) if step == 1 else (Unknown("key"),)


def yielded(program: Program, function: nodes.Function) -> Values:
    """What a generator function yields."""
    found: list[Values] = []
    for node in own_of(function):
        if isinstance(node, nodes.Yield) and node.value is not None:
            if node.delegates:
                found.append(elements(program, node.value))
            else:
                found.append(program.values(node.value))
    return merge(*found) if found else (Unknown("yields"),)
