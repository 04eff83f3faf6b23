"""Parts: which part of a state an expression stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.components import given_to
from wsaudit.analysis.feeds.selections import selection_of, selections
from wsaudit.analysis.origins import given, meant, returned
from wsaudit.analysis.origins.steps import key_step
from wsaudit.analysis.states import write_of
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.names import Write
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

Path = tuple[str, ...]
ANY = "[]"
"""The step to what a container holds under a key that is not known."""


@dataclass(frozen=True, slots=True)
class StatePart:
    """A part of a state: ``state`` is the call that makes it, ``path`` leads to it."""

    state: Node
    path: Path = ()

    def then(self, *steps: str) -> StatePart:
        """A part of this part."""
        return replace(self, path=(*self.path, *steps))

    def meets(self, other: StatePart) -> bool:
        """Whether one is a part of the other."""
        return self.state is other.state and all(
            one == two or ANY in {one, two}
            for one, two in zip(self.path, other.path, strict=False)
        )


@asked_in_circles
def parts(scene: Scene, node: nodes.Expression) -> tuple[StatePart, ...]:
    """The part of a state that an expression is: none, or the one it is."""
    return tuple(dict.fromkeys(_parts(scene, tree.strip(node))))


def _parts(scene: Scene, node: nodes.Expression) -> Iterator[StatePart]:
    for value in scene.program.values(node):
        if isinstance(value, values.Instance) and value.of == stores.SLICE:
            yield StatePart(value.site)
            return
    match node:
        case nodes.Name():
            yield from _of_name(scene, node)
        case nodes.Member(object=inner, name=name):
            yield from _below(scene, inner, name)
        case nodes.Index(object=inner, index=index):
            yield from _below(scene, inner, step_of(scene, index))
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if scene.says(
            "gives-itself", name
        ):
            yield from _below(scene, inner)
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if scene.says(
            "gives-one", name
        ):
            yield from _below(scene, inner, ANY)
        case nodes.Call():
            chosen = selection_of(scene, node)
            if chosen is not None and chosen.function is not None:
                for result in returned(chosen.function):
                    yield from parts(scene, result)
        case nodes.Logical(op="or" | "??", operands=operands):
            yield from parts(scene, operands[0])
        case _:
            return


def _below(scene: Scene, inner: nodes.Expression, *steps: str) -> Iterator[StatePart]:
    for one in parts(scene, inner):
        yield one.then(*steps)
    for taken in _taken(scene, inner) if steps else ():
        for entry in taken.entries:
            if tree.key_of(entry) == steps[0]:
                yield from _below(scene, entry.value, *steps[1:])


def _taken(scene: Scene, node: nodes.Expression) -> Iterator[nodes.Record]:
    """The records that a selector makes of parts: ``useStore((s) => ({ a: s.a }))``."""
    node = meant(scene.program, node) or tree.strip(node)
    chosen = selection_of(scene, node) if isinstance(node, nodes.Call) else None
    if chosen is not None and chosen.function is not None:
        for result in returned(chosen.function):
            if isinstance(result, nodes.Record):
                yield result


def step_of(scene: Scene, key: nodes.Expression) -> str:
    """The step to what stands under a key."""
    step = key_step(scene.program, key)
    return step if isinstance(step, str) else ANY


def _of_name(scene: Scene, name: nodes.Name) -> Iterator[StatePart]:
    binding = scene.program.binding(name)
    if binding is not None and len(binding.writes) == 1:
        yield from _of_write(scene, binding.writes[0])


def _of_write(scene: Scene, write: Write) -> Iterator[StatePart]:
    path = [step if isinstance(step, str) else ANY for step in write.path]
    if write.kind == "assign" and write.value is not None:
        for value in scene.program.values(write.value):
            if isinstance(value, values.Instance) and value.of in stores.STATE_HOOKS:
                if write.path[:1] == (0,):
                    yield StatePart(value.site).then(*path[1:])
                return
        yield from _below(scene, write.value, *path)
    elif write.kind == "each" and write.value is not None:
        yield from _below(scene, write.value, ANY, *path)
    elif isinstance(write.source, nodes.Parameter):
        for one in _of_parameter(scene, write.source):
            yield one.then(*path)


def _of_parameter(scene: Scene, parameter: nodes.Parameter) -> Iterator[StatePart]:
    """What an updater, a reducer, a callback over items is given, or any function."""
    function = scene.program.function_of(parameter)
    if function is None:
        return
    first = function.parameters[:1] == (parameter,)
    call = given_to(scene.program, function)
    if call is not None and first:
        write = write_of(scene, call)
        if write is not None and isinstance(write.key, values.Instance):
            yield StatePart(write.key.site)
        elif isinstance(call.function, nodes.Member) and scene.dialects.speaks(
            "runs-each", call.function.name
        ):
            yield from _below(scene, call.function.object, ANY)
        return
    made = reducers(scene).get(function) or _slice_of(scene, function)
    if first and made is not None:
        yield StatePart(made)
        return
    passed = [
        parts(scene, one.value) if one.value is not None else ()
        for one in given(scene.program, parameter)
    ]
    if passed and all(found == passed[0] for found in passed):
        yield from passed[0]


def _slice_of(scene: Scene, function: nodes.Function) -> nodes.Call | None:
    """The call that makes a slice of a store, where a function is a reducer of it."""
    for around in tree.ancestors(function, scene.program.parents):
        if isinstance(around, nodes.Call):
            return around if scene.word("slice", around) is not None else None
    return None


@asked
def reducers(scene: Scene) -> dict[nodes.Function, nodes.Call]:
    """The functions that work out the next state of ``useReducer``, with its call."""
    return {
        function: call
        for name in sorted(scene.dialects.flow_ends("reducer"))
        for call in scene.program.calls_named(name)
        if call.arguments
        and any(
            isinstance(value, values.Instance) and value.of == stores.REDUCED
            for value in scene.program.values(call)
        )
        for function in scene.functions_of(call.arguments[0].value)
    }


def is_shown(scene: Scene, wanted: StatePart) -> bool:
    """Whether a component takes a part of a state; a hook's own state it shows."""
    taken = [each for each in selections(scene) if each.state is wanted.state]
    if not stores.creator(values.Instance(stores.STORE, wanted.state)):
        return True
    return any(
        each.function is None
        or any(
            one.meets(wanted)
            for result in returned(each.function)
            for node in tree.walk(result)
            if isinstance(node, nodes.Name | nodes.Member)
            for one in parts(scene, node)
            if one.path
        )
        for each in taken
    )


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The part of a state that an expression is."""
    if isinstance(node, nodes.Name | nodes.Member | nodes.Index):
        for one in parts(scene, node):
            path = ".".join(one.path) or "the whole"
            yield f"a part of a state ({path}), made at ", scene.place(one.state)
