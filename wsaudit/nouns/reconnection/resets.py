"""Resets: whether a counter of attempts is set back once a connection is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import EACH, Cell, Write, mentions, name_of, writes
from wsaudit.analysis.components import effects
from wsaudit.analysis.numbers import Setting, steps
from wsaudit.analysis.runs import below
from wsaudit.analysis.triggers import after
from wsaudit.connections.escapes import escape_of
from wsaudit.flow.conditions import ORDERED, holding
from wsaudit.flow.ways import always_before
from wsaudit.model import Event, Evidence, Seen
from wsaudit.program import tree, values
from wsaudit.program.promises import settled_by
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit import source
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.routes import Route
    from wsaudit.syntax.nodes import Node


def reset(scene: Scene, socket: Socket, cell: Cell, route: Route) -> Evidence:
    """Whether a successful connection sets a counter back."""
    elsewhere = ""
    for write in writes(scene, cell):
        if write.op == EACH:
            return _present(scene, write.node, "counts anew each time")
        if not sets_back(scene, cell, write):
            continue
        if _on_success(scene, socket, write.node, route):
            return _present(scene, write.node, f"resets `{called(scene, cell)}`")
        if not _at_a_start(scene, socket, write.node):
            elsewhere = elsewhere or _function_name(scene, write.node)
    if elsewhere:
        why = f"`{elsewhere}` resets it, and when that runs is not known"
        return Evidence(Seen.UNKNOWN, why)
    if route.event is Event.ERROR:
        return Evidence(Seen.UNKNOWN, "whether it counts more than failed attempts")
    return _unless_hidden(scene, socket)


def called(scene: Scene, cell: Cell) -> str:
    """What the code calls a counter."""
    return name_of(scene, cell, "the counter")


def _present(scene: Scene, node: Node, why: str) -> Evidence:
    return Evidence(Seen.PRESENT, why, scene.place(node))


def sets_back(scene: Scene, cell: Cell, write: Write) -> bool:
    """Whether a write gives a value that the one before has no part in."""
    if write.first or write.op != "=" or write.value is None:
        return False
    return not steps(Setting(scene), cell, write) and not any(
        isinstance(test, nodes.Binary)
        and test.op in ORDERED
        and mentions(scene, test, cell)
        for test, _ in holding(scene.program, write.node)
    )


def _on_success(scene: Scene, socket: Socket, node: Node, route: Route) -> bool:
    function = scene.program.function_of(node)
    if function in after(scene, socket, Event.OPEN, Event.MESSAGE):
        return True
    if scene.program.module_of(node).language != "python":
        return _waited_for_open(scene, socket, node)
    return any(
        scene.program.function_of(site) is function and node.start > site.start
        for site in route.sites
    ) or any(
        function in below(scene, callee)
        for call in _later_calls(scene, route)
        for callee in scene.program.callees(call)
    )


def _waited_for_open(scene: Scene, socket: Socket, node: Node) -> bool:
    """Whether a node comes after the wait for a promise that the opening settles."""
    function = scene.program.function_of(node)
    opening = after(scene, socket, Event.OPEN, Event.MESSAGE)
    opened = {
        settled_by(scene.program, call) for call in scene.calls_in(tuple(opening))
    }
    return function is not None and any(
        isinstance(value, values.Instance) and value.site in opened
        for wait in tree.own_of(function)
        if isinstance(wait, nodes.Await) and wait.end <= node.start
        for value in scene.program.values(wait.value)
    )


def _later_calls(scene: Scene, route: Route) -> Iterator[nodes.Call]:
    """What is called once the connection is made, in the functions on the route."""
    for site in route.sites:
        function = scene.program.function_of(site)
        if function is None:
            continue
        for call in scene.calls_in((function,)):
            if call.start > site.end:
                yield call


def _at_a_start(scene: Scene, socket: Socket, node: Node) -> bool:
    """Whether a node runs where connecting begins, or where all of it ends."""
    function = scene.program.function_of(node)
    if function is None or socket.creator in below(scene, function):
        return True
    name = scene.program.name_of(function)
    if name in {"constructor", "__init__"}:
        return True
    return any(
        function is effect.callback or function in effect.cleanups
        for effect in effects(scene)
    ) or _closes(scene, socket, function)


def _closes(scene: Scene, socket: Socket, function: nodes.Function) -> bool:
    """Whether a function closes the socket on purpose: `disconnect()`."""
    inside = below(scene, function)
    return any(
        scene.program.function_of(use.call) in inside
        for use in scene.uses_of(socket, "close")
    )


def _function_name(scene: Scene, node: Node) -> str:
    function = scene.program.function_of(node)
    return (scene.program.name_of(function) if function else "") or "a function"


def _unless_hidden(scene: Scene, socket: Socket) -> Evidence:
    """Absent, unless something that is not followed may hold it."""
    for attached in scene.handlers(socket, Event.OPEN, Event.MESSAGE):
        if not attached.resolved:
            return Evidence(Seen.UNKNOWN, f"what `{attached.name}` runs")
    escape = escape_of(scene, socket)
    if escape:
        return Evidence(Seen.UNKNOWN, f"the socket is {escape}")
    return Evidence(Seen.ABSENT)


# -- too early -----------------------------------------------------------------------


def spoiled(scene: Scene, cell: Cell, route: Route) -> source.Place | None:
    """Where a counter is set back before every attempt, whatever came of the last."""
    for write in writes(scene, cell):
        node = write.node
        if write.op == EACH or isinstance(node, nodes.Parameter | nodes.Call):
            continue
        if write.first:
            if _made_anew(scene, cell, node, route):
                return scene.place(node)
        elif sets_back(scene, cell, write) and _always_before(scene, node, route):
            return scene.place(node)
    return None


def _made_anew(scene: Scene, cell: Cell, node: Node, route: Route) -> bool:
    """Whether a local variable is a new one on every way back."""
    if cell.kind != "variable":
        return False
    if not isinstance(node, nodes.Bind):
        return False
    function = scene.program.function_of(node)
    if (loop := route.loop) is not None:
        return function is scene.program.function_of(loop) and _in(node, loop)
    return function is not None and function in route.functions


def _in(node: Node, loop: nodes.Loop) -> bool:
    return loop.start <= node.start and node.end <= loop.end


def _always_before(scene: Scene, node: Node, route: Route) -> bool:
    """Whether a node runs on every way back, before the connection is made."""
    for site in route.sites:
        if scene.program.function_of(site) is not scene.program.function_of(node):
            continue
        if route.loop is not None and not _in(node, route.loop):
            continue
        if always_before(scene.program, [node], site):
            return True
    return False
