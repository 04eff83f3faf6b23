"""Leaving: what a server still does with a socket whose other end has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.analysis.catching import catches, disconnects, handlers
from wsaudit.analysis.coverage import Raising
from wsaudit.analysis.sessions import gone
from wsaudit.flow.made import graph_of
from wsaudit.flow.ways import ways
from wsaudit.model import Evidence, Seen
from wsaudit.model.delivery import Standing
from wsaudit.nouns.sending.ready import tested
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

_RUNTIME_ERROR = "builtins.RuntimeError"


def after_end(scene: Scene, use: Use, socket: Socket) -> Evidence:
    """Whether an operation may run once the other end has left, its errors loose.

    Absent where no way leads there, where the socket's state is checked, and where what
    it raises is caught.
    """
    home = scene.program.function_of(use.call)
    met = _met(scene, use, socket, home) if home is not None else None
    if met is None:
        return Evidence(Seen.ABSENT, "the other end is still there")
    if tested(scene, use.call, (socket,)).standing in {Standing.OPEN, Standing.STALE}:
        return Evidence(Seen.ABSENT, "the socket's state is checked")
    if _caught(scene, use, socket):
        return Evidence(Seen.ABSENT, "what it raises is caught")
    at = scene.place(met)
    if _conditional(scene, use.call):
        return Evidence(Seen.UNKNOWN, "under which condition it runs", at)
    return Evidence(Seen.PRESENT, "the other end may have left", at)


def _met(scene: Scene, use: Use, socket: Socket, home: nodes.Function) -> Node | None:
    """Where the end of the connection is met, on a way to an operation."""
    graph = graph_of(scene.program, home)
    for way in gone(scene, socket, home):
        ends = ways(scene.program, graph, [way.start], {use.call}, Raising(scene))
        if way.at is not use.call and any(end.met for end in ends):
            return way.at
    return None


def _caught(scene: Scene, use: Use, socket: Socket) -> bool:
    """Whether both things that an operation on a left socket may raise are caught."""
    known = disconnects(scene, socket.dialect)
    raised = {_RUNTIME_ERROR, *(first for first, _ in known)}
    around = list(handlers(scene, use.call))
    return all(any(catches(scene, each, name) for each in around) for name in raised)


def _conditional(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call stands under a condition of its handler or ``finally``."""
    for around in tree.within(call, scene.program.parents):
        if isinstance(around, nodes.Try | nodes.Handler):
            return False
        if isinstance(around, nodes.If | nodes.Switch):
            return True
    return False
