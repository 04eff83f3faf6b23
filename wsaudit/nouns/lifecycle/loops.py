"""Receive loops: where a program takes message after message from one socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.exceptions import waited_for
from wsaudit.analysis.runs import below
from wsaudit.connections.scene import written
from wsaudit.limits import NEAR
from wsaudit.program import items, tree, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.paths import Chain
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.dialects import Op
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """One place where a loop gets a message.

    ``node`` is the receiving call, or the loop's source where the loop iterates over
    the socket. ``chain`` leads from the loop to it. ``op`` is None for ``async for
    message in socket``.
    """

    node: nodes.Expression
    chain: Chain
    sockets: tuple[Socket, ...]
    op: Op | None

    @property
    def text(self) -> str:
        """The receive as the code writes it."""
        return written(self.node)


@dataclass(frozen=True, slots=True, eq=False)
class ReceiveLoop:
    """A loop that takes messages, one after the other.

    ``iterates`` when the loop's own source gives them, so that the end of the
    connection ends the loop. ``receives`` are the places in its body otherwise.
    """

    loop: nodes.Loop
    receives: tuple[Received, ...]
    iterates: bool

    @property
    def sockets(self) -> tuple[Socket, ...]:
        """The sockets that it takes messages from."""
        found = dict.fromkeys(s for one in self.receives for s in one.sockets)
        return tuple(found)


@asked
def receive_loops(scene: Scene) -> tuple[ReceiveLoop, ...]:
    """Every receive loop of the program, in order of place."""
    found: dict[nodes.Loop, list[Received]] = {}
    iterating: set[nodes.Loop] = set()
    for use in scene.uses:
        if use.op.means not in {"receive", "iterate"}:
            continue
        over = _loop_over(scene, use.call)
        if over is not None:
            iterating.add(over)
            one = Received(use.call, (use.call,), use.sockets, use.op)
            found.setdefault(over, []).append(one)
        elif use.op.means == "receive":
            consuming = list(_consuming(scene, use.call))
            for loop in consuming:
                iterating.add(loop)
                one = Received(use.call, (use.call,), use.sockets, use.op)
                found.setdefault(loop, []).append(one)
            if consuming:
                continue
            for loop, chain in _loops_around(scene, use.call, (use.call,), 0):
                one = Received(use.call, chain, use.sockets, use.op)
                found.setdefault(loop, []).append(one)
    for loop, sockets in _iterated_sockets(scene):
        if loop not in found and loop.source is not None:
            iterating.add(loop)
            found[loop] = [Received(loop.source, (loop.source,), sockets, None)]
    loops = [
        ReceiveLoop(loop, tuple(receives), loop in iterating)
        for loop, receives in found.items()
    ]
    return tuple(sorted(loops, key=lambda one: scene.place(one.loop)))


def _loop_over(scene: Scene, call: nodes.Call) -> nodes.Loop | None:
    """The loop whose source a call is: ``async for m in ws.iter_text()``."""
    around = scene.program.parents.get(call)
    if isinstance(around, nodes.Loop) and around.source is call:
        return around
    return None


def _consuming(scene: Scene, call: nodes.Call) -> Iterator[nodes.Loop]:
    """The loops over a generator, or an iterator of the project, that a call is in."""
    function = scene.program.function_of(call)
    if function is None:
        return
    if function.is_generator:
        for site in scene.program.callers(function):
            over = _loop_over(scene, site) if isinstance(site, nodes.Call) else None
            if over is not None:
                yield over
    cls = scene.program.class_around(function)
    if cls is None or not scene.says("iterates", scene.program.name_of(function)):
        return
    for loop in _loops_over_things(scene):
        if loop.source is not None and any(
            isinstance(value, values.Object)
            and cls in scene.program.classes.lineage(value.node)
            for value in scene.program.values(loop.source)
        ):
            yield loop


@asked
def _loops_over_things(scene: Scene) -> tuple[nodes.Loop, ...]:
    return tuple(
        node
        for function in _functions(scene)
        for node in tree.own_of(function)
        if isinstance(node, nodes.Loop) and node.kind == "in"
    )


def _loops_around(
    scene: Scene, node: Node, chain: Chain, hops: int
) -> Iterator[tuple[nodes.Loop, Chain]]:
    """The nearest endless loop around a node, in its function or in a caller's."""
    for loop in tree.loops(node, scene.program.parents):
        if loop.kind in {"while", "do", "for"}:
            yield loop, chain
            return
    function = scene.program.function_of(node)
    if function is None or hops >= NEAR:
        return
    for site in scene.program.callers(function):
        if not isinstance(site, nodes.Call) or site in chain:
            continue
        if not function.is_async or waited_for(scene, site)[0] in {"waits", "returns"}:
            yield from _loops_around(scene, site, (site, *chain), hops + 1)


