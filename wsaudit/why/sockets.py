"""Which sockets an expression may be, what a call does with them, whose code it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The sockets of an expression, the operation of a call, events of a function."""
    match node:
        case nodes.Name() | nodes.Member():
            for socket in scene.sockets_of(node):
                fact = socket.fact
                yield f"the {fact.role} {fact.side} socket from ", fact.at
        case nodes.Call():
            yield from _of_call(scene, node)
        case nodes.Function():
            yield from _of_function(scene, node)
        case _:
            return


def _of_call(scene: Scene, call: nodes.Call) -> Iterator[Sentence]:
    use = scene.use(call)
    if use is not None:
        for socket in use.sockets:
            yield f"a {use.op.means} of the socket from ", socket.fact.at
    for socket in scene.sockets:
        if socket.creation is call:
            yield (f"opens a {socket.fact.role} socket ({socket.of})",)


def _of_function(scene: Scene, function: nodes.Function) -> Iterator[Sentence]:
    for socket in scene.sockets:
        if function is socket.entry:
            yield "has the server's end of ", socket.fact.at
        elif function in socket.unit:
            yield "runs for the socket from ", socket.fact.at
    for attached in scene.attached:
        if function in attached.functions:
            yield f"runs on `{attached.name}`, attached at ", scene.place(attached.at)
