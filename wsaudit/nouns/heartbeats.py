"""Heartbeats: one fact for each end that has to notice when the other is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.absence import first
from wsaudit.analysis.cells import kept_in
from wsaudit.connections.capabilities import capability
from wsaudit.deployment.deployments import pings_at, runs_at
from wsaudit.deployment.proxies import proxy_for
from wsaudit.model import Event, Evidence, Seen, Side
from wsaudit.model.heartbeat import Heartbeat, Rhythm
from wsaudit.nouns.heartbeat.answers import answered_in_time
from wsaudit.nouns.heartbeat.beats import asks, pings, rhythms
from wsaudit.nouns.heartbeat.deadlines import looked_at, unfed
from wsaudit.nouns.heartbeat.watches import wakes, watches
from wsaudit.program.names import Binding

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Place

MAKES = (Heartbeat,)

RUNNER = "runner"
"""The option of a capability that the program which runs the server has, or has not."""


def find(scene: Scene) -> Iterator[Heartbeat]:
    """What every end that is made here does; several alike are one.

    Alike are the endpoints that one server program leaves without pings, and the
    sockets that stand in for one another: they are kept in one place, or made by one
    function in several branches.
    """
    own = {
        socket: _own(scene, socket)
        for socket in scene.sockets
        if not socket.fact.declared and socket.fact.judged and _listens(scene, socket)
    }
    first: dict[object, Heartbeat] = {}
    for socket, heartbeat in own.items():
        key = _cause(scene, socket, heartbeat)
        if key in first:
            also = (*first[key].also, heartbeat.at)
            ends = (*first[key].ends, socket.fact)
            first[key] = replace(first[key], also=also, ends=ends)
        else:
            first[key] = heartbeat
    yield from first.values()


def _listens(scene: Scene, socket: Socket) -> bool:
    """Whether silence would be missed at all.

    A browser's client that only sends, or only looks whether there is a server, waits
    for nothing.
    """
    if socket.fact.side is Side.SERVER or socket.fact.escapes:
        return True
    if scene.program.module_of(socket.site).language == "python":
        return True
    hook = any(
        op.source == "result" for op in scene.dialects.dialect(socket.dialect).op
    )
    return hook or any(
        attached.event is Event.MESSAGE or attached.name == "?"
        for attached in socket.attached
    )


def _cause(scene: Scene, socket: Socket, heartbeat: Heartbeat) -> object:
    found = (heartbeat.library, heartbeat.pings, heartbeat.watches)
    if socket.fact.side is Side.CLIENT:
        for cell in kept_in(scene, socket.creation):
            if not isinstance(cell.owner, Binding):
                return cell, *(each.seen for each in found)
        return (socket.creator, socket.fact.name) if socket.creator else socket
    alone = any(not each.absent for each in found) or heartbeat.library.at is None
    return socket if alone else heartbeat.library.at


def _own(scene: Scene, socket: Socket) -> Heartbeat:
    """What one end does by itself."""
    python = scene.program.module_of(socket.site).language == "python"
    at = socket.endpoint.at if socket.endpoint is not None else socket.fact.at
    browser = socket.fact.side is Side.CLIENT and not python
    return Heartbeat(
        at=at,
        connections=(socket.fact,),
        library=_by_library(scene, socket),
        pings=pings(scene, socket),
        watches=first(
            watches(scene, socket),
            answered_in_time(scene, socket),
            looked_at(scene, socket),
        ),
        ends=(socket.fact,),
        title=scene.dialects.dialect(socket.dialect).dialect.title,
        partial=wakes(scene, socket) if browser else "",
        keepalive=_keepalive(scene, socket),
        asks=asks(scene, socket),
        drops=_drops(scene, socket),
        unfed=_unfed(scene, socket),
        rhythms=(*_of_library(scene, socket), *rhythms(scene, socket)),
        proxy=proxy_for(scene, at.path, _path(socket)),
    )


def _drops(scene: Scene, socket: Socket) -> Evidence:
    """Whether the library or the server program gives up on who does not answer."""
    title = scene.dialects.dialect(socket.dialect).dialect.title
    pinged = capability(scene, socket, "ping_out")
    if pinged is not None and pinged.cap.option == RUNNER:
        found = runs_at(scene, socket.fact.at.path)
        drop = [one for one in found if one.pings.present and one.drops.present]
        seen = Seen.PRESENT if found and len(drop) == len(found) else Seen.UNKNOWN
        return Evidence(seen, f"{found[0].title if found else title} drops who is gone")
    silent = pinged is not None and pinged.seen is Seen.ABSENT
    for name in ("dead_peer_close", "app_heartbeat"):
        cap = capability(scene, socket, name)
        off = silent and name == "dead_peer_close"
        if cap is not None and cap.seen is Seen.PRESENT and not off:
            return Evidence(Seen.PRESENT, f"{title} drops who does not answer")
    return Evidence(Seen.ABSENT)


def _unfed(scene: Scene, socket: Socket) -> tuple[Place, str] | None:
    found = unfed(scene, socket)
    return (scene.place(found), scene.text(found)) if found is not None else None


def _of_library(scene: Scene, socket: Socket) -> Iterator[Rhythm]:
    """How often the library pings, or the program that runs the server."""
    title = scene.dialects.dialect(socket.dialect).dialect.title
    for name in ("ping_out", "app_heartbeat"):
        found = capability(scene, socket, name)
        if found is not None and found.cap.option == RUNNER:
            for one in runs_at(scene, socket.fact.at.path):
                if one.pings.present:
                    yield Rhythm(one.at, one.title, one.every, default=not one.options)
        elif found is not None and found.seen is Seen.PRESENT:
            found = capability(scene, socket, "heartbeat_interval") or found
            at, chosen = found.option, not isinstance(found.value, bool)
            yield Rhythm(
                scene.place(at) if at is not None else socket.fact.at,
                title,
                found.seconds if chosen else None,
                default=at is None,
            )


def _path(socket: Socket) -> str:
    return f"/{socket.endpoint.bare_path}" if socket.endpoint is not None else ""


def _by_library(scene: Scene, socket: Socket) -> Evidence:
    """Whether the library or the server program pings."""
    title = scene.dialects.dialect(socket.dialect).dialect.title
    unknown = None
    for name in ("ping_out", "app_heartbeat"):
        found = capability(scene, socket, name)
        if found is None:
            continue
        if found.cap.option == RUNNER:
            return pings_at(scene, socket.fact.at.path)
        at = scene.place(found.option) if found.option is not None else None
        if found.seen is Seen.PRESENT:
            return Evidence(Seen.PRESENT, f"{title} pings by itself", at)
        if found.seen is Seen.UNKNOWN:
            unknown = Evidence(Seen.UNKNOWN, f"`{found.cap.option}` does not fold", at)
    return unknown or Evidence(Seen.ABSENT, f"{title} sends no pings by itself")


def _keepalive(scene: Scene, socket: Socket) -> Place | None:
    """Where TCP's own keep-alive is asked for in the file of an end."""
    path = socket.fact.at.path
    for call in scene.program.calls_named("setKeepAlive"):
        if scene.place(call).path == path:
            return scene.callee_place(call)
    for call in scene.program.calls_named("setsockopt"):
        if scene.place(call).path == path and any(
            scene.text(argument.value).endswith("SO_KEEPALIVE")
            for argument in call.arguments
        ):
            return scene.callee_place(call)
    return None
