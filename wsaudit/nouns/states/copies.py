"""Copies: states of components that hold what messages put into a store as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects, given_to
from wsaudit.analysis.feeds import feeds, message_runs
from wsaudit.analysis.feeds.parts import StatePart, parts
from wsaudit.analysis.feeds.writes import bound_to, hooks, written_entries
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import parameter_of
from wsaudit.analysis.states import StateWrite, write_of
from wsaudit.model.states import CopyHow, StateCopy
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@asked
def copies(scene: Scene) -> dict[Node, tuple[StateCopy, ...]]:
    """The copies of the parts of each store, by the call that makes the store."""
    found: dict[Node, list[StateCopy]] = {}
    for hook in hooks(scene):
        for state, copy in _of_hook(scene, hook):
            found.setdefault(state, []).append(copy)
    for state, copy in _beside(scene):
        found.setdefault(state, []).append(copy)
    return {state: tuple(each) for state, each in found.items()}


def _of_hook(scene: Scene, hook: values.Instance) -> Iterator[tuple[Node, StateCopy]]:
    """A state that starts as a part of a store, or that an effect makes follow it."""
    if not isinstance(hook.site, nodes.Call):
        return
    setters = stores.setter_calls(scene.program, hook)
    copying = {
        call: one
        for effect in effects(scene)
        for call in scene.calls_in((effect.callback,))
        if call in setters and call.arguments
        for one in _in_store(scene, call.arguments[0].value)
    }
    if any(call not in copying for call in setters):
        return  # It is a draft, with a life of its own.
    for call, one in copying.items():
        yield one.state, _copy(scene, hook.site, call, one, "effect")
        return
    for argument in hook.site.arguments[:1]:
        for one in _in_store(scene, argument.value):
            yield one.state, _copy(scene, hook.site, hook.site, one, "initial")


def _in_store(scene: Scene, node: nodes.Expression) -> Iterator[StatePart]:
    for one in parts(scene, node):
        store = values.Instance(stores.STORE, one.state)
        if one.path and stores.creator(store) is not None:
            yield one


def _copy(
    scene: Scene, hook: nodes.Call, at: nodes.Call, one: StatePart, how: CopyHow
) -> StateCopy:
    name = bound_to(scene, hook)
    return StateCopy(scene.callee_place(at), name, ".".join(one.path), how, None)


# -- two writes of one message ---------------------------------------------------------


def _beside(scene: Scene) -> Iterator[tuple[Node, StateCopy]]:
    """The states of hooks that the very block writes that writes a store."""
    for feed in feeds(scene):
        write = feed.write
        if write.kind != "state" or write.value is None:
            continue
        if not tree.dotted(tree.strip(write.value)) or not messages(scene, write.value):
            continue
        function = scene.program.function_of(write.call)
        for other in scene.calls_in((function,)) if function is not None else ():
            yield from _pair(scene, write, other)


def _pair(
    scene: Scene, write: StateWrite, other: nodes.Call
) -> Iterator[tuple[Node, StateCopy]]:
    call = write.call
    if other is call or _block(scene, other) != _block(scene, call):
        return
    for part, value in written_by(scene, other):
        if write.value is None or value is None or not _same(write.value, value):
            continue
        if not isinstance(write.key, values.Instance):
            continue
        alone = _alone(scene, part, write)
        how: CopyHow = "partly" if alone is not None else "both"
        name = bound_to(scene, write.key.site)
        place = scene.callee_place(alone) if alone is not None else None
        copy = StateCopy(
            scene.callee_place(call), name, ".".join(part.path), how, place
        )
        yield part.state, copy


def _block(scene: Scene, call: nodes.Call) -> object:
    statement = tree.statement_of(call, scene.program.parents)
    return id(tree.block_of(statement, scene.program.parents)[0])


def written_by(
    scene: Scene, call: nodes.Call
) -> Iterator[tuple[StatePart, nodes.Expression | None]]:
    """The slots of a store that a call writes, itself or as an action, from what."""
    write = write_of(scene, call)
    if write is not None:
        yield from written_entries(scene, write) if write.kind == "store" else ()
        return
    for action in scene.program.callees(call):
        for inner in scene.calls_in((action,)):
            write = write_of(scene, inner)
            if write is not None and write.kind == "store":
                for part, value in written_entries(scene, write):
                    yield part, _passed(scene, call, action, value)


def _passed(
    scene: Scene,
    call: nodes.Call,
    action: nodes.Function,
    value: nodes.Expression | None,
) -> nodes.Expression | None:
    """The argument of a call that a value in its function is."""
    parameter = parameter_of(scene.program, value) if value is not None else None
    if parameter is None:
        return None
    given = scene.program.argument_for(call, action, parameter)
    return given if isinstance(given, nodes.Node) else None


def _same(one: nodes.Expression, other: nodes.Expression) -> bool:
    """Whether two expressions are written alike."""
    return tree.dotted(tree.strip(one)) == tree.dotted(tree.strip(other))


@asked
def _writers(scene: Scene) -> tuple[tuple[StatePart, nodes.Call], ...]:
    """The calls by which messages write stores, those in the stores' actions apart."""
    return tuple(
        (part, call)
        for _, runs in message_runs(scene)
        for function in scene.in_order(runs)
        if not _is_action(scene, function)
        for call in scene.calls_in((function,))
        for part, _ in written_by(scene, call)
    )


def _is_action(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function is written into the state of a store."""
    return any(
        isinstance(around, nodes.Function)
        and (call := given_to(scene.program, around)) is not None
        and any(stores.is_store(value) for value in scene.program.values(call))
        for around in tree.ancestors(function, scene.program.parents)
    )


def _alone(scene: Scene, part: StatePart, write: StateWrite) -> nodes.Call | None:
    """A write of a part because of messages that has not the second one beside it."""
    for other, call in _writers(scene):
        if not part.meets(other):
            continue
        function = scene.program.function_of(call)
        beside = [
            found
            for each in scene.calls_in((function,) if function is not None else ())
            if _block(scene, each) == _block(scene, call)
            and (found := write_of(scene, each)) is not None
            and found.key == write.key
        ]
        if not beside:
            return call
    return None
