"""Asides: page listeners and requests of the effect that opens a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.absence import first
from wsaudit.analysis.components import Effect, teardowns
from wsaudit.analysis.lifecycle import Life, ended, written_at_the_end
from wsaudit.analysis.runs import spread
from wsaudit.analysis.states import write_of
from wsaudit.model import Evidence, Seen
from wsaudit.model.lifecycle import Leftover
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


Kind = Only["reconnect", "interval", "listener", "fetch"]
_PAGE = ("global#window", "global#document", "global#navigator", "global#screen")


def leftover(
    life: Life,
    call: nodes.Call,
    kind: Kind,
    stopped: Evidence | None,
    restarted: Evidence | None = None,
    *,
    rearmed: bool = False,
) -> Leftover:
    """A piece of work beside a connection, and whether it ends with it."""
    return Leftover(
        at=life.scene.callee_place(call),
        connections=(life.socket.fact,),
        kind=kind,
        text=life.scene.text(call.function),
        stopped=stopped,
        restarted=restarted,
        rearmed=rearmed,
        ends_at=life.scene.place(life.ends[0]) if life.ends else None,
    )


def aside(life: Life, effect: Effect, call: nodes.Call) -> Iterator[Leftover]:
    """The listener or the request that a call is, if it is one."""
    if _listens(life.scene, call):
        yield leftover(life, call, "listener", _removed(life.scene, call, effect))
    elif "global#fetch" in life.scene.names(call):
        stopped = _aborted(life, call, effect)
        if stopped is not None:
            yield leftover(life, call, "fetch", stopped)


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

    def removes(node: Node) -> set[nodes.Function] | None:
        if (
            isinstance(node, nodes.Call)
            and tree.last_name(node.function) == "removeEventListener"
            and len(node.arguments) > 1
            and folding.fold_text(scene.program, node.arguments[0].value) == event
        ):
            return set(scene.functions_of(node.arguments[1].value))
        return None

    own = [
        one.function for one in teardowns(scene) if one.component is effect.component
    ]
    found = ended(
        scene,
        spread(scene, own),
        lambda node: (
            "removed by the cleanup" if functions & (removes(node) or set()) else None
        ),
        lambda node: (
            "which listener is removed is not known" if removes(node) == set() else None
        ),
    )
    opaque = Evidence(Seen.UNKNOWN, "what the effect returns was not followed")
    return first(found, opaque if effect.opaque_cleanup else None)


def _ends_itself(scene: Scene, options: nodes.Expression) -> bool:
    """``{ once: true }`` or ``{ signal }``; options that are not known count too."""
    found = scene.program.values(options)
    for value in found:
        if isinstance(value, values.Rec):
            keys = {tree.key_of(entry) for entry in value.node.entries}
            return bool(keys & {"once", "signal", None})
    return any(isinstance(value, values.Unknown) for value in found)


def _aborted(life: Life, call: nodes.Call, effect: Effect) -> Evidence | None:
    """Whether a request ends with its effect; None when its answer writes no state."""
    scene = life.scene
    options = call.arguments[1].value if len(call.arguments) > 1 else None
    for value in scene.program.values(options) if options is not None else ():
        if not isinstance(value, values.Rec):
            return Evidence(Seen.UNKNOWN, "the request's options were not followed")
        if {tree.key_of(entry) for entry in value.node.entries} & {"signal", None}:
            return Evidence(Seen.PRESENT, "it has a signal", scene.place(call))
    late = _late(scene, call)
    if not any(
        isinstance(node, nodes.Call) and write_of(scene, node) is not None
        for node in late
    ):
        return None
    for node in late:
        if isinstance(node, nodes.If | nodes.Conditional | nodes.Logical):
            test = node.operands[0] if isinstance(node, nodes.Logical) else node.test
            for part in tree.walk(test):
                if any(written_at_the_end(life, part)):
                    why = "its answer is dropped after the end"
                    return Evidence(Seen.PRESENT, why, scene.place(part))
    return Evidence(Seen.ABSENT)


def _late(scene: Scene, call: nodes.Call) -> list[Node]:
    """What runs once the answer of a request is there, in ``then`` or after it."""
    parents = scene.program.parents
    given = [
        function
        for around in tree.within(call, parents)
        if isinstance(around, nodes.Call) and tree.last_name(around.function) == "then"
        for argument in around.arguments
        for function in scene.functions_of(argument.value)
    ]
    found = [node for each in spread(scene, given) for node in tree.own_of(each)]
    function = scene.program.function_of(call)
    if function is not None and isinstance(parents.get(call), nodes.Await):
        found += [node for node in tree.own_of(function) if node.start > call.end]
    return found
