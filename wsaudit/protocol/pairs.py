"""Channels: every client with the endpoint it talks to, where that can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from wsaudit.model import Connection, Endpoint, Project, Role, Side
from wsaudit.model.protocol import (
    Channel,
    ClientHearing,
    Pair,
    Pairing,
    ServerSpeech,
)
from wsaudit.protocol.addresses import likeness, of_route, of_url


def with_channels(project: Project, told: Sequence[tuple[str, str]] = ()) -> Project:
    """The project with its pairs and channels added.

    ``told`` are the files of clients with the paths of endpoints that the user pairs;
    these come first. Otherwise a client belongs to the one endpoint whose path its
    address fits best; where there is one of each, they belong together whatever the
    address says, unless it names another host.
    """
    pairs = _pairs(project, told)
    if not pairs:
        return project
    return Project.of_facts(
        (*project.facts, *pairs, *_channels(project, pairs)),
        partly_read=project.partly_read,
        troubles=project.troubles,
        unused=project.unused,
    )


def _pairs(project: Project, told: Sequence[tuple[str, str]]) -> tuple[Pair, ...]:
    """Every client with each endpoint that it talks to."""
    endpoints = [
        endpoint for endpoint in project.all(Endpoint) if endpoint.connection.judged
    ]
    clients = [
        connection
        for connection in project.all(Connection)
        if connection.side is Side.CLIENT
        and connection.judged
        and not connection.declared
        and connection.role is not Role.BRIDGE
    ]
    kinds = _kinds(project)
    return tuple(
        Pair(
            at=client.at,
            connections=(client, endpoint.connection),
            endpoint=endpoint,
            client=client,
            pairing=pairing,
        )
        for client in clients
        for endpoint, pairing in dict.fromkeys(
            [*_told(client, endpoints, told)]
            or _partners(client, clients, endpoints, kinds)
        )
    )


def _kinds(project: Project) -> dict[Connection, frozenset[str]]:
    """What each end calls messages: the kinds that it sends, or that it tells apart."""
    return {
        **{h.connections[0]: h.values for h in project.all(ClientHearing)},
        **{
            speech.connections[0]: frozenset(said.value for said in speech.said)
            for speech in project.all(ServerSpeech)
        },
    }


def _told(
    client: Connection, endpoints: Sequence[Endpoint], told: Sequence[tuple[str, str]]
) -> Iterator[tuple[Endpoint, Pairing]]:
    """The endpoints that the configuration names for a client's file."""
    for file, route in told:
        if file != client.at.path:
            continue
        for endpoint in endpoints:
            if endpoint.path and endpoint.bare_path == route.strip("/"):
                yield endpoint, Pairing.TOLD


def _channels(project: Project, pairs: Sequence[Pair]) -> Iterator[Channel]:
    hearings = {
        hearing.connections[0]: hearing for hearing in project.all(ClientHearing)
    }
    speeches = {speech.connections[0]: speech for speech in project.all(ServerSpeech)}
    for pair in pairs:
        hearing = hearings.get(pair.client)
        speech = speeches.get(pair.endpoint.connection)
        if hearing is None or speech is None:
            continue
        others = [
            hearings[other.client].values
            for other in pairs
            if other.endpoint is pair.endpoint
            and other.client is not pair.client
            and other.client in hearings
        ]
        yield Channel(
            at=hearing.at,
            connections=pair.connections,
            endpoint=pair.endpoint,
            client=pair.client,
            pairing=pair.pairing,
            speech=speech,
            hearing=hearing,
            elsewhere=frozenset().union(*others),
        )


def _nearest(client: Connection, endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Of endpoints with one address, those that share most folders with a client.

    Several applications in one repository, such as examples, often have one address.
    """
    mine = client.at.path.split("/")[:-1]
    shared = {
        endpoint: _in_common(mine, endpoint.at.path.split("/")[:-1])
        for endpoint in endpoints
    }
    most = max(shared.values())
    return [endpoint for endpoint, folders in shared.items() if folders == most]


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many folders two paths have in common."""
    agreeing = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in agreeing)


def _partners(
    client: Connection,
    clients: Sequence[Connection],
    endpoints: Sequence[Endpoint],
    kinds: Mapping[Connection, frozenset[str]],
) -> Iterator[tuple[Endpoint, Pairing]]:
    """The endpoints that a client talks to; a wrapper may talk to several.

    A host that is written out is that of another server, unless the two know the same
    kinds of messages.
    """
    found = False
    for url in client.urls:
        address = of_url(url)
        scores = [
            (likeness(address, of_route(route)), endpoint)
            for endpoint in endpoints
            for route in endpoint.routes or (endpoint.path,)
            if route
            and not (
                address.foreign
                and kinds.get(client, frozenset()).isdisjoint(
                    kinds.get(endpoint.connection, ())
                )
            )
        ]
        best = max((score for score, _ in scores), default=0)
        fitting = [endpoint for score, endpoint in scores if score == best > 0]
        if len(fitting) > 1:
            fitting = _nearest(client, fitting)
        if len(fitting) == 1:
            found = True
            yield fitting[0], Pairing.PATH
    foreign = any(of_url(url).foreign for url in client.urls)
    if not found and not foreign and len(clients) == len(endpoints) == 1:
        written = any(of_url(url).known for url in client.urls) and endpoints[0].path
        if not written:
            yield endpoints[0], Pairing.ONLY_ONE
