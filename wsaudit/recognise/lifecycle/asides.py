"""Asides: page listeners and requests that an effect starts beside its socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.components import teardowns
from wsaudit.analysis.runs import below
from wsaudit.analysis.states import write_of
from wsaudit.model import Evidence, Seen
from wsaudit.model.lifecycle import Leftover
from wsaudit.program import flow, folding, tree, values
from wsaudit.recognise.sending.flags import writes
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.analysis.triggers import Mount
    from wsaudit.recognise.scene import Scene, Socket

_PAGE = ("global#window", "global#document", "global#navigator", "global#screen")


def asides(
    scene: Scene,
    socket: Socket,
    mounted: tuple[Mount, ...],
    after: frozenset[nodes.Function],
) -> Iterator[Leftover]:
    """The listeners and requests of the effects that open a socket."""
    if not after:
        return
    for effect in {mount.effect: None for mount in mounted if mount.effect}:
        for call in _calls_within(effect.callback):
            if _listens(scene, call):
                yield _aside(
                    scene, socket, call, "listener", _removed(scene, call, effect)
                )
            elif "global#fetch" in scene.names(call):
                evidence = _aborted(scene, call, effect, after)
                if evidence is not None:
                    yield _aside(scene, socket, call, "fetch", evidence)


def _aside(
    scene: Scene, socket: Socket, call: nodes.Call, kind: str, stopped: Evidence
) -> Leftover:
    return Leftover(
        at=scene.callee_place(call),
        connections=(socket.fact,),
        kind=kind,  # type: ignore[arg-type]
        text=scene.text(call.function),
        stopped=stopped,
    )


def _calls_within(function: nodes.Function) -> Iterator[nodes.Call]:
    """The calls that stand in a function, in its nested functions too."""
    for statement in function.body:
        for node in tree.walk(statement):
            if isinstance(node, nodes.Call):
                yield node


# -- listeners -----------------------------------------------------------------------


def _listens(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call attaches a listener to the page itself."""
    return (
        tree.last_name(call.function) == "addEventListener"
        and len(call.arguments) > 1
        and any(
            name == "global#addEventListener"
            or name.rpartition(".")[0].startswith(_PAGE)
            for name in scene.names(call)
        )
    )


def _removed(scene: Scene, call: nodes.Call, effect: Effect) -> Evidence:
    """Whether the end of a component removes a listener, the same function of it."""
    event = folding.fold_text(scene.program, call.arguments[0].value)
    functions = set(scene.functions_of(call.arguments[1].value))
    if len(call.arguments) > 2 and _ends_itself(scene, call.arguments[2].value):
        return Evidence(Seen.PRESENT, "it removes itself", scene.place(call))
    if event is None or not functions:
        return Evidence(Seen.UNKNOWN, "the listener was not followed")
    run = frozenset[nodes.Function]().union(
        *(
            below(scene, one.function)
            for one in teardowns(scene)
            if one.component is effect.component
        )
    )
    for other in scene.calls_in(sorted(run, key=scene.place)):
        if (
            tree.last_name(other.function) == "removeEventListener"
            and len(other.arguments) > 1
            and folding.fold_text(scene.program, other.arguments[0].value) == event
        ):
            if functions & set(scene.functions_of(other.arguments[1].value)):
                return Evidence(
                    Seen.PRESENT, "removed by the cleanup", scene.place(other)
                )
            if not scene.functions_of(other.arguments[1].value):
                return Evidence(Seen.UNKNOWN, "which listener is removed is not known")
    if effect.opaque_cleanup:
        return Evidence(Seen.UNKNOWN, "what the effect returns was not followed")
    return Evidence(Seen.ABSENT)


def _ends_itself(scene: Scene, options: nodes.Expression) -> bool:
    """``{ once: true }`` or ``{ signal }``; options that are not known count too."""
    found = scene.program.values(options)
    for value in found:
        if isinstance(value, values.Rec):
            keys = {tree.key_of(entry) for entry in value.node.entries}
            return bool(keys & {"once", "signal", None})
    return any(isinstance(value, values.Unknown) for value in found)


# -- requests ------------------------------------------------------------------------


def _aborted(
    scene: Scene, call: nodes.Call, effect: Effect, after: frozenset[nodes.Function]
) -> Evidence | None:
    """Whether a request ends with its effect; None when its answer writes no state."""
    options = call.arguments[1].value if len(call.arguments) > 1 else None
    for value in scene.program.values(options) if options is not None else ():
        if not isinstance(value, values.Rec):
            return Evidence(Seen.UNKNOWN, "the request's options were not followed")
        if {tree.key_of(entry) for entry in value.node.entries} & {"signal", None}:
            return Evidence(Seen.PRESENT, "it has a signal", scene.place(call))
    if not _writes_state(scene, call):
        return None
    for node in tree.walk(effect.callback):
        if isinstance(node, nodes.If | nodes.Conditional | nodes.Logical):
            test = node.operands[0] if isinstance(node, nodes.Logical) else node.test
            for part in tree.walk(test):
                if isinstance(part, nodes.Name | nodes.Member) and any(
                    written.function in after for written in writes(scene, part)
                ):
                    why = "its answer is dropped after the end"
                    return Evidence(Seen.PRESENT, why, scene.place(part))
    return Evidence(Seen.ABSENT)


def _writes_state(scene: Scene, call: nodes.Call) -> bool:
    """Whether state is written once the answer is there, in ``then`` or after it."""
    parents = scene.program.parents
    for around in flow.within(call, parents):
        if isinstance(around, nodes.Call) and tree.last_name(around.function) == "then":
            run = frozenset[nodes.Function]().union(
                *(
                    below(scene, function)
                    for argument in around.arguments
                    for function in scene.functions_of(argument.value)
                )
            )
            if any(write_of(scene, each) for each in scene.calls_in(run)):
                return True
    function = scene.program.function_of(call)
    return function is not None and any(
        isinstance(node, nodes.Call)
        and node.start > call.end
        and write_of(scene, node) is not None
        for node in tree.own_of(function)
        if isinstance(parents.get(call), nodes.Await)
    )
