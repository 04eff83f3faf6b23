"""Feeds: the client state that messages write.

`feeds` are the state writes that run because of messages, `message_runs` what else they
run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects
from wsaudit.analysis.runs import Below
from wsaudit.analysis.states import StateWrite, writes_in
from wsaudit.analysis.triggers import handlers_of, run_after
from wsaudit.dialects.tables import last_of
from wsaudit.model import Event, Side
from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """A state write that runs because of messages of ``socket``."""

    write: StateWrite
    socket: Socket


@asked
def message_runs(scene: Scene) -> tuple[tuple[Socket, Below], ...]:
    """What the messages of each client in production run."""
    return tuple(
        (socket, run_after(scene, starts))
        for socket in scene.sockets
        if socket.fact.side is Side.CLIENT and socket.fact.judged
        for starts in (started(scene, socket),)
    )


def started(scene: Scene, socket: Socket) -> tuple[nodes.Function, ...]:
    """The handlers of messages, and the effects that see the last one change."""
    watching = [
        effect.callback
        for effect in effects(scene)
        for node in effect.dependencies or ()
        if any(is_last(scene, socket, value) for value in scene.program.values(node))
    ]
    return (*handlers_of(scene, socket, Event.MESSAGE), *watching)


def is_last(scene: Scene, socket: Socket, value: values.Value) -> bool:
    """Whether a value is the last message that a hook keeps of its socket."""
    if not isinstance(value, values.External) or value.receiver is None:
        return False
    if scene.by_site.get(value.receiver.site) is not socket:
        return False
    op = scene.dialects.op(socket.dialect, last_of(value.name), "result")
    return op is not None and op.means == "last_message"


@asked
def feeds(scene: Scene) -> tuple[Feed, ...]:
    """The writes that run because of messages to clients, in order of place."""
    found: dict[nodes.Call, Feed] = {}
    for socket, runs in message_runs(scene):
        for write in writes_in(scene, runs):
            found.setdefault(write.call, Feed(write, socket))
    return tuple(sorted(found.values(), key=lambda feed: scene.place(feed.write.call)))
