"""Sessions: how a function that serves one connection is left, and past what.

`gone` is where it meets the end of the connection, `left` where it leaves the loop that
receives on its own account. `missed` is the row of a life cycle that rules ask: on
which of the ways on from such points does nothing clean up?
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import CANCELLED, EXCEPTION, Thrown, disconnects
from wsaudit.analysis.coverage import covered
from wsaudit.analysis.exceptions import Ends, ends
from wsaudit.analysis.paths import chains
from wsaudit.flow.ways import Start, exits, leads
from wsaudit.model import Seen
from wsaudit.model.lifecycle import WayOut
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class Leaving:
    """A point from which a function is left, and how."""

    out: WayOut
    start: Start[Thrown]

    @property
    def at(self) -> Node:
        """The point."""
        return self.start.node


def failing(points: Iterable[Node]) -> Iterator[Leaving]:
    """That something fails at some points, or that they are cancelled there."""
    for point in points:
        yield Leaving(WayOut.FAILURE, Start(point, EXCEPTION))
        yield Leaving(WayOut.CANCEL, Start(point, CANCELLED))


@asked
def gone(scene: Scene, socket: Socket, home: nodes.Function) -> tuple[Leaving, ...]:
    """Where a function meets the end of the connection of a socket."""
    pairs = disconnects(scene, socket.dialect)
    first = pairs[0][0] if pairs else EXCEPTION
    found: list[Leaving] = []
    for use in scene.uses_of(socket, "receive", "iterate"):
        for chain in chains(scene, home.body, use.call):
            point = chain[0]
            raises = Leaving(WayOut.DISCONNECT, Start(point, first))
            if use.op.ends in {"stops", "returns"}:
                if len(chain) > 1 or use.op.ends == "stops":
                    found.append(_over(point))
            elif len(chain) == 1:
                found.append(raises)
            else:
                end = ends(scene, chain[1:], first).how
                found += [_over(point)] if end is Ends.CAUGHT else []
                found += [raises] if end is Ends.ESCAPES else []
    for node in tree.own_of(home):
        if isinstance(node, nodes.Loop) and _iterates(scene, socket, node):
            found.append(_over(node))
            if len(pairs) > 1:
                found.append(Leaving(WayOut.DISCONNECT, Start(node, first)))
    return tuple(found)


def _over(point: Node) -> Leaving:
    """The end as no exception: an iteration that ends, a callee that caught it."""
    comes_out = False if isinstance(point, nodes.Loop) else None
    return Leaving(WayOut.END, Start(point, comes_out=comes_out))


def _iterates(scene: Scene, socket: Socket, loop: nodes.Loop) -> bool:
    return (
        loop.source is not None
        and not isinstance(tree.strip(loop.source), nodes.Call)
        and socket in scene.sockets_of(loop.source)
    )


def left(
    scene: Scene, socket: Socket, home: nodes.Function, cleanups: Collection[Node]
) -> Iterator[Leaving]:
    """Where a receive loop is left without an exception, and nothing was cleaned up."""
    parents = scene.program.parents
    received = {use.call for use in scene.uses_of(socket, "receive")}
    for loop in tree.own_of(home):
        if isinstance(loop, nodes.Loop) and received & {*tree.block_calls(loop.body)}:
            for point in exits(scene.program, loop):
                around = tree.tries(point, parents)
                if (
                    not isinstance(point, nodes.Raise)
                    and all(each.part != "handler" for each in around)
                    and leads(scene.program, loop, point, cleanups)
                ):
                    yield Leaving(WayOut.END, Start(point))


@dataclass(frozen=True, slots=True)
class Missed:
    """The points from which nothing cleans up, by how the function is left there.

    Not ``sure`` when it could not be told of some point.
    """

    points: dict[WayOut, list[Node]]
    sure: bool


def missed(
    scene: Scene,
    home: nodes.Function,
    cleanups: Collection[Node],
    ways: Iterable[Leaving],
) -> Missed:
    """On which ways out of a function none of some cleanups runs.

    That a cancellation may be caught is no doubt: a cleanup is not to rely on that.
    """
    points: dict[WayOut, list[Node]] = {}
    sure = True
    for way in ways:
        seen = covered(scene, home, cleanups, way.start)
        if seen is Seen.ABSENT:
            points.setdefault(way.out, []).append(way.at)
        elif seen is Seen.UNKNOWN and way.out is not WayOut.CANCEL:
            sure = False
    return Missed(points, sure)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """How a function that serves a connection is left."""
    for socket in scene.sockets if isinstance(node, nodes.Function) else ():
        if node in socket.unit and isinstance(node, nodes.Function):
            for way in gone(scene, socket, node):
                yield (
                    f"meets the end of a connection ({way.out}) at ",
                    scene.place(way.at),
                )
