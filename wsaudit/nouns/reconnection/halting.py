"""Halting: what may end a client's attempts though it is no limit that is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.paths import paths
from wsaudit.analysis.triggers import after, handlers_of
from wsaudit.flow.conditions import ORDERED, deciding, known
from wsaudit.model import Event
from wsaudit.nouns.reconnection.reasons import tells_why
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.reopening import Reopening
    from wsaudit.syntax.nodes import Node


def halts(scene: Scene, socket: Socket, found: Reopening) -> str:
    """What on the ways back may end the attempts, "" when nothing does.

    What is on purpose (a flag that only ``disconnect()`` sets), close codes and the
    state of the socket end other things than the attempts.
    """
    if any(route.how == "decorator" for route in found.routes):
        return "what repeats it"
    for site in dict.fromkeys(site for route in found.routes for site in route.sites):
        for test in _tests(scene, site):
            if _ends_attempts(scene, socket, test):
                return f"whether `{scene.text(test)}` ends the attempts"
    return ""


def closes_on_error(scene: Scene, socket: Socket) -> str:
    """The close by which an error ends what a library tries, "" when none does."""
    failing = after(scene, socket, Event.ERROR)
    for use in scene.uses_of(socket, "close"):
        if scene.program.function_of(use.call) in failing:
            return f"whether `{scene.text(use.call.function)}()` ends the attempts"
    return ""


def _tests(scene: Scene, site: Node) -> Iterator[nodes.Expression]:
    """The tests that hold where a client goes on, those of loops too."""
    parents = scene.program.parents
    yield from deciding(scene.program, site)
    for loop in tree.loops(site, parents):
        if loop.test is not None:
            yield loop.test


def _ends_attempts(scene: Scene, socket: Socket, test: nodes.Expression) -> bool:
    inner = tree.strip(test)
    while isinstance(inner, nodes.Not):
        inner = tree.strip(inner.value)
    if tells_why(scene, inner):
        return False
    match inner:
        case nodes.Literal():
            return False
        case nodes.Binary(op=op):
            return op in ORDERED or _calls(inner)
        case nodes.Name() | nodes.Member():
            cell = scene.program.cell(inner)
            return cell is None or any(
                _by_failures(scene, socket, write.node) for write in writes(scene, cell)
            )
        case _:
            return True


def _by_failures(scene: Scene, socket: Socket, write: Node) -> bool:
    """Whether the end of a connection leads to a write, whatever its close code."""
    function = scene.program.function_of(write)
    if function not in after(scene, socket, Event.CLOSE, Event.ERROR):
        return False
    return any(
        not any(
            tells_why(scene, one.test)
            for node in path.nodes
            for one in known(scene.program, node)
        )
        for start in handlers_of(scene, socket, Event.CLOSE, Event.ERROR)
        for path in paths(scene, start, write, hows=RUN, states=True)
    )


def _calls(node: nodes.Expression) -> bool:
    return any(isinstance(part, nodes.Call) for part in tree.walk(node))
