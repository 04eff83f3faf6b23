"""Contexts: connections that a handler is not given but knows by a global name.

``websocket`` of Quart is, in each handler, the connection that the handler runs for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import spread
from wsaudit.limits import STEPS
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene


def seed(scene: Scene) -> None:
    """Let the global name of a connection mean that of the handler that runs there."""
    homes: dict[nodes.Function, list[values.Instance]] = defaultdict(list)
    names: set[str] = set()
    for socket in scene.sockets:
        if socket.context and socket.entry is not None:
            names.add(socket.context)
            for function in spread(scene, {socket.entry: None}, deep=STEPS):
                homes[function].append(values.Instance(socket.of, socket.site))
    if not homes:
        return
    found = {node: at for at in homes for node in _mentions(scene, at, names)}
    for node, at in found.items():
        scene.program.seed(node, *homes[at])
    scene.catch_up()


def _mentions(
    scene: Scene, function: nodes.Function, names: set[str]
) -> Iterator[nodes.Expression]:
    """Where a function names one of the globals."""
    for node in tree.own_of(function):
        if isinstance(node, nodes.Name | nodes.Member) and names.intersection(
            scene.program.canonical_names(node)
        ):
            yield node
