"""Openings: places where the code has waited until a socket is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.model import Event
from wsaudit.model.delivery import Standing
from wsaudit.nouns.sending.opentests import Sockets
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene


def opening(
    scene: Scene, node: nodes.Expression, sockets: Sockets
) -> tuple[Standing, str]:
    """What it tells of some sockets that something has been awaited, and why."""
    awaited = tree.strip(node)
    if isinstance(awaited, nodes.Call) and _waits_for_event(scene, awaited, sockets):
        return Standing.OPEN, "the opening is awaited"
    promises = [
        value.site
        for value in scene.program.values(awaited)
        if isinstance(value, values.Instance) and value.of == "global#Promise"
    ]
    run = _run_in(scene, promises)
    if run & _attachers(scene, sockets):
        return Standing.OPEN, "the opening is awaited"
    if isinstance(awaited, nodes.Call):
        for callee in scene.program.callees(awaited):
            run |= below(scene, callee)
    if (
        (promises and any(_opens(scene, function, sockets) for function in run))
        or _promised(scene, run) & _attachers(scene, sockets)
        or run & {socket.creator for socket in sockets}
    ):
        return Standing.UNKNOWN, f"`{scene.text(awaited)}` is awaited"
    return Standing.UNCHECKED, ""


def _run_in(scene: Scene, promises: Iterable[object]) -> set[nodes.Function]:
    """What runs in some promises: their executors, and all those run."""
    return {
        function
        for promise in promises
        if isinstance(promise, nodes.Call)
        for argument in promise.arguments[:1]
        for executor in scene.functions_of(argument.value)
        for function in below(scene, executor)
    }


def _promised(scene: Scene, functions: set[nodes.Function]) -> set[nodes.Function]:
    """What runs in the promises that some functions make, on one way or another."""
    made = [
        call
        for call in scene.calls_in(functions)
        if call.new and tree.last_name(call.function) == "Promise"
    ]
    return _run_in(scene, made)


def _waits_for_event(scene: Scene, call: nodes.Call, sockets: Sockets) -> bool:
    """``once(socket, "open")``: it is open, too, once a message has come."""
    given = [argument.value for argument in call.arguments]
    return any(
        not set(scene.sockets_of(each)).isdisjoint(sockets) for each in given
    ) and any(
        folding.fold_text(scene.program, each) in {"open", "message"} for each in given
    )


def _attachers(scene: Scene, sockets: Sockets) -> set[nodes.Function]:
    """The functions that attach an open handler to one of the sockets."""
    return {
        function
        for socket in sockets
        for attached in scene.handlers(socket, Event.OPEN)
        if (function := scene.program.function_of(attached.at)) is not None
    }


def _opens(scene: Scene, function: nodes.Function, sockets: Sockets) -> bool:
    return function in _attachers(scene, sockets) or any(
        function in attached.functions
        for socket in sockets
        for attached in scene.handlers(socket, Event.OPEN)
    )
