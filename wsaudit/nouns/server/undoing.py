"""Undoing: what takes a connection out of a collection, and when it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Change, leaves
from wsaudit.analysis.coverage import waits
from wsaudit.analysis.paths import Chain, chains
from wsaudit.analysis.runs import below, spread
from wsaudit.analysis.sessions import failing, gone, left, missed
from wsaudit.flow.conditions import known
from wsaudit.flow.ways import always_before, always_run, breaks_off, leads, leads_out
from wsaudit.model import Event
from wsaudit.model.lifecycle import WayOut
from wsaudit.nouns.server.registries import Registered
from wsaudit.program import folding, tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_UNDOES = re.compile(
    r"_*(disconnect|remove|unregister|deregister|unsubscribe|leave|discard|detach|"
    r"clean_?up|teardown|release|logout|drop|evict|close|end|stop|finish|exit)\w*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Undoing:
    """A cleanup on the ways out of a connection; the fields are those of `Cleanup`.

    ``at`` is the call (or deletion, or handler method) that cleans up, ``handler`` the
    handler that it waits in.
    """

    at: Node
    missed: WayOut | None = None
    doubt: str = ""
    handler: nodes.Handler | None = None
    skipped: Node | None = None
    before_try: bool = False

    @property
    def lack(self) -> int:
        """How much it lacks: of several cleanups the best counts."""
        if self.doubt:
            return 3
        if self.before_try:
            return 2
        if self.missed in {WayOut.DISCONNECT, WayOut.FAILURE}:
            return 4 if self.handler else 6
        return {None: 0, WayOut.CANCEL: 1, WayOut.END: 5}[self.missed]


def undoing(scene: Scene, registered: Registered) -> Undoing | None:
    """The best cleanup of a registration on the ways out of its connection."""
    socket = registered.socket
    removals = [
        change
        for change in leaves(scene, registered.cell)
        if scene.program.function_of(change.node) is not None
    ]
    of_events = _at_close(scene, socket, removals)
    if of_events is not None:
        return of_events
    if socket.entry is None:
        return None
    found = [
        one
        for path in chains(scene, socket.entry.body, registered.change.node)
        for one in _in_functions(scene, registered, path, removals)
    ]
    return min(found, key=lambda one: one.lack, default=None)


def _at_close(
    scene: Scene, socket: Socket, removals: Iterable[Change]
) -> Undoing | None:
    """A cleanup in what always runs when the socket closes."""
    homes = {scene.program.function_of(change.node) for change in removals}
    for attached in scene.handlers(socket, Event.CLOSE):
        if homes & spread(scene, attached.functions):
            return Undoing(attached.at)
    if any(not each.resolved for each in scene.handlers(socket, Event.CLOSE)):
        return Undoing(socket.site, doubt="its close handler cannot be followed")
    return None


# -- where a cleanup and a registration meet -----------------------------------------


def _in_functions(
    scene: Scene, registered: Registered, path: Chain, removals: list[Change]
) -> Iterator[Undoing]:
    """The cleanups in each function that the registration is reached through."""
    entry = registered.socket.entry
    if entry is None:
        return
    homes: dict[tuple[nodes.Function, Node | None], set[Node]] = {}
    for change in removals:
        for back in chains(scene, entry.body, change.node):
            home, start, node = _meeting(scene, registered.socket, path, back)
            if home is not None and _lasts(scene, registered.socket, home):
                homes.setdefault((home, start), set()).add(node)
    for (home, start), found in homes.items():
        if any(_is_exit(scene, node, start) for node in found):
            yield Undoing(next(iter(found)))
            continue
        put = registered.change.node
        removed = {change.node for change in removals}
        undo = _coverage(
            scene, registered.socket, home, _Held(scene, start, put), found, removed
        )
        if undo is not None:
            yield undo


def _lasts(scene: Scene, socket: Socket, home: nodes.Function) -> bool:
    """Whether a function runs as long as the connection, not only to register it."""
    return (
        home is socket.entry
        or home.is_generator
        or bool(_receiving(scene, socket) & below(scene, home))
    )


def _receiving(scene: Scene, socket: Socket) -> set[nodes.Function]:
    """The functions in which messages of a socket are received."""
    found = {
        scene.program.function_of(use.call)
        for use in scene.uses_of(socket, "receive", "iterate")
    }
    return {function for function in found if function is not None}


def _meeting(
    scene: Scene, socket: Socket, path: Chain, back: Chain
) -> tuple[nodes.Function | None, Node | None, Node]:
    """The function in which a cleanup runs after a registration, and both nodes there.

    The ways to both are followed as long as they are one, and further along the
    cleanup's while that also leads to where messages are received.
    """
    index = 0
    while (
        index < min(len(path), len(back)) - 1
        and path[index] is back[index]
        and scene.program.function_of(path[index + 1])
        is scene.program.function_of(back[index + 1])
    ):
        index += 1
    start: Node | None = path[index]
    receiving = _receiving(scene, socket)
    while index < len(back) - 1:
        inner = scene.program.function_of(back[index + 1])
        if inner is None or back[index] is start or not receiving & below(scene, inner):
            break
        start, index = None, index + 1
    return scene.program.function_of(back[index]), start, back[index]


def _is_exit(scene: Scene, node: Node, start: Node | None) -> bool:
    """Whether entering a context manager registers, and leaving it cleans up."""
    return node is start and isinstance(scene.program.parents.get(node), nodes.WithItem)


# -- the ways out --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """From where on a function's connection is registered: at ``start``, by ``put``.

    ``start`` is None where it is registered all along.
    """

    scene: Scene
    start: Node | None
    put: Node

    def at(self, point: Node) -> bool:
        """Whether the connection may be registered at a point of the function."""
        program = self.scene.program
        if self.start is None:
            return True
        if point is not self.start and not leads(program, self.start, point):
            return False
        return not any(
            tree.strip(one.test) is self.start and not self._with(holds=one.holds)
            for one in known(program, point)
            if isinstance(one.test, nodes.Call | nodes.Await)
        )

    def _with(self, *, holds: bool) -> bool:
        """Whether it may be registered when the call that does it gives such a result.

        ``return False`` before anything is put somewhere is a refusal.
        """
        program = self.scene.program
        function = program.function_of(self.put)
        if function is None or self.start is self.put:
            return True
        for node in tree.own_of(function):
            if isinstance(node, nodes.Return) and node.value is not None:
                result = folding.fold(program, node.value)
                fits = result is None or bool(result.value) is holds
                if fits and leads(program, self.put, node):
                    return True
        return not holds and leads_out(program, self.put)


def _coverage(
    scene: Scene,
    socket: Socket,
    home: nodes.Function,
    held: _Held,
    found: set[Node],
    removed: set[Node],
) -> Undoing | None:
    """On which ways out of a function its cleanups run."""
    guarding = frozenset(
        around
        for node in found
        for item in tree.within(node, scene.program.parents)
        if isinstance(item, nodes.WithItem)
        and isinstance(around := scene.program.parents.get(item), nodes.With)
    )
    ends = {node for node in found if _on_a_way_out(scene, socket, home, node)}
    if not ends and not guarding:
        return None
    risky = [point for point in waits(home) if _counts(scene, point, held, ends)]
    cleanups = frozenset(ends) | guarding
    ways = [
        *(one for one in gone(scene, socket, home) if held.at(one.at)),
        *(one for one in left(scene, socket, home, cleanups) if held.at(one.at)),
        *failing(risky),
    ]
    lacks = missed(scene, home, cleanups, ways)
    first = min(ends or found, key=lambda node: _finality(scene, node, removed))
    out = next((each for each in WayOut if each in lacks.points), None)
    if out is None:
        return Undoing(
            first, doubt="" if lacks.sure else "a way out cannot be followed"
        )
    maybe = _perhaps(scene, home)
    wider = missed(scene, home, cleanups | maybe.keys(), ways) if maybe else lacks
    if out not in wider.points:
        return Undoing(
            first, doubt=f"`{next(iter(maybe.values()))}` cannot be followed"
        )
    points = lacks.points[out]
    before = out is WayOut.FAILURE and all(
        _before_try(scene, cleanups, point) for point in points
    )
    late = out is WayOut.FAILURE and not before
    handler = _handler_around(scene, first)
    return Undoing(first, out, "", handler, points[-1 if late else 0], before)


def _finality(scene: Scene, node: Node, removed: set[Node]) -> tuple[bool, bool, int]:
    """Cleanups in a ``finally`` come first, then those that do nothing less.

    A send that evicts whom it cannot reach is a cleanup only by the way.
    """
    regions = tree.tries(node, scene.program.parents)
    callees = scene.program.callees(node) if isinstance(node, nodes.Call) else ()
    sure = node in removed or any(
        always_run(scene.program, callee, removed & {*tree.own_of(callee)})
        for callee in callees
    )
    return all(each.part != "final" for each in regions), not sure, node.start


def _on_a_way_out(
    scene: Scene, socket: Socket, home: nodes.Function, node: Node
) -> bool:
    """Whether a cleanup stands where a connection ends, not where it goes on."""
    parents = scene.program.parents
    if any(each.part in {"handler", "final"} for each in tree.tries(node, parents)):
        return True
    loops = list(tree.loops(node, parents))
    if not loops:
        ends = [one.at for one in gone(scene, socket, home)]
        if home.is_generator:
            ends += [point for point in waits(home) if isinstance(point, nodes.Yield)]
        return any(point.start < node.start for point in ends)
    block, index = tree.block_of(tree.statement_of(node, parents), parents)
    return breaks_off(scene.program, block[index:], loop=True)


def _counts(scene: Scene, point: Node, held: _Held, ends: set[Node]) -> bool:
    """Whether something may fail at a point while the connection is registered."""
    parents = scene.program.parents
    if any(each.part in {"handler", "final"} for each in tree.tries(point, parents)):
        return False
    if isinstance(point, nodes.Await) and point.value in ends:
        return False
    start = held.start
    if not held.at(point):
        return False
    if start is not None and point.start <= start.start:
        shared = set(tree.loops(start, parents)) & set(tree.loops(point, parents))
        if not shared:
            return False
    return not any(always_before(scene.program, [node], point) for node in ends)


def _before_try(scene: Scene, cleanups: frozenset[Node], point: Node) -> bool:
    """Whether a point lies before a ``try`` that would clean up, and outside of it."""
    parents = scene.program.parents
    for around in (point, *tree.within(point, parents)):
        block, index = tree.block_of(around, parents)
        if any(
            isinstance(each, nodes.Try)
            and any(node in cleanups for node in tree.own_in((each,)))
            for each in block[index + 1 :]
        ):
            return True
    return False


def _handler_around(scene: Scene, node: Node) -> nodes.Handler | None:
    for region in tree.tries(node, scene.program.parents):
        if region.part == "handler":
            return region.handler
    return None


def _perhaps(scene: Scene, home: nodes.Function) -> dict[Node, str]:
    """Calls named as cleanups are that cannot be followed: names may acquit."""
    found: dict[Node, str] = {}
    for call in tree.block_calls(home.body):
        if not _UNDOES.fullmatch(last_name(call.function)) or scene.use(call):
            continue
        if any(
            isinstance(v, values.Unknown) for v in scene.program.values(call.function)
        ):
            found[call] = scene.text(call.function)
    return found
