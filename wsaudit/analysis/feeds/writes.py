"""Writes: what states are given, by which calls, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.feeds.parts import Path, StatePart, reducers
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import given, parameter_of, returned
from wsaudit.analysis.states import StateWrite, write_of
from wsaudit.limits import STEPS
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@asked
def writes_to(scene: Scene, state: Node) -> tuple[StateWrite, ...]:
    """Every write of a state in the program, whatever runs it."""
    calls: dict[nodes.Call, None] = {}
    for of in sorted(stores.STATE_HOOKS):
        hook = values.Instance(of, state)
        calls.update(dict.fromkeys(stores.setter_calls(scene.program, hook)))
    for value in stores.updates(scene.program, values.Instance(stores.STORE, state)):
        calls.update((call, None) for call in _calls_with(scene, value))
    found = (write_of(scene, call) for call in calls)
    return tuple(write for write in found if write is not None)


def _calls_with(scene: Scene, argument: nodes.Expression) -> Iterator[nodes.Call]:
    holder = scene.program.parents.get(argument)
    call = scene.program.parents.get(holder) if isinstance(holder, nodes.Node) else None
    if isinstance(call, nodes.Call):
        yield call


@asked
def written_to(scene: Scene, state: Node) -> tuple[tuple[Path, nodes.Expression], ...]:
    """What the writes of a state give its parts, as far as that is written out."""
    return tuple(
        each
        for write in writes_to(scene, state)
        for value in write_values(scene, write)
        if isinstance(value, values.Rec) and not value.shape
        for each in _entries(scene, value.node, ())
    )


def _entries(
    scene: Scene, record: nodes.Record, path: Path
) -> Iterator[tuple[Path, nodes.Expression]]:
    for entry in record.entries:
        key = tree.key_of(entry)
        if key is not None and len(path) < STEPS:
            yield (*path, key), entry.value
            inner = tree.strip(entry.value)
            if isinstance(inner, nodes.Record):
                yield from _entries(scene, inner, (*path, key))


def write_values(scene: Scene, write: StateWrite) -> tuple[values.Value, ...]:
    """What a write may give its state: by itself, an updater function or a reducer."""
    if write.kind == "reducer":
        return tuple(
            value
            for function, call in reducers(scene).items()
            if isinstance(write.key, values.Instance) and call is write.key.site
            for value in scene.program.results(function)
        )
    found: list[values.Value] = []
    for value in scene.program.values(write.value) if write.value is not None else ():
        if isinstance(value, values.Func):
            found += scene.program.results(value.function)
        else:
            found.append(value)
    return tuple(found)


@asked
def made_with(
    scene: Scene, state: Node
) -> tuple[tuple[nodes.Record, ...], tuple[nodes.Record, ...]]:
    """The records that a state starts as, and those that its type declares."""
    if not isinstance(state, nodes.Call):
        return (), ()
    first: list[nodes.Expression] = []
    store = values.Instance(stores.STORE, state)
    creator = stores.creator(store)
    if creator is not None:
        first = list(returned(creator))
    elif state.arguments:
        position = int(last_name(state.function) in _reducing(scene))
        first = [each.value for each in state.arguments[position : position + 1]]
    records = [
        value.node
        for node in first
        for value in _made(scene, node)
        if isinstance(value, values.Rec)
    ]
    types = [
        value.node
        for node in _declared(state)
        for value in scene.program.typed(node)
        if isinstance(value, values.Rec)
    ]
    return tuple(records), tuple(types)


def _reducing(scene: Scene) -> frozenset[str]:
    return scene.dialects.flow_ends("reducer")


def _made(scene: Scene, node: nodes.Expression) -> Iterator[values.Value]:
    for value in scene.program.values(node):
        if isinstance(value, values.Func):
            yield from scene.program.results(value.function)
        else:
            yield value


def _declared(state: nodes.Call) -> tuple[nodes.Expression, ...]:
    """The type of a state: of ``create<T>()(…)`` that of the inner call."""
    arguments = state.type_arguments
    if not arguments and isinstance(state.function, nodes.Call):
        arguments = state.function.type_arguments
    return arguments[:1]


@asked
def hooks(scene: Scene) -> tuple[values.Instance, ...]:
    """The states of ``useState`` calls, in order of place."""
    return tuple(
        value
        for name in sorted(scene.dialects.flow_ends("state"))
        for call in scene.program.calls_named(name)
        for value in scene.program.values(call)
        if isinstance(value, values.Instance) and value.of == stores.HELD
    )


def bound_to(scene: Scene, state: Node) -> str:
    """The variable that the state of a hook is bound to, "" for a store."""
    bind = scene.program.parents.get(state)
    if (
        isinstance(bind, nodes.Bind)
        and isinstance(bind.target, nodes.Sequence)
        and bind.target.items
        and isinstance(bind.target.items[0], nodes.Name)
    ):
        return bind.target.items[0].id
    return ""


def written_entries(
    scene: Scene, write: StateWrite
) -> Iterator[tuple[StatePart, nodes.Expression | None]]:
    """The parts that a write gives another value, each with that as far as it is known.

    Of a record that is spread into a new one only the other keys are.
    """
    if not isinstance(write.key, values.Instance):
        return
    root = StatePart(write.key.site)
    if write.kind != "store":
        yield root, write.value
        return
    for value in write_values(scene, write):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            key = tree.key_of(entry)
            if key is not None:
                yield root.then(key), entry.value


def written_values(
    scene: Scene, write: StateWrite
) -> Iterator[tuple[StatePart, nodes.Expression]]:
    """What a write may give the parts of a state, by itself or by an updater."""
    if not isinstance(write.key, values.Instance):
        return
    root = StatePart(write.key.site)
    if write.kind == "state" and write.value is not None:
        functions = scene.functions_of(write.value)
        results = [each for f in functions for each in returned(f)] or [write.value]
        for result in results:
            yield root, result
        return
    for value in write_values(scene, write):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            key = tree.key_of(entry)
            if key is not None:
                yield root.then(key), entry.value


def hands_out_drafts(scene: Scene, state: Node) -> bool:
    """Whether what the updaters of a state are given may be changed in place."""
    return any(scene.word("drafts", call) is not None for call in makers(state))


def makers(state: Node) -> Iterator[nodes.Call]:
    """The calls that make a store, from the outside in: its middleware."""
    node: Node = state
    while isinstance(node, nodes.Call) and node.arguments:
        yield node
        node = tree.strip(node.arguments[0].value)


def brings(scene: Scene, value: nodes.Expression, depth: int = 0) -> bool:
    """Whether something of a message is in a value, or in what is passed for it."""
    for node in tree.walk(value):
        if not isinstance(node, nodes.Name | nodes.Member | nodes.Call):
            continue
        if messages(scene, node):
            return True
        parameter = parameter_of(scene.program, node)
        if parameter is not None and depth < STEPS:
            passed = [one.value for one in given(scene.program, parameter)]
            if any(each and brings(scene, each, depth + 1) for each in passed):
                return True
    return False
