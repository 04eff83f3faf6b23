"""Tables: dispatches that look a message's kind up in a map, a list or a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.destinations import goes, uses
from wsaudit.analysis.messages.cases import Case, DispatchSite
from wsaudit.analysis.messages.kinds import constants, subjects
from wsaudit.limits import STEPS
from wsaudit.program import items, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import key_of, own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell

Entry = tuple[Case, tuple[nodes.Function, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """An expression that looks for what a kind has in a table.

    ``cases`` are what it may find, with the functions that handle each kind;
    ``fallback`` is what it gives for a kind that it does not find, ``strict`` when it
    raises then.
    """

    node: nodes.Expression
    messages: tuple[Message, ...]
    cases: tuple[Case, ...]
    functions: Mapping[str, tuple[nodes.Function, ...]]
    complete: bool
    fallback: nodes.Expression | None = None
    strict: bool = False


def lookups_in(scene: Scene, function: nodes.Function) -> Iterator[DispatchSite]:
    """The dispatches that look a kind up among handlers in a function."""
    for node in own_of(function):
        found = (
            lookup(scene, node) if isinstance(node, nodes.Index | nodes.Call) else None
        )
        if found is not None:
            yield DispatchSite(
                tuple(dict.fromkeys(message.socket for message in found.messages)),
                found.messages,
                found.messages[0].path,
                "table",
                found.cases,
                found.node,
                function,
                found.complete and all(case.complete for case in found.cases),
            )


@asked
def lookup(scene: Scene, node: nodes.Index | nodes.Call) -> Lookup | None:
    """The lookup among handlers that an expression is, if it is one."""
    fallback: nodes.Expression | None = None
    strict = False
    match node:
        case nodes.Index(object=table, index=key):
            strict = scene.program.module_of(node).language == "python"
        case nodes.Call(
            function=nodes.Member(object=table, name=name), arguments=(first, *more)
        ) if scene.says("gives-item", name):
            key, fallback = first.value, more[0].value if more else None
        case nodes.Call(
            function=nodes.Name(id="getattr"), arguments=(first, second, *more)
        ):
            table, key = first.value, second.value
            fallback, strict = more[0].value if more else None, not more
        case _:
            return None
    messages = _keys(scene, key)
    if not messages or subjects(scene, table):
        return None
    cases, complete = _methods(scene, table, key) or _entries(scene, table)
    functions: dict[str, tuple[nodes.Function, ...]] = {}
    for case, handlers in cases:
        for text in case.values:
            functions[text] = (*functions.get(text, ()), *handlers)
    plain = tuple(case for case, _ in cases)
    if any(case.body or case.handles for case in plain) or _runs(scene, node):
        pass
    elif not _runs_elements(scene, table):
        return None
    return Lookup(node, messages, plain, functions, complete, fallback, strict)


def _keys(scene: Scene, key: nodes.Expression) -> tuple[Message, ...]:
    """The messages whose kind a key is, or is made of (``f"handle_{kind}"``)."""
    found = subjects(scene, key)
    if not found:
        match strip(key):
            case nodes.Template(parts=parts):
                found = tuple(m for part in parts for m in subjects(scene, part))
            case nodes.Binary(op="+", left=left, right=right):
                found = (*subjects(scene, left), *subjects(scene, right))
            case _:
                return ()
    return tuple(message for message in found if message.path)


def keys_of(scene: Scene, table: nodes.Expression) -> tuple[tuple[str, ...], bool]:
    """The keys of a table that are written out, and whether they are all."""
    cases, complete = _entries(scene, table)
    return tuple(text for case, _ in cases for text in case.values), complete


# -- what is in the table --------------------------------------------------------


def _entries(scene: Scene, table: nodes.Expression) -> tuple[tuple[Entry, ...], bool]:
    """The entries of a table, and whether they are all."""
    cases: list[Entry] = []
    complete = True
    for value in scene.program.values(table):
        match value:
            case values.Rec(node=record, shape=False):
                complete = _of_record(scene, record, cases, 0) and complete
            case values.Instance(of=of) if of in values.DICT_LIKE:
                complete = _of_map(scene, value, cases) and complete
            case _:
                complete = False
    cell = scene.program.cell(table)
    for key, stored in _keyed_writes(scene).get(cell, ()) if cell else ():
        texts, whole = constants(scene, key)
        complete = complete and whole
        cases.append(_case(scene, texts, key, stored))
    return tuple(cases), complete and bool(cases)


def _of_record(
    scene: Scene, record: nodes.Record, cases: list[Entry], depth: int
) -> bool:
    """Add the entries of a record; whether all of its keys are known."""
    complete = True
    for entry in record.entries:
        if entry.kind == "spread":
            inner = scene.program.values(entry.value)
            for value in inner:
                if isinstance(value, values.Rec) and depth < STEPS:
                    complete = _of_record(scene, value.node, cases, depth + 1) and (
                        complete
                    )
                else:
                    complete = False
            continue
        key = key_of(entry)
        texts: tuple[str, ...] = (key,) if key is not None else ()
        if key is None and entry.key is not None:
            texts, whole = constants(scene, entry.key)
            complete = complete and whole
        cases.append(_case(scene, texts, entry, entry.value))
    return complete


def _case(
    scene: Scene, texts: tuple[str, ...], node: nodes.Node, value: nodes.Expression
) -> Entry:
    """An entry of a table; what it does is known when it is a function."""
    for found in scene.program.values(value):
        if isinstance(found, values.Func):
            case = Case(texts, node, found.function.body, bool(texts))
            return case, (found.function,)
        if isinstance(found, values.ClassRef) or _has_functions(scene, found):
            return Case(texts, node, (), bool(texts), handles=True), ()
    return Case(texts, node, (), bool(texts)), ()


def _has_functions(scene: Scene, value: values.Value) -> bool:
    """Whether a record holds functions, as a record that handles one kind does."""
    return isinstance(value, values.Rec) and any(
        isinstance(inner, values.Func)
        for entry in value.node.entries
        for inner in scene.program.values(entry.value)
    )


def _of_map(scene: Scene, value: values.Instance, cases: list[Entry]) -> bool:
    """Add what a map is made with; whether that is all."""
    if isinstance(value.site, nodes.Call) and value.site.arguments:
        return _of_pairs(scene, value.site.arguments[0].value, cases)
    return True


def _of_pairs(scene: Scene, node: nodes.Expression, cases: list[Entry]) -> bool:
    """Add the pairs of ``new Map([[key, handler], …])`` or ``dict({…})``."""
    for value in scene.program.values(node):
        if isinstance(value, values.Rec):
            return _of_record(scene, value.node, cases, 0)
        if isinstance(value, values.Seq):
            for item in value.node.items:
                if not isinstance(item, nodes.Sequence) or len(item.items) != 2:
                    return False
                texts, whole = constants(scene, item.items[0])
                cases.append(_case(scene, texts, item, item.items[1]))
                if not whole:
                    return False
            return True
    return False


@asked
def _keyed_writes(
    scene: Scene,
) -> dict[Cell, list[tuple[nodes.Expression, nodes.Expression]]]:
    """What is stored under which key, by the cell of the container."""
    table: dict[Cell, list[tuple[nodes.Expression, nodes.Expression]]] = {}
    for target, key, value in _stores(scene):
        cell = scene.program.cell(target)
        if cell is not None:
            table.setdefault(cell, []).append((key, value))
    return table


def _stores(
    scene: Scene,
) -> Iterator[tuple[nodes.Expression, nodes.Expression, nodes.Expression]]:
    for name in ("set", "setdefault"):
        for call in scene.program.calls_named(name):
            if isinstance(call.function, nodes.Member) and len(call.arguments) == 2:
                first, second = call.arguments
                yield call.function.object, first.value, second.value
    for target, value in scene.program.index_writes():
        yield target.object, target.index, value


def _runs(scene: Scene, node: nodes.Expression) -> bool:
    """Whether what is looked up is called: itself, or each of what it holds."""
    for end in goes(scene.program, node):
        if end.way == "called":
            return True
        if isinstance(end.at, nodes.Loop) and isinstance(end.at.target, nodes.Name):
            for use in uses(scene.program, end.at.target):
                around = scene.program.parents.get(use)
                if isinstance(around, nodes.Call) and around.function is use:
                    return True
    return False


def _runs_elements(scene: Scene, table: nodes.Expression) -> bool:
    """Whether what a container holds are functions."""
    return any(
        isinstance(value, values.Func) for value in items.elements(scene.program, table)
    )


def _methods(
    scene: Scene, owner: nodes.Expression, key: nodes.Expression
) -> tuple[tuple[Entry, ...], bool] | None:
    """The methods that ``getattr(self, f"on_{kind}")`` may name."""
    match strip(key):
        case nodes.Template(parts=(nodes.Literal(value=str() as prefix), _)):
            pass
        case nodes.Binary(op="+", left=nodes.Literal(value=str() as prefix)):
            pass
        case _:
            return None
    cases = [
        (
            Case((member.name[len(prefix) :],), member, member.function.body),
            (member.function,),
        )
        for value in scene.program.values(owner)
        if isinstance(value, values.Object)
        for member in value.node.members
        if isinstance(member, nodes.FunctionDef) and member.name.startswith(prefix)
    ]
    return (tuple(cases), True) if cases else None
