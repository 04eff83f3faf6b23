"""The protocol of a project: its endpoints, its clients, and who says what to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TextIO

from wsaudit.model import Connection, Endpoint, Project
from wsaudit.model.protocol import Channel, Pair, Speech
from wsaudit.report.document import write_json
from wsaudit.report.sanitise import harmless
from wsaudit.source import Place, Source

Sources = Callable[[str], Source]


def render_json(project: Project, source: Sources, out: TextIO) -> None:
    """Write endpoints with their clients and messages, and the clients without one."""
    paired = {pair.client for pair in project.all(Pair)}
    lonely = [
        _client(one, source)
        for one in project.all(Connection)
        if one.side == "client" and one not in paired
    ]
    endpoints = [_endpoint(one, project, source) for one in project.all(Endpoint)]
    write_json({"endpoints": endpoints, "clients_without_endpoint": lonely}, out)


def render(project: Project, source: Sources, out: TextIO) -> None:
    """Write the same as lines: an endpoint, then what is known of it."""
    for endpoint in project.all(Endpoint):
        out.write(f"{harmless(endpoint.shown)}  {_shown(endpoint.at, source)}\n")
        out.writelines(
            f"  {harmless(line)}\n" for line in _lines(endpoint, project, source)
        )
    paired = {pair.client for pair in project.all(Pair)}
    for one in project.all(Connection):
        if one.side == "client" and one not in paired:
            url = one.url or "an address that is not known"
            out.write(f"{harmless(url)}  {_shown(one.at, source)}  no endpoint here\n")


def _lines(endpoint: Endpoint, project: Project, source: Sources) -> Iterator[str]:
    data = _endpoint(endpoint, project, source)
    for client in data["clients"]:
        yield f"client {client['name'] or client['library']} at {client['at']}"
    if data["sends"]:
        yield f"sends {', '.join(data['sends'])}"
    if data["may_send_more"]:
        yield f"may send more: {data['may_send_more']}"
    if data["unheard"]:
        yield f"no client hears {', '.join(data['unheard'])}"


def _endpoint(endpoint: Endpoint, project: Project, source: Sources) -> dict[str, Any]:
    pairs = [one for one in project.all(Pair) if one.endpoint is endpoint]
    speeches = [
        one
        for connection in endpoint.connections
        for one in project.of(Speech, connection)
    ]
    channels = [one for one in project.all(Channel) if one.endpoint is endpoint]
    said = {one.value for speech in speeches for one in speech.said}
    heard = {value for one in channels for value in one.hearing.values}
    open_ = [one.open for one in speeches if one.open]
    if not speeches:
        open_ = ["no client of it is in sight, so nobody asked what it sends"]
    unheard = {one.value for channel in channels for one in channel.unheard} - heard
    return {
        "path": endpoint.path,
        "name": endpoint.name,
        "framework": endpoint.framework,
        "at": _shown(endpoint.at, source),
        "clients": [
            _client(pair.client, source) | {"paired_by": pair.pairing.value}
            for pair in pairs
        ],
        "sends": sorted(said),
        "may_send_more": open_[0] if open_ else "",
        "heard": sorted(heard),
        "unheard": sorted(unheard),
    }


def _client(one: Connection, source: Sources) -> dict[str, Any]:
    return {
        "name": one.name,
        "library": one.library,
        "url": harmless(one.url),
        "role": one.role.value,
        "at": _shown(one.at, source),
    }


def _shown(at: Place, source: Sources) -> str:
    return harmless(f"{at.path}:{source(at.path).line_of(at.start)}")
