"""How much a client may ask of each endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.connections.roles.packages import project_of
from wsaudit.model import Evidence, Seen
from wsaudit.model.admission import Admission
from wsaudit.model.limits import MessageSize, Workload
from wsaudit.nouns import each
from wsaudit.nouns.security import arrivals, crowds, pacing, pages
from wsaudit.nouns.security.sizes import sizes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Fact, Trouble

MAKES = (Workload, Admission, MessageSize)


def find(scene: Scene) -> Iterator[Fact | Trouble]:
    """What each endpoint asks of connections, and what messages have it do."""
    yield from each(scene.sockets, lambda socket: _workload(scene, socket))
    yield from each(scene.sockets, lambda socket: _admission(scene, socket))
    yield from sizes(scene)


def _admission(scene: Scene, socket: Socket) -> Iterator[Admission]:
    if socket.endpoint is None:
        return
    cookie, header = pages.cookie(scene, socket), pages.header(scene, socket)
    project = project_of(scene, socket.endpoint.at.path)
    python = socket.endpoint.at.path.endswith(".py")
    unguarded = arrivals.http_only(scene, project) if python else None
    yield Admission(
        at=socket.endpoint.at,
        connections=(socket.fact,),
        endpoint=socket.endpoint,
        origin=pages.origin(scene, socket),
        counted=crowds.counted(scene, socket),
        cookie=scene.place(cookie) if cookie is not None else None,
        local=pages.local(scene, socket),
        header=scene.place(header) if header is not None else None,
        same_site=pages.same_site(scene),
        http_only=(scene.name_place(unguarded), unguarded.name) if unguarded else None,
        project=project,
    )


def _workload(scene: Scene, socket: Socket) -> Iterator[Workload]:
    """The costliest work of an endpoint that nothing limits, else the costliest."""
    if socket.endpoint is None:
        return
    found = []
    for block in pacing.taken(scene, socket):
        work, hidden = pacing.work(scene, block), pacing.unseen(scene, block)
        paced = pacing.paced(scene, block)
        if work is not None:
            found.append((paced.present, work.rank, work.node, work.does, paced))
        elif hidden is not None:
            why = f"what `{scene.text(hidden.function)}()` does is not in sight"
            known = paced if paced.present else Evidence(Seen.UNKNOWN, why)
            found.append((paced.present, 9, hidden, "", known))
    if found:
        _, rank, node, does, paced = min(found, key=lambda one: one[:2])
        yield Workload(
            at=socket.endpoint.at,
            connections=(socket.fact,),
            endpoint=socket.endpoint,
            does=does,
            done_at=scene.callee_place(node),
            paced=paced,
            costly=rank < pacing.UNKNOWN_COST,
            project=project_of(scene, socket.endpoint.at.path),
        )
