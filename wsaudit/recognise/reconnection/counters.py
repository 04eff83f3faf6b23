"""Counters: variables that change from one attempt to the next, and what changes them.

A counter lives in a cell (see `wsaudit.program.cells`): a variable, a field, a ref, a
``useState`` or a slot of a store. Parameters count as well, where a function calls
itself with one more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import given
from wsaudit.program import flow, stores, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.cells import Cell
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.recognise.scene import written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program
    from wsaudit.program.names import Write
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

Place = object
"""A cell, or ("p", parameter) for what a function gets."""


EACH = "each"
"""The operator of a loop that counts: ``for attempt in range(5)``."""
STEPS = frozenset({"++", "--", EACH})


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One way a variable gets a value.

    ``node`` is the statement, call or parameter that gives it, ``value`` the new value
    (of ``+=`` and its like what is added; None for ``++`` and for what is not
    written out). ``first`` is true of the value that the variable is declared with.
    ``previous`` is the parameter of an updater function that holds the value before.
    """

    node: Node
    value: nodes.Expression | None
    op: str = "="
    first: bool = False
    previous: nodes.Parameter | None = None


@asked
def changes(scene: Scene, place: Place) -> tuple[Change, ...]:
    """Everything that gives the variable at a place a value, in order of place."""
    found = _changes(scene, place)
    return tuple(sorted(found, key=lambda one: scene.place(one.node)))


def name_of(scene: Scene, place: Place) -> str:
    """What the code calls the variable at a place."""
    match place:
        case Cell(kind="ref", owner=nodes.Call() as call):
            bind = scene.program.parents.get(call)
            return written(bind.target) if isinstance(bind, nodes.Bind) else "the ref"
        case Cell(name=name) if name:
            return name
        case _:
            return "the counter"


def _changes(scene: Scene, place: Place) -> Iterator[Change]:
    program = scene.program
    match place:
        case Cell(owner=Binding() as binding):
            yield from _of_binding(scene, binding)
            yield from _increments(program, binding.name, place)
        case Cell(kind="ref", owner=nodes.Call() as call):
            first = call.arguments[0].value if call.arguments else None
            yield Change(call, first, first=True)
            yield from _assigned(program, "current", place)
        case Cell(kind="field", owner=nodes.ClassDef() as cls, name=name):
            yield from _declared(cls, name)
            yield from _assigned(program, name, place)
        case Cell(kind="entry", owner=nodes.Record() as record, name=name):
            for entry in record.entries:
                if tree.key_of(entry) == name:
                    yield Change(entry, entry.value, first=True)
            yield from _assigned(program, name, place)
        case Cell(kind="slot", owner=nodes.Call() as call, name=name):
            yield from _of_store(program, call, name)
        case _:
            return


def _of_binding(scene: Scene, binding: Binding) -> Iterator[Change]:
    hook = _state_hook(scene, binding)
    if hook is not None:
        yield from _of_state(scene, hook)
        return
    for write in binding.writes:
        yield from _of_write(scene, binding, write)


def _of_write(scene: Scene, binding: Binding, write: Write) -> Iterator[Change]:
    declares = write is binding.writes[0]
    if write.path:
        yield Change(write.at, None, first=declares)
    elif write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
        # ``connect(attempt + 1)`` changes ``attempt``.
        passed = tuple(
            Change(one.site, one.value, first=True)
            for one in given(scene.program, write.source)
            if one.value is not None and one.value is not write.source.default
        )
        if write.value is not None or not passed:
            yield Change(write.source, write.value, first=True)
        yield from passed
    else:
        statement = scene.program.parents.get(write.at, write.at)
        if isinstance(statement, nodes.Bind | nodes.Assign):
            yield Change(statement, write.value, statement.op, first=declares)
        elif isinstance(statement, nodes.Loop) and counting(statement):
            yield Change(statement, write.value, EACH)
        else:
            yield Change(write.at, None, first=declares)


def counting(loop: nodes.Loop) -> str:
    """``range`` or ``count`` for a loop over such numbers, "" for any other."""
    source = loop.source
    name = last_name(source.function) if isinstance(source, nodes.Call) else ""
    return name if name in {"range", "count"} else ""


