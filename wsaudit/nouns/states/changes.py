"""Changes: what of a state is changed in place, and whether anybody is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.components import given_to
from wsaudit.analysis.feeds.parts import StatePart, is_shown, parts
from wsaudit.analysis.feeds.writes import hands_out_drafts
from wsaudit.analysis.origins import returned
from wsaudit.analysis.runs import below
from wsaudit.analysis.states import StateWrite, write_of
from wsaudit.limits import NEAR
from wsaudit.model import Evidence, Seen
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """A part of a state that is changed in place, ``by`` a statement or a call."""

    at: nodes.Expression
    part: StatePart
    by: Node


def changes(scene: Scene, functions: Iterable[nodes.Function]) -> Iterator[Changed]:
    """The changes in place that stand directly in some functions."""
    for function in scene.in_order(functions):
        for node in tree.own_of(function):
            for target in changed_in(scene, node):
                for one in parts(scene, target):
                    yield Changed(target, one, node)


def changed_in(scene: Scene, node: Node) -> Iterator[nodes.Expression]:
    """What a node changes in place: the member that is set, or what is called on."""
    match node:
        case nodes.Bind(target=nodes.Member() | nodes.Index() as target):
            yield target
        case nodes.Assign(target=nodes.Member() | nodes.Index() as target):
            yield target
        case nodes.Unary(op="delete" | "++" | "--", value=target) if isinstance(
            target, nodes.Member | nodes.Index
        ):
            yield target
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
            scene.dialects.speaks("alters", name) and not _is_own(scene, node)
        ) or (scene.dialects.speaks("alters-keyed", name) and _is_keyed(scene, inner)):
            yield inner
        case nodes.Call(
            function=nodes.Member(object=nodes.Name(id="Object"), name="assign")
        ) if node.arguments:
            yield node.arguments[0].value


def _is_own(scene: Scene, node: nodes.Node) -> bool:
    """Whether a function of the project is called: an action that is named `push`."""
    return isinstance(node, nodes.Call) and bool(scene.program.callees(node))


def _is_keyed(scene: Scene, node: nodes.Expression) -> bool:
    """Whether an expression is a map or a set."""
    return any(
        isinstance(value, values.Instance) and value.of in values.CONTAINERS
        for value in scene.program.values(node)
    )


# -- who hears of it -------------------------------------------------------------------


def told(scene: Scene, change: Changed) -> Evidence:
    """Whether a state is given a new value for a part that was changed in place."""
    if hands_out_drafts(scene, change.part.state):
        return Evidence(Seen.PRESENT, "the state is a draft, which may be changed")
    for write in _writes_beside(scene, change):
        for given in _given(scene, write):
            new = _is_new(scene, given, change.part, merged=write.kind == "store")
            if new is None:
                return Evidence(Seen.UNKNOWN, "what the state is given is not known")
            if new:
                why = "the state is given a new value for it"
                return Evidence(Seen.PRESENT, why, scene.place(write.call))
    if not is_shown(scene, change.part):
        return Evidence(Seen.PRESENT, "no selector takes it, so nothing shows it")
    return Evidence(Seen.ABSENT)


def _writes_beside(scene: Scene, change: Changed) -> Iterator[StateWrite]:
    """The writes of the same state around a change, and in what is called there."""
    function = scene.program.function_of(change.at)
    calls: dict[nodes.Call, None] = {}
    while function is not None:
        call = given_to(scene.program, function)
        if call is not None:
            calls[call] = None
        near = below(scene, function).near(NEAR)
        calls.update(dict.fromkeys(scene.calls_in((function, *near))))
        function = scene.program.function_of(function)
    for call in calls:
        write = write_of(scene, call)
        if (
            write is not None
            and isinstance(write.key, values.Instance)
            and write.key.site is change.part.state
        ):
            yield write


def _given(scene: Scene, write: StateWrite) -> Iterator[nodes.Expression]:
    """The expressions for the new state, those of an updater function too."""
    if write.value is None:
        return
    functions = scene.functions_of(write.value)
    if not functions:
        yield write.value
    for function in functions:
        yield from returned(function)


def _is_new(
    scene: Scene, given: nodes.Expression, part: StatePart, *, merged: bool
) -> bool | None:
    """Whether a state gets another object for a part; None when that is not known."""
    if not merged:
        return not any(one.meets(part) for one in parts(scene, given))
    records = [v for v in scene.program.values(given) if isinstance(v, values.Rec)]
    if not records:
        return None if not parts(scene, given) else False
    return any(
        tree.key_of(entry) in part.path[:1]
        and not any(one.meets(part) for one in parts(scene, entry.value))
        for record in records
        for entry in record.node.entries
    )
