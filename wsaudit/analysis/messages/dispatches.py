"""Dispatches: where a message is told apart by comparing what it says it is.

A dispatch is found where the comparison is made, whatever its form, and belongs to the
sockets whose messages are compared. `dispatches` gives them all, `handled` what a
socket's code knows of, and why it may take more than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.branches import (
    chains_in,
    choices_in,
    lone_in,
    switches_in,
)
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.cases import Case, DispatchSite, Handled
from wsaudit.analysis.messages.held import Message
from wsaudit.analysis.messages.kinds import DISCRIMINATORS, preference
from wsaudit.analysis.messages.remainders import HANDLES_ALL
from wsaudit.analysis.messages.rest import passes, rest_of, used_in_parts
from wsaudit.analysis.messages.tables import lookups_in
from wsaudit.limits import DEEP, NEAR
from wsaudit.model import Event
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import own_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


@asked
def dispatches(scene: Scene) -> tuple[DispatchSite, ...]:
    """Every dispatch in the code of connections, in order of place."""
    return _all(scene)


def dispatches_of(scene: Scene, socket: Socket) -> tuple[DispatchSite, ...]:
    """The dispatches on messages of a socket."""
    return tuple(site for site in dispatches(scene) if socket in site.sockets)


def _all(scene: Scene) -> tuple[DispatchSite, ...]:
    found: list[DispatchSite] = []
    for function in carriers(scene).functions:
        for block in _blocks(function):
            found.extend(switches_in(scene, function, block))
            found.extend(chains_in(scene, function, block))
        found.extend(choices_in(scene, function))
        found.extend(lookups_in(scene, function))
        seen = {case.node for site in found for case in site.cases}
        found.extend(lone_in(scene, function, seen))
    found.extend(_events(scene))
    found.sort(key=lambda site: scene.place(site.head))
    _nest(scene, found)
    return tuple(found)


def _blocks(function: nodes.Function) -> Iterator[tuple[nodes.Statement, ...]]:
    """The statement lists of a function; an ``else if`` is no list of its own."""
    yield function.body
    for node in own_of(function):
        if isinstance(node, nodes.Function | nodes.ClassDef):
            continue
        if isinstance(node, nodes.Switch):
            yield from (case.body for case in node.cases)
        elif isinstance(node, nodes.Try):
            yield from (handler.body for handler in node.handlers)
        for block in tree.blocks(node):
            chained = (
                isinstance(node, nodes.If)
                and block is node.other
                and len(block) == 1
                and isinstance(block[0], nodes.If)
            )
            if block and not chained:
                yield block


def _events(scene: Scene) -> Iterator[DispatchSite]:
    """The events of an application, of which a library calls each handler by name."""
    for socket in scene.sockets:
        cases: list[Case] = []
        message: Message | None = None
        for attached in scene.handlers(socket, Event.OTHER, Event.MESSAGE):
            if scene.dialects.event(socket.dialect, attached.name) is not None:
                continue
            if not isinstance(attached.at, nodes.Call):
                continue
            known = attached.name != "?"
            body = attached.functions[0].body if attached.functions else ()
            names = (attached.name,) if known else ()
            cases.append(Case(names, attached.at, body, complete=known))
            message = message or Message(socket, attached.at, parsed=True)
        if message is not None:
            yield DispatchSite(
                (socket,),
                (message,),
                (),
                "event",
                tuple(cases),
                cases[0].node,
                scene.program.function_of(cases[0].node),
                complete=all(case.complete for case in cases),
            )


# -- dispatches in dispatches ----------------------------------------------------


def _nest(scene: Scene, sites: list[DispatchSite]) -> None:
    """Tell which dispatches stand in a case of another one."""
    bodies: dict[nodes.Node, DispatchSite] = {}
    for site in sites:
        for case in site.cases:
            bodies.update(dict.fromkeys(case.body, site))
    for site in sites:
        site.inside = _around(scene, site, bodies, 0, site.head)


def _around(
    scene: Scene,
    site: DispatchSite,
    bodies: dict[nodes.Node, DispatchSite],
    depth: int,
    at: nodes.Node,
) -> DispatchSite | None:
    """The dispatch one of whose statements runs a node, in its function or a caller."""
    for around in (at, *tree.within(at, scene.program.parents)):
        outer = bodies.get(around)
        if outer is not None and outer is not site and _shares(outer, site):
            return outer
    function = scene.program.function_of(at)
    if function is None or depth > 2:
        return None
    callers = scene.program.callers(function)
    found = [_around(scene, site, bodies, depth + 1, call) for call in callers]
    return found[0] if found and all(found) else None


def _shares(one: DispatchSite, other: DispatchSite) -> bool:
    return any(socket in other.sockets for socket in one.sockets)


# -- what a socket handles -------------------------------------------------------


def handled(scene: Scene, socket: Socket) -> Handled:
    """What a socket's code tells apart; see `Handled`."""
    return _handled(scene, dispatches_of(scene, socket))