def _state_hook(scene: Scene, binding: Binding) -> values.Instance | None:
    """The ``useState`` call whose state a variable is."""
    if len(binding.writes) != 1 or binding.writes[0].path != (0,):
        return None
    value = binding.writes[0].value
    for found in scene.program.values(value) if value is not None else ():
        if isinstance(found, values.Instance) and found.of in stores.STATE_HOOKS:
            return found
    return None


def _of_state(scene: Scene, hook: values.Instance) -> Iterator[Change]:
    if isinstance(hook.site, nodes.Call) and hook.site.arguments:
        yield Change(hook.site, hook.site.arguments[0].value, first=True)
    for call in stores.setter_calls(scene.program, hook):
        if call.arguments:
            yield from _updated(scene.program, call, call.arguments[0].value)


def _updated(program: Program, at: Node, value: nodes.Expression) -> Iterator[Change]:
    """The new value, or what an updater function makes of the one before."""
    functions = [
        v.function for v in program.values(value) if isinstance(v, values.Func)
    ]
    if not functions:
        yield Change(at, value)
    for function in functions:
        previous = function.parameters[0] if function.parameters else None
        for node in tree.own_of(function):
            if isinstance(node, nodes.Return):
                yield Change(at, node.value, previous=previous)


def _of_store(program: Program, call: nodes.Call, name: str) -> Iterator[Change]:
    """A slot of a Zustand store: its first value, and what ``set`` puts there."""
    store = values.Instance(stores.STORE, call)
    made = stores.creator(store)
    for value in values.results(program, made) if made is not None else ():
        yield from _slot(value, name, first=True)
    for update in stores.updates(program, store):
        for value in program.values(update):
            if isinstance(value, values.Func):
                for result in values.results(program, value.function):
                    yield from _slot(result, name)
            else:
                yield from _slot(value, name)


def _slot(value: values.Value, name: str, *, first: bool = False) -> Iterator[Change]:
    if isinstance(value, values.Rec):
        for entry in value.node.entries:
            if tree.key_of(entry) == name:
                yield Change(entry, entry.value, first=first)


def _declared(cls: nodes.ClassDef, name: str) -> Iterator[Change]:
    for member in cls.members:
        match member:
            case nodes.Bind(target=nodes.Name(id=own), value=value) if (
                own == name and value is not None
            ):
                yield Change(member, value, first=True)
            case _:
                continue


def _assigned(program: Program, name: str, place: Place) -> Iterator[Change]:
    """``this.n = …``, ``ref.current += …`` and ``this.n++``."""
    for target, value in program.attribute_writes(name):
        if program.cell(target) == place:
            statement = program.parents[target]
            if isinstance(statement, nodes.Bind | nodes.Assign):
                first = _in_constructor(program, statement)
                yield Change(statement, value, statement.op, first=first)
    yield from _increments(program, name, place)


def _increments(program: Program, name: str, place: Place) -> Iterator[Change]:
    for node in program.increments(name):
        if program.cell(node.value) == place:
            yield Change(node, None, node.op)


def _in_constructor(program: Program, node: Node) -> bool:
    function = program.function_of(node)
    definition = program.parents.get(function) if function else None
    return isinstance(definition, nodes.FunctionDef) and definition.name in {
        "__init__",
        "constructor",
    }


def comparisons_around(
    scene: Scene, node: Node, place: Place
) -> Iterator[nodes.Expression]:
    """The conditions of a node in which the variable is compared with something."""
    for guard in flow.guards(node, scene.program.parents):
        for test, _ in flow.facts_of(guard.test, holds=guard.holds):
            if _compares(scene, test, place):
                yield guard.test


def _compares(scene: Scene, test: nodes.Expression, place: Place) -> bool:
    return (
        isinstance(test, nodes.Binary)
        and test.op in {"<", "<=", ">", ">="}
        and any(
            isinstance(part, nodes.Name | nodes.Member)
            and scene.program.cell(part) == place
            for part in tree.walk(test)
        )
    )
