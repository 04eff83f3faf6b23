"""Channels: every client with the endpoint it talks to, where that can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from wsaudit.model import (
    Connection,
    Endpoint,
    Evidence,
    Project,
    Role,
    Seen,
    Side,
)
from wsaudit.model.protocol import (
    Channel,
    Hearing,
    Pair,
    Pairing,
    Requests,
    Speech,
    Target,
)
from wsaudit.protocol.addresses import Address, likeness, of_route, of_url


def with_channels(project: Project, told: Sequence[tuple[str, str]] = ()) -> Project:
    """The project with its pairs and channels added.

    ``told`` are the files of clients with the paths of endpoints that the user pairs;
    these come first. Otherwise a client belongs to the one endpoint whose path its
    address fits best; where there is one of each, they belong together whatever the
    address says, unless it names another host.
    """
    pairs = _pairs(project, told)
    found = (*pairs, *_channels(project, pairs), *_requests(project, pairs))
    targets = tuple(_targets(project, pairs))
    if not found and not targets:
        return project
    return Project.of_facts(
        (*project.facts, *found, *targets),
        partly_read=project.partly_read,
        troubles=project.troubles,
        unused=project.unused,
    )


def _pairs(project: Project, told: Sequence[tuple[str, str]]) -> tuple[Pair, ...]:
    """Every client with each endpoint that it talks to."""
    endpoints, clients = _ends(project)
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


def _ends(project: Project) -> tuple[list[Endpoint], list[Connection]]:
    """The endpoints and the clients that may belong together."""
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
    return endpoints, clients


def _kinds(project: Project) -> dict[Connection, frozenset[str]]:
    """What each end calls messages: the kinds that it sends, or that it tells apart."""
    return {
        **{
            hearing.connections[0]: hearing.values
            for hearing in project.all(Hearing)
            if hearing.connections[0].side is Side.CLIENT
        },
        **{
            speech.connections[0]: frozenset(said.value for said in speech.said)
            for speech in project.all(Speech)
            if speech.connections[0].side is Side.SERVER
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
    hearings = {hearing.connections[0]: hearing for hearing in project.all(Hearing)}
    speeches = {speech.connections[0]: speech for speech in project.all(Speech)}
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


def _requests(project: Project, pairs: Sequence[Pair]) -> Iterator[Requests]:
    """What each endpoint is sent by all of its clients."""
    hearings = {hearing.connections[0]: hearing for hearing in project.all(Hearing)}
    speeches = {speech.connections[0]: speech for speech in project.all(Speech)}
    for endpoint in dict.fromkeys(pair.endpoint for pair in pairs):
        hearing = hearings.get(endpoint.connection)
        clients = [pair.client for pair in pairs if pair.endpoint is endpoint]
        spoken = [speeches[client] for client in clients if client in speeches]
        if hearing is None or not spoken:
            continue
        yield Requests(
            at=hearing.at,
            connections=(endpoint.connection, *clients),
            endpoint=endpoint,
            speech=Speech(
                at=spoken[0].at,
                connections=tuple(clients),
                said=tuple(said for speech in spoken for said in speech.said),
                open=next((speech.open for speech in spoken if speech.open), ""),
            ),
            hearing=hearing,
        )


def _targets(project: Project, pairs: Sequence[Pair]) -> Iterator[Target]:
    """Where each page connects to whose path is known, where servers are in sight."""
    endpoints, clients = _ends(project)
    paired = {pair.client: pair.endpoint for pair in pairs}
    for client in clients if endpoints else ():
        known = [
            address
            for url in client.urls or (client.url,)
            if (address := of_url(url)).known and not address.foreign
        ]
        python = client.at.path.endswith(".py")
        if not known or python or client.node_server:
            continue
        yield Target(
            at=client.at,
            connections=(client,),
            path=f"/{'/'.join(known[0].segments)}",
            served=Evidence(Seen.PRESENT, "an endpoint in sight has its path")
            if client in paired
            else _served(known, endpoints),
            nearest=paired.get(client) or _most_like(known, endpoints),
        )


def _served(known: Sequence[Address], endpoints: Sequence[Endpoint]) -> Evidence:
    """Whether an endpoint in sight has one of the paths of a client.

    What stands before the path of an endpoint may be taken away on the way to it.
    """
    for endpoint in endpoints:
        for path in endpoint.routes or (endpoint.path,):
            route = of_route(path)
            if not path:
                return Evidence(Seen.UNKNOWN, "the path of an endpoint is not known")
            if any(likeness(address, route) for address in known):
                return Evidence(Seen.PRESENT, "an endpoint in sight has its path")
            if any(route.ends(address) for address in known):
                why = f"whether a proxy makes it the path of {endpoint.shown}"
                return Evidence(Seen.UNKNOWN, why)
    return Evidence(Seen.ABSENT)


def _most_like(known: Sequence[Address], endpoints: Sequence[Endpoint]) -> Endpoint:
    """The endpoint that has most parts of a client's path."""
    mine = {segment for address in known for segment in address.segments}

    def shared(endpoint: Endpoint) -> int:
        return len(mine & set(of_route(endpoint.path).segments))

    return max(endpoints, key=shared)


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
