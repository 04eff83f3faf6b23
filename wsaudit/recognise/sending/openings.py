"""Openings: places where the code has waited until a socket is open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.model import Event
from wsaudit.program import flow, folding, tree, values
from wsaudit.recognise.sending.opentests import Sockets
from wsaudit.recognise.sending.standing import Known, Readiness, better
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node


def waited(scene: Scene, node: Node, sockets: Sockets) -> Readiness:
    """An ``await`` before the node that ends when one of the sockets opens."""
    function = scene.program.function_of(node)
    if function is None:
        return Readiness(Known.NOTHING)
    best = Readiness(Known.NOTHING)
    for each in tree.own_of(function):
        if (
            isinstance(each, nodes.Await)
            and each.end <= node.start
            and flow.dominates(each, node, scene.program.parents)
        ):
            found = _opening(scene, each.value, sockets)
            best = better(best, replace(found, at=each))
    return best


def _opening(scene: Scene, node: nodes.Expression, sockets: Sockets) -> Readiness:
    awaited = tree.strip(node)
    if isinstance(awaited, nodes.Call) and _waits_for_event(scene, awaited, sockets):
        return Readiness(Known.OPEN, "the opening is awaited")
    promises = [
        value.site
        for value in scene.program.values(awaited)
        if isinstance(value, values.Instance) and value.of == "global#Promise"
    ]
    run: set[nodes.Function] = set()
    for promise in promises:
        if isinstance(promise, nodes.Call):
            for argument in promise.arguments[:1]:
                for executor in scene.functions_of(argument.value):
                    run |= below(scene, executor)
    if run & _attachers(scene, sockets):
        return Readiness(Known.OPEN, "the opening is awaited")
    if isinstance(awaited, nodes.Call):
        for callee in scene.program.callees(awaited):
            run |= below(scene, callee)
    if promises and any(_opens(scene, function, sockets) for function in run):
        return Readiness(Known.PERHAPS, f"`{scene.text(awaited)}` is awaited")
    if _promised(scene, run) & _attachers(scene, sockets):
        return Readiness(Known.PERHAPS, f"`{scene.text(awaited)}` is awaited")
    if run & {socket.creator for socket in sockets}:
        return Readiness(Known.PERHAPS, f"`{scene.text(awaited)}` is awaited")
    return Readiness(Known.NOTHING)


def _promised(
    scene: Scene, functions: set[nodes.Function]
) -> set[nodes.Function | None]:
    """What runs in the promises that some functions make, on one way or another."""
    found: set[nodes.Function | None] = set()
    for call in scene.calls_in(functions):
        if call.new and tree.last_name(call.function) == "Promise":
            for argument in call.arguments[:1]:
                for executor in scene.functions_of(argument.value):
                    found |= below(scene, executor)
    return found


def _waits_for_event(scene: Scene, call: nodes.Call, sockets: Sockets) -> bool:
    """``once(socket, "open")``: it is open, too, once a message has come."""
    given = [argument.value for argument in call.arguments]
    return any(
        not set(scene.sockets_of(each)).isdisjoint(sockets) for each in given
    ) and any(
        folding.fold_text(scene.program, each) in {"open", "message"} for each in given
    )


def _attachers(scene: Scene, sockets: Sockets) -> set[nodes.Function | None]:
    """The functions that attach an open handler to one of the sockets."""
    return {
        scene.program.function_of(attached.at)
        for socket in sockets
        for attached in scene.handlers(socket, Event.OPEN)
    } - {None}


def _opens(scene: Scene, function: nodes.Function, sockets: Sockets) -> bool:
    return function in _attachers(scene, sockets) or any(
        function in attached.functions
        for socket in sockets
        for attached in scene.handlers(socket, Event.OPEN)
    )
