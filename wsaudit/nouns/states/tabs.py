"""Tabs: whether the pages of one user agree about what messages and actions write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.feeds import feeds
from wsaudit.analysis.feeds.parts import StatePart
from wsaudit.analysis.feeds.writes import brings, makers, written_entries
from wsaudit.analysis.triggers import listeners
from wsaudit.model import Evidence, Role, Seen, Side
from wsaudit.model.states import Tabs
from wsaudit.nouns.states.optimism import local_writes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node


def tabs(scene: Scene) -> Iterator[Tabs]:
    """One fact for a project whose pages write the state that messages write too."""
    clients = [
        socket.fact
        for socket in scene.sockets
        if socket.fact.side is Side.CLIENT
        and socket.fact.role is Role.PERSISTENT
        and socket.fact.judged
        and not (socket.fact.declared or socket.fact.node_server)
    ]
    edits = next(_edited(scene), None) if clients else None
    if edits is not None:
        part, place, how = edits
        yield Tabs(
            at=clients[0].at,
            connections=tuple(clients),
            name=part.path[0] if part.path else "the state",
            edited=place,
            how=how,
            joined=_joined(scene),
        )


def _edited(scene: Scene) -> Iterator[tuple[StatePart, Place, str]]:
    """What the user's actions write as well, or what all tabs keep in one place."""
    states: dict[Node, StatePart] = {}
    for feed in feeds(scene):
        for part, value in written_entries(scene, feed.write):
            if value is not None and brings(scene, value):
                states.setdefault(part.state, part)
    for state, part in states.items():
        for local in local_writes(scene, state):
            yield local.part, scene.callee_place(local.call), "is changed by the user"
        for call in makers(state):
            if scene.word("persists", call) is not None:
                how = "is kept in the storage of the browser"
                yield part, scene.callee_place(call), how


def _joined(scene: Scene) -> Evidence:
    """What joins the tabs, as far as it stands in files that are read."""
    for name in sorted(scene.dialects.word_ends("joins-tabs")):
        for call in scene.program.calls_named(name):
            if scene.word("joins-tabs", call) is not None:
                why = f"`{name}` joins the tabs"
                return Evidence(Seen.PRESENT, why, scene.callee_place(call))
    for listener in listeners(scene):
        if listener.event == "storage":
            why = "a tab hears of what another one stores"
            return Evidence(Seen.PRESENT, why, scene.place(listener.at))
    return Evidence(Seen.ABSENT)
