"""Plugins: connections that a library opens for a whole application of components.

``app.use(Socket, url, options)`` opens one, ``this.$socket`` is it in each component,
and ``sockets: { onmessage(event) {…} }`` are its handlers there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from os.path import commonpath
from typing import TYPE_CHECKING

from wsaudit.connections import clients
from wsaudit.connections.scene import (
    EVENTS,
    Attached,
    Scene,
    Socket,
    attach,
    restate,
)
from wsaudit.model import Event
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Recogniser


def find(scene: Scene) -> None:
    """Note the connections that plugins open, and where components know them."""
    table = scene.dialects.recognisers("plugin")
    found: dict[Socket, Recogniser] = {}
    for call in scene.program.calls_named("use"):
        if not call.arguments:
            continue
        names = scene.program.canonical_names(call.arguments[0].value)
        recogniser = next((table[name] for name in names if name in table), None)
        if recogniser is not None:
            clients.client(scene, call, recogniser)
            socket = scene.by_site[call]
            socket.of = recogniser.match[0]
            name = recogniser.members[0]
            restate(scene, socket, replace(socket.fact, name=name))
            found[socket] = recogniser
    if found:
        _make_known(scene, found)
        scene.catch_up()


def _make_known(scene: Scene, found: dict[Socket, Recogniser]) -> None:
    """Let the members of components by which they know it be the connection."""
    for path, module in scene.program.modules.items():
        socket, recogniser = max(
            found.items(), key=lambda one: len(commonpath((path, one[0].fact.at.path)))
        )
        members = [name.split(".") for name in recogniser.members]
        whole = values.Instance(socket.of, socket.site)
        for node in scene.program.every(nodes.Member, module):
            if any(_ends_so(node, names) for names in members):
                scene.program.seed(node, whole)
            elif node.name.startswith("$") and scene.dialects.op(
                socket.dialect, node.name, "receiver"
            ):
                name = f"{socket.of}.{node.name}"
                scene.program.seed(node, values.External(name, whole))
        for entry in scene.program.every(nodes.Entry, module):
            for name, handler in _handlers(scene, socket, entry, recogniser):
                _attach(scene, socket, name, handler)


def _ends_so(node: nodes.Expression, names: list[str]) -> bool:
    """Whether an expression ends in some members: ``a.b`` of ``this.a.b``."""
    for name in reversed(names):
        if not isinstance(node, nodes.Member) or node.name != name:
            return False
        node = node.object
    return True


def _handlers(
    scene: Scene, socket: Socket, option: nodes.Entry, recogniser: Recogniser
) -> Iterator[tuple[str, nodes.Entry]]:
    """The handlers in an option of a component."""
    if tree.key_of(option) != recogniser.handlers or not recogniser.handlers:
        return
    for value in scene.program.values(option.value):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            name = tree.key_of(entry)
            if name and scene.dialects.event_of_property(socket.dialect, name):
                yield name, entry


def _attach(scene: Scene, socket: Socket, name: str, entry: nodes.Entry) -> None:
    event = scene.dialects.event_of_property(socket.dialect, name)
    means = EVENTS.get(event.means, Event.OTHER) if event else Event.OTHER
    functions = scene.functions_of(entry.value)
    attached = Attached(means, name, entry, functions, (socket,), bool(functions))
    attach(scene, attached)
