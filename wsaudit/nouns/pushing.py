"""Endpoints that push: endless loops that send, and whether anything receives too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.connections.capabilities import capability
from wsaudit.connections.scene import written
from wsaudit.model import Evidence, Seen
from wsaudit.model.receiving import Pushing
from wsaudit.nouns import each
from wsaudit.nouns.errors.boundaries import loop_head
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Fact, Trouble

MAKES = (Pushing,)


def find(scene: Scene) -> Iterator[Fact | Trouble]:
    """The endless loops in which endpoints send, where only a receive hears the end."""
    yield from each(scene.sockets, lambda socket: _of_socket(scene, socket))


def _of_socket(scene: Scene, socket: Socket) -> Iterator[Pushing]:
    deaf = capability(scene, socket, "end_is_received")
    if socket.endpoint is None or socket.entry is None or deaf is None:
        return
    loop = next(_loops(scene, socket), None)
    if loop is not None:
        test = loop.test or loop.source
        states = [
            written(node)
            for node in ((test, *tree.own(test)) if test is not None else ())
            if isinstance(node, nodes.Member) and scene.says("tells-closed", node.name)
        ]
        yield Pushing(
            at=loop_head(scene, loop),
            connections=(socket.fact,),
            hears=_hears(scene, socket),
            polls=states[0] if states else "",
            waits=loop.is_async,
        )


def _loops(scene: Scene, socket: Socket) -> Iterator[nodes.Loop]:
    """The loops without end in the code of a socket that send on it."""
    received = {one.loop for one in receive_loops(scene)}
    for use in scene.uses_of(socket, "send"):
        for loop in tree.loops(use.call, scene.program.parents):
            endless = loop.is_async or (
                loop.kind == "while" and _goes_on(scene, loop.test)
            )
            if endless and loop not in received:
                yield loop
                break


def _goes_on(scene: Scene, test: nodes.Expression | None) -> bool:
    """Whether a loop goes on until something from outside ends it."""
    return (
        test is None
        or (isinstance(test, nodes.Literal) and bool(test.value))
        or any(
            isinstance(node, nodes.Member) and scene.says("tells-closed", node.name)
            for node in (test, *tree.own(test))
        )
    )


def _hears(scene: Scene, socket: Socket) -> Evidence:
    """Whether something receives for as long as the connection lasts."""
    if socket.fact.escapes:
        return Evidence(Seen.UNKNOWN, f"the socket is {socket.fact.escapes}")
    for one in receive_loops(scene):
        if socket in one.sockets:
            return Evidence(Seen.PRESENT, "it is received from", scene.place(one.loop))
    for use in scene.uses_of(socket, "receive", "iterate"):
        home = scene.program.function_of(use.call)
        task = any(
            isinstance(around, nodes.Call) and scene.word("task", around) is not None
            for around in tree.within(use.call, scene.program.parents)
        )
        if task or home is not socket.entry:
            return Evidence(Seen.PRESENT, "it is received from", scene.place(use.call))
    return Evidence(Seen.ABSENT)
