"""Arrivals: what runs for a new connection, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import RUN, edges
from wsaudit.connections.escapes import escapes_by
from wsaudit.connections.roles.packages import library, project_of
from wsaudit.connections.scene import written
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.security.access import made_of
from wsaudit.nouns.security.dependencies import dependencies
from wsaudit.nouns.security.entrances import middleware_of, told_by
from wsaudit.nouns.security.levels import Frame
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

Definition = nodes.FunctionDef | nodes.ClassDef


@asked
def arrival(scene: Scene, socket: Socket) -> tuple[Node, ...]:
    """All nodes that run for a new connection, but for what runs for its messages."""
    found: dict[nodes.Function, None] = {}
    if socket.entry is not None:
        found[socket.entry] = None
    for dependency in dependencies(scene, socket):
        if dependency.function is not None:
            found[dependency.function] = None
    for attached in scene.handlers(socket, Event.OPEN):
        found.update(dict.fromkeys(attached.functions))
    for function in (*told_by(scene, socket), *middleware_of(scene, socket)):
        found[function] = None
    for cls in (
        scene.program.classes.lineage(socket.cls) if socket.cls is not None else ()
    ):
        for member in cls.members:
            if isinstance(member, nodes.FunctionDef):
                found[member.function] = None
    return tuple(_own(scene, _reached(scene, tuple(found))))


def _reached(
    scene: Scene, starts: tuple[nodes.Function, ...]
) -> tuple[nodes.Function, ...]:
    """What some functions run, a few steps down, but for what their loops run."""
    loops = {each.loop for each in receive_loops(scene)}
    found = dict.fromkeys(starts)
    ahead = starts
    for _ in range(NEAR):
        ahead = tuple(
            dict.fromkeys(
                edge.function
                for function in ahead
                for edge in edges(scene, function)
                if edge.how in RUN
                and edge.function not in found
                and loops.isdisjoint(tree.within(edge.site, scene.program.parents))
            )
        )
        found.update(dict.fromkeys(ahead))
    return tuple(found)


def _own(scene: Scene, functions: tuple[nodes.Function, ...]) -> Iterator[Node]:
    loops = {each.loop for each in receive_loops(scene)}
    handlers = {
        function
        for attached in scene.attached
        if attached.event is Event.MESSAGE
        for function in attached.functions
    }
    for function in functions:
        if function in handlers:
            continue
        for parameter in function.parameters:
            yield from tree.walk(parameter)
        for node in tree.own_of(function):
            around = tree.within(node, scene.program.parents)
            if node not in loops and not any(each in loops for each in around):
                yield node


def hidden(scene: Scene, socket: Socket) -> Evidence | None:
    """Why what an endpoint asks may not be all in sight; messages come too late."""
    if socket.fact.partly_read:
        return Evidence(Seen.UNKNOWN, "its file has syntax errors")
    for node in arrival(scene, socket) if socket.fact.escapes else ():
        if isinstance(node, nodes.Call) and escapes_by(scene, socket, node):
            why = f"the socket is passed to `{written(node.function)}`"
            return Evidence(Seen.UNKNOWN, why, scene.place(node))
    return None


@asked
def http_only(scene: Scene, project: str) -> Definition | None:
    """Middleware for HTTP requests that turns away who shows no valid credential.

    That of another project, and of what is only an example, is none of this one's.
    """
    for function, definition in _for_http(scene):
        path = scene.place(definition).path
        own = project_of(scene, path) == project and not library(scene, path)
        if own and made_of(scene, Frame(function), outermost=True).refuses:
            return definition
    return None


def _for_http(scene: Scene) -> Iterator[tuple[nodes.Function, Definition]]:
    for definition in scene.program.every(nodes.FunctionDef):
        if any(
            scene.dialects.match_word("http-middleware", name) is not None
            for each in definition.decorators
            for name in scene.program.canonical_names(
                each.function if isinstance(each, nodes.Call) else each
            )
        ):
            yield definition.function, definition
    for made in scene.program.every(nodes.ClassDef):
        if any(
            scene.dialects.match_word("http-middleware", name) is not None
            for base in made.bases
            for name in scene.program.canonical_names(base)
        ):
            for member in made.members:
                if isinstance(member, nodes.FunctionDef) and member.name == "dispatch":
                    yield member.function, made
