"""Messages: how those of each connection are told apart, and how far trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.cases import DispatchSite, Handled
from wsaudit.analysis.messages.closed import closed
from wsaudit.analysis.messages.dispatches import by_source, open_to
from wsaudit.analysis.messages.rest import Rest, logged, passes, rest_of
from wsaudit.model import Connection, Evidence, Role, Seen
from wsaudit.model.messages import Dispatch, Inbound
from wsaudit.nouns.inbound.reliance import inbound
from wsaudit.source import Place

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Fact

MAKES = (Dispatch, Inbound)

_BRANCHING = frozenset({"switch", "if", "isinstance", "table"})
_ENDS = {
    "empty": "there is a default, which drops other kinds",
    "returns": "there is a default, which drops other kinds",
    "logs": "other kinds are logged",
    "throws": "other kinds are refused with an exception",
    "answers": "other kinds are answered",
    "forwards": "other kinds are handed on",
    "never-check": "the types say that there are no other kinds",
    "stores": "other kinds are kept",
    "acts": "something is done about other kinds",
}


def find(scene: Scene) -> Iterator[Fact]:
    """The dispatches, and how far each connection trusts its messages."""
    yield from _dispatches(scene)
    yield from inbound(scene)


def _dispatches(scene: Scene) -> Iterator[Dispatch]:
    """The dispatches of every connection that has one, each place once."""
    told: dict[DispatchSite, tuple[Evidence, Rest, list[Connection]]] = {}
    for socket in scene.sockets:
        if socket.fact.role in {Role.TEST, Role.BRIDGE}:
            continue
        for found in by_source(scene, socket):
            site = _last(found)
            if site is None:
                continue
            if site in told:
                told[site][2].append(socket.fact)
                continue
            sites = tuple(each for each in found.sites if each.form in _BRANCHING)
            becomes = rest_of(scene, sites)
            evidence = _rest(scene, socket, found, sites, becomes)
            told[site] = (evidence, becomes, [socket.fact])
    for site, (rest, becomes, connections) in told.items():
        log = logged(scene, becomes, site.path) if rest.absent else None
        yield Dispatch(
            at=_head(scene, site),
            connections=tuple(connections),
            key=".".join(site.path),
            kinds=len(site.values) or len(site.cases),
            rest=rest,
            crashes=becomes.crashes,
            logged=scene.callee_place(log) if log is not None else None,
        )


def _last(found: Handled) -> DispatchSite | None:
    """The dispatch that tells most kinds apart, the later one of equals."""
    sites = [site for site in found.sites if _branches(site, found)]
    return max(sites, key=lambda site: len(site.values), default=None)


def _branches(site: DispatchSite, found: Handled) -> bool:
    """Whether a site tells several kinds apart, and not one from all others."""
    if site.form not in _BRANCHING or site.inside in found.sites:
        return False
    ways = {id(case.body or case.node) for case in site.cases}
    return len(ways) > 1 and (len(site.values) > 1 or site.form == "switch")


def _rest(
    scene: Scene,
    socket: Socket,
    found: Handled,
    sites: tuple[DispatchSite, ...],
    rest: Rest,
) -> Evidence:
    """What becomes of messages of other kinds, over all dispatches of a socket."""
    if rest.kind != "none":
        place = scene.place(rest.at) if rest.at is not None else None
        return Evidence(Seen.PRESENT, _ENDS[rest.kind], place)
    for call, why in passes(scene, socket, rest):
        seen = Seen.UNKNOWN if "not in sight" in why else Seen.PRESENT
        return Evidence(seen, why, scene.place(call))
    for site in sites:
        end = closed(scene, site)
        if end.seen is not Seen.ABSENT:
            return end
    why = open_to(scene, socket, found)
    if "not in sight" in why:
        return Evidence(Seen.UNKNOWN, why)
    return Evidence(Seen.ABSENT)


def _head(scene: Scene, site: DispatchSite) -> Place:
    """The head of a dispatch: its test, without its branches."""
    whole = scene.place(site.head)
    for name in ("subject", "test"):
        inner = getattr(site.head, name, None)
        if inner is not None:
            return Place(whole.path, whole.start, inner.end)
    return whole
