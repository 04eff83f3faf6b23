"""Freshness: whether who shows what messages bring shows as well how old it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.components import outermost
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.feeds import feeds
from wsaudit.analysis.feeds.writes import brings
from wsaudit.analysis.runs import spread
from wsaudit.analysis.states import shown, writes_in, written_cells
from wsaudit.analysis.triggers import handlers_of
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.model.states import Freshness
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

_AGE = re.compile(
    r"last_?(sync|update|message|seen|change|receiv)|(updated|synced|fetched)_?at"
    r"|stale|fresh|as_?of|offline|online|connect|status",
    re.IGNORECASE,
)


def freshness(scene: Scene) -> Iterator[Freshness]:
    """One fact for each lasting connection whose messages and whose state are shown."""
    for socket in scene.sockets:
        if socket.fact.role is not Role.PERSISTENT or not socket.fact.judged:
            continue
        status = {cell for cell in _status(scene, socket) if cell in shown(scene)}
        fed = list(_fed(scene, socket, status)) if status else []
        unaware = [each for each in fed if not _tells_age(scene, each[2], status)]
        for at, cell, component in (unaware or fed)[:1]:
            told = Evidence(Seen.ABSENT)
            if not unaware:
                why = f"`{scene.program.name_of(component)}` tells how old it is"
                told = Evidence(Seen.PRESENT, why)
            yield Freshness(
                at=scene.place(at),
                connections=(socket.fact,),
                name=cell.name,
                component=scene.program.name_of(component),
                told=told,
            )


def _status(scene: Scene, socket: Socket) -> Iterator[Cell]:
    """The states that are written when the connection ends."""
    starts = handlers_of(scene, socket, Event.CLOSE, Event.ERROR)
    for write in writes_in(scene, spread(scene, starts, hows=RUN - {"event"})):
        yield from (cell for cell, _ in written_cells(scene, write))


def _fed(
    scene: Scene, socket: Socket, status: set[Cell]
) -> Iterator[tuple[Node, Cell, nodes.Function]]:
    """The states that messages write, where a component shows each."""
    for feed in feeds(scene):
        if feed.socket is not socket:
            continue
        for cell, value in written_cells(scene, feed.write):
            if value is None or not brings(scene, value):
                continue
            at = shown(scene).get(cell) if cell not in status else None
            component = outermost(scene.program, at) if at is not None else None
            if at is not None and component is not None:
                yield at, cell, component


def _tells_age(scene: Scene, component: nodes.Function, status: set[Cell]) -> bool:
    """Whether a component looks at the connection's state, or at a time."""
    return any(
        scene.program.cell(node) in status
        or _AGE.search(node.id if isinstance(node, nodes.Name) else node.name)
        for node in tree.walk(component)
        if isinstance(node, nodes.Name | nodes.Member)
    )
