"""Last attempts: what a page has for its user when a client has given up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.edges import is_handler_name
from wsaudit.analysis.effects import Does, does, effects
from wsaudit.analysis.runs import above
from wsaudit.analysis.states import write_of
from wsaudit.analysis.triggers import effects_of, mounts, triggers
from wsaudit.connections.escapes import escape_of
from wsaudit.flow.conditions import holding
from wsaudit.flow.made import graph_at
from wsaudit.flow.ways import ahead
from wsaudit.model import Evidence, Seen
from wsaudit.model.reconnection import LastAttempt
from wsaudit.nouns.heartbeat.watches import wakes
from wsaudit.nouns.notices import has_pages, of_a_page
from wsaudit.nouns.reconnection.attempts import bound_of
from wsaudit.nouns.reconnection.climbs import ascent
from wsaudit.nouns.reconnection.doubts import by_hand
from wsaudit.nouns.reconnection.policies import policy
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.cells import Cell
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (LastAttempt,)

_FELT = frozenset({Does.WRITES, Does.SHOWS, Does.RAISES, Does.UNSEEN, Does.TOO_FAR})


def find(scene: Scene) -> Iterator[LastAttempt]:
    """One fact for each lasting connection of a page that is tried so often only."""
    if not has_pages(scene):
        return
    for socket in scene.sockets:
        if socket.creation is None or not of_a_page(scene, socket):
            continue
        known = policy(scene, socket)
        if known.limit is not None and known.expected:
            yield LastAttempt(
                at=known.limit.at,
                connections=(socket.fact,),
                told=_told(scene, socket),
                retry=_retry(scene, socket),
            )


# -- what is done then -----------------------------------------------------------------


def _told(scene: Scene, socket: Socket) -> Evidence:
    found = reopening(scene, socket)
    if found.library:
        return Evidence(Seen.UNKNOWN, "what the library does then")
    for route in found.routes:
        bound = bound_of(scene, route.sites)
        for node in _own(scene, bound.at, route.sites) if bound is not None else ():
            if _is_felt(scene, node):
                return Evidence(Seen.PRESENT, "giving up is told", scene.place(node))
    return Evidence(Seen.ABSENT)


def _is_felt(scene: Scene, node: Node) -> bool:
    """Whether a node does more than to leave or to log."""
    found = list(does(scene, node))
    if isinstance(node, nodes.Call):
        for function in scene.program.callees(node):
            found += effects(scene, function)
        if write_of(scene, node) is not None:
            return True
    return any(one.does in _FELT for one in found)


def _own(scene: Scene, test: Node, sites: tuple[nodes.Call, ...]) -> Iterator[Node]:
    """What runs when a test ends the attempts, and does not when it lets them go on."""
    for site in sites:
        for found, holds in holding(scene.program, site):
            if found is test:
                went = set(_ahead(scene, test, comes_out=holds))
                ended = _ahead(scene, test, comes_out=not holds)
                yield from (node for node in ended if node not in went)


def _ahead(scene: Scene, test: Node, *, comes_out: bool) -> tuple[Node, ...]:
    graph = graph_at(scene.program, test)
    points = graph.of(test, scene.program.parents)
    return ahead(graph, points, lambda node: comes_out if node is test else None)


# -- what opens it again ---------------------------------------------------------------


def _retry(scene: Scene, socket: Socket) -> Evidence:
    """What a person does, or an event of the browser, that opens it again."""
    waking = wakes(scene, socket)
    if waking:
        return Evidence(Seen.PRESENT, f"`{waking}` opens it again")
    for function in _openers(scene, socket):
        for one in triggers(scene, function):
            if one.kind == "event" and not one.sockets and not _is_once(one.at):
                why = "an event of the page opens it again"
                return Evidence(Seen.PRESENT, why, scene.place(one.at))
    asked = by_hand(scene, socket)
    if asked:
        return Evidence(Seen.PRESENT, asked)
    doubt = _doubt(scene, socket)
    return Evidence(Seen.UNKNOWN if doubt else Seen.ABSENT, doubt)


def _openers(scene: Scene, socket: Socket) -> Iterator[nodes.Function]:
    """What makes the socket, connects it, or writes the state that it depends on."""
    uses = scene.uses_of(socket, "connect")
    found = [socket.creator, *(scene.program.function_of(use.call) for use in uses)]
    for cell in _depends(scene, socket):
        found += [one.function for one in writes(scene, cell) if not one.first]
    yield from (each for each in dict.fromkeys(found) if each is not None)


def _depends(scene: Scene, socket: Socket) -> Iterator[Cell]:
    """The state whose change makes a component connect anew."""
    given = [n for one in effects_of(scene, socket) for n in one.dependencies or ()]
    if any(mount.moment == "render" for mount in mounts(scene, socket)):
        given += [n for n in tree.walk(socket.site) if isinstance(n, nodes.Name)]
    for node in given:
        cell = scene.program.cell(node)
        if cell is not None:
            yield cell


def _is_once(node: Node) -> bool:
    """``once(open)``, which is no event: it runs a function the first time only."""
    return isinstance(node, nodes.Call) and len(node.arguments) == 1


def _doubt(scene: Scene, socket: Socket) -> str:
    """Why it cannot be told that nothing in sight opens it again."""
    open_ended = ascent(scene, socket).open_ended
    if open_ended:
        return f"nothing in sight calls `{open_ended}`"
    escape = escape_of(scene, socket)
    if escape:
        return f"the socket is {escape}"
    return _out_of_sight(scene, socket)


def _out_of_sight(scene: Scene, socket: Socket) -> str:
    """By which name others may call what opens it: an element, or a context's users."""
    program = scene.program
    for function in above(scene, socket.site):
        names = program.handed.names(program, function, ())
        for _, node in program.handed.given_at(program, function, names):
            inside = isinstance(program.parents.get(node), nodes.Record)
            provided = program.module_of(node) in _providing(scene)
            if inside and provided and isinstance(node, nodes.Entry):
                return f"who calls `{tree.key_of(node)}` of a context"
        for name in sorted(names & _handlers(scene)):
            return f"whether `{name}` opens it again"
    return ""


@asked
def _providing(scene: Scene) -> frozenset[nodes.Module]:
    """The modules that give a value to a context."""
    return frozenset(
        scene.program.module_of(element)
        for element in scene.program.every(nodes.Markup)
        if element.tag is not None and tree.last_name(element.tag) == "Provider"
    )


@asked
def _handlers(scene: Scene) -> frozenset[str]:
    """The names that elements have as handlers of events."""
    return frozenset(
        tree.last_name(entry.value)
        for element in scene.program.every(nodes.Markup)
        for entry in element.attributes
        if is_handler_name(tree.key_of(entry) or "")
        and isinstance(entry.value, nodes.Name | nodes.Member)
    )