def _iterated_sockets(
    scene: Scene,
) -> Iterator[tuple[nodes.Loop, tuple[Socket, ...]]]:
    """``async for message in socket``, where the loop's source is the socket itself."""
    for function in _functions(scene):
        for node in tree.own_of(function):
            if not isinstance(node, nodes.Loop) or node.source is None:
                continue
            if node.kind != "in" or isinstance(tree.strip(node.source), nodes.Call):
                continue
            gives = items.elements(scene.program, node.source)
            sockets = tuple(
                dict.fromkeys(
                    scene.by_site[value.receiver.site]
                    for value in gives
                    if isinstance(value, values.Instance)
                    and value.receiver is not None
                    and value.receiver.site in scene.by_site
                    and value.of == f"{value.receiver.of}[]"
                )
            )
            if sockets:
                yield node, sockets


def _functions(scene: Scene) -> dict[nodes.Function, None]:
    """The functions that belong to sockets, in order, each once.

    A client's socket may be read where its maker is called, and by the other methods of
    the maker's class.
    """
    found: dict[nodes.Function, None] = {}
    for socket in scene.sockets:
        for function in sorted(socket.unit, key=scene.place):
            found[function] = None
        if socket.creator is not None:
            found.update(dict.fromkeys(_near(scene, socket.creator)))
    return found


def _near(scene: Scene, creator: nodes.Function) -> Iterator[nodes.Function]:
    for site in scene.program.callers(creator):
        function = scene.program.function_of(site)
        if function is not None:
            yield function
    cls = scene.program.class_around(creator)
    for member in cls.members if cls is not None else ():
        if isinstance(member, nodes.FunctionDef):
            yield member.function


def made_inside(scene: Scene, socket: Socket, loop: nodes.Loop) -> bool | None:
    """Whether a loop opens the socket anew each time; None when that cannot be told.

    A loop that reopens its socket meets each failure once. It does when the creating
    call is in its body, in what its body calls, or in a loop header there.
    """
    if _binds_anew(scene, socket, loop):
        return True
    creation = socket.creation
    if creation is not None:
        if loop in set(tree.ancestors(creation, scene.program.parents)):
            return True
        home = scene.program.function_of(creation)
        return home is not None and _reached(scene, loop, home)
    if socket.endpoint is None and isinstance(socket.site, nodes.Node):
        return _replaced(scene, socket, loop)
    return False


def _binds_anew(scene: Scene, socket: Socket, loop: nodes.Loop) -> bool:
    """Whether the loop's target is the socket: ``async for ws in connect(…)``."""
    return loop.target is not None and any(
        isinstance(node, nodes.Name) and socket in scene.sockets_of(node)
        for node in tree.walk(loop.target)
    )


def _reached(scene: Scene, loop: nodes.Loop, home: nodes.Function) -> bool:
    for call in tree.block_calls(loop.body):
        for callee in scene.program.callees(call):
            if callee is home or home in below(scene, callee):
                return True
    return False


def _replaced(scene: Scene, socket: Socket, loop: nodes.Loop) -> bool | None:
    """Whether something puts another socket where the declared one is kept."""
    holders = {
        use.receiver.name
        for use in socket.uses
        if isinstance(use.receiver, nodes.Member)
    }
    unknown = False
    for name in holders:
        for target, _ in scene.program.attribute_writes(name):
            home = scene.program.function_of(target)
            inside = loop in set(tree.ancestors(target, scene.program.parents))
            if inside or (home is not None and _reached(scene, loop, home)):
                return True
            unknown = True
    return None if unknown else False