def by_source(scene: Scene, socket: Socket) -> tuple[Handled, ...]:
    """What is told apart of the messages that come in at each place.

    Places whose messages meet in one dispatch count as one.
    """
    groups: list[tuple[set[nodes.Node], list[DispatchSite]]] = []
    for site in dispatches_of(scene, socket):
        if site.form == "event":
            continue
        sources = {m.source for m in site.messages if m.socket is socket}
        sites = [site]
        for known in [each for each in groups if each[0] & sources]:
            groups.remove(known)
            sources |= known[0]
            sites = [*known[1], *sites]
        groups.append((sources, sites))
    return tuple(_handled(scene, tuple(sites)) for _, sites in groups)


def _handled(scene: Scene, sites: tuple[DispatchSite, ...]) -> Handled:
    path = main_path(scene, sites)
    main = tuple(site for site in sites if site.path == path or site.form == "event")
    return Handled(path, frozenset(v for site in main for v in site.values), main)


def main_path(scene: Scene, sites: tuple[DispatchSite, ...]) -> tuple[str, ...]:
    """The path by which messages are told apart first.

    It is the one compared nearest to where they come in, with two values or more;
    between equals the one with more values, and a key that is known for it.
    """
    counts: dict[tuple[str, ...], set[str]] = {}
    nearest: dict[tuple[str, ...], int] = {}
    for site in sites:
        if site.inside not in sites or site.inside.path == site.path:
            counts.setdefault(site.path, set()).update(site.values)
            depth = _depth(scene, site)
            nearest[site.path] = min(depth, nearest.get(site.path, depth))
    several = {path for path, texts in counts.items() if len(texts) > 1} or set(counts)
    if () in several and any(
        path[-1:] and path[-1] in DISCRIMINATORS and nearest[path] <= nearest[()] + NEAR
        for path in several
    ):
        # Texts such as "ping" are picked out before the messages are told apart.
        several.discard(())
    if not several:
        return ()
    return min(
        several,
        key=lambda path: (
            nearest[path],
            -len(counts[path]),
            preference("".join(path[-1:])),
            path,
        ),
    )


def _depth(scene: Scene, site: DispatchSite) -> int:
    """How many calls a dispatch is away from where its message comes in."""
    source = site.message.source
    start = scene.program.function_of(source)
    level = {site.function}
    seen = set(level)
    for depth in range(DEEP):
        if start in level or not level:
            return depth if level else DEEP
        above = {
            around
            for function in level
            if function is not None
            for around in _callers(scene, function)
        }
        level = above - seen
        seen |= above
    return DEEP


def _callers(scene: Scene, function: nodes.Function) -> Iterator[nodes.Function | None]:
    """The functions that call a function, or make it."""
    yield scene.program.function_of(function)
    for call in scene.program.callers(function):
        yield scene.program.function_of(call)


def open_to(scene: Scene, socket: Socket, found: Handled) -> str:
    """Why a socket may take messages of kinds that its dispatches do not name."""
    for attached in scene.handlers(socket, Event.MESSAGE, Event.OTHER):
        if not attached.resolved:
            return f"what handles `{attached.name}` is not in sight"
    if not found.sites:
        return "nothing tells its messages apart"
    if not all(site.complete for site in found.sites):
        return "some of the kinds it knows are computed"
    rest = rest_of(scene, found.sites)
    if rest.kind in HANDLES_ALL:
        return "messages of other kinds are handed on"
    parts = used_in_parts(scene, found.sites, rest)
    return parts or next((why for _, why in passes(scene, socket, rest)), "")
