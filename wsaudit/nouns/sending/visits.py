"""Visits: loops that do something with every socket of a collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.limits import NEAR, STEPS
from wsaudit.model import Role, Side
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.paths import Chain
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.program.names import Write
    from wsaudit.syntax.nodes import Node

_DONE = frozenset({"send", "close", "ping"})


@dataclass(frozen=True, slots=True, eq=False)
class Visited:
    """A loop over sockets, and one thing that it does with each of them.

    ``loop`` is the Loop, the Comprehension, or the call that is handed a callback.
    ``source`` is what it iterates over, ``chain`` leads from its body to the use.
    """

    loop: nodes.Loop | nodes.Comprehension | nodes.Call
    source: nodes.Expression
    chain: Chain
    use: Use
    outer: bool = False
    """Whether it goes over what holds the collections: the rooms, or their names."""


@asked
def visits(scene: Scene) -> tuple[Visited, ...]:
    """Every visit of server sockets, in order of place."""
    found = [
        visited
        for use in scene.uses
        if use.op.means in _DONE and any(map(_served, use.sockets))
        for visited in _around(scene, use, use.receiver, (use.call,))
        if not _fixed(scene, visited.source)
    ]
    return tuple(
        sorted(found, key=lambda one: (scene.place(one.loop), one.use.call.start))
    )


def _served(socket: Socket) -> bool:
    return socket.fact.side is Side.SERVER and socket.fact.role is not Role.TEST


def _fixed(scene: Scene, source: nodes.Expression) -> bool:
    """Whether a source is written out: two players, the ends of a bridge."""
    return isinstance(source, nodes.Sequence) and not any(
        isinstance(item, nodes.Spread) for item in source.items
    )


def _around(
    scene: Scene, use: Use, node: nodes.Expression, chain: Chain, inner: int = 0
) -> Iterator[Visited]:
    """The visits in which what an expression stands for is the one visited.

    ``inner`` is how many loops were passed on the way out to it.
    """
    for write in _writes(scene, node, 0):
        if write.kind == "each" and write.value is not None:
            loop = _loop_of(scene, write, chain[0])
            if loop is not None:
                yield Visited(loop, write.value, chain, use, outer=inner > 0)
                if inner < NEAR:
                    yield from _around(scene, use, write.value, chain, inner + 1)
        elif write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
            yield from _given(scene, use, write.source, chain, inner)


def _given(
    scene: Scene, use: Use, parameter: nodes.Parameter, chain: Chain, inner: int
) -> Iterator[Visited]:
    """The visits that hand what they visit to a function, or to a callback."""
    program = scene.program
    function = program.function_of(parameter)
    if function is None or len(chain) > STEPS:
        return
    argument = program.parents.get(function)
    call = (
        program.parents.get(argument) if isinstance(argument, nodes.Argument) else None
    )
    if isinstance(call, nodes.Call) and isinstance(call.function, nodes.Member):
        if call.function.name in scene.dialects.spoken(
            "runs-each"
        ) and function.parameters[:1] == (parameter,):
            source = call.function.object
            yield Visited(call, source, chain, use, outer=inner > 0)
        return
    for site in program.callers(function):
        if not isinstance(site, nodes.Call) or site in chain:
            continue
        if program.tests_only(site, function):
            continue
        given = program.argument_for(site, function, parameter)
        if isinstance(given, nodes.Node):
            yield from _around(scene, use, given, (site, *chain), inner)
        elif (
            given is None
            and isinstance(site.function, nodes.Member)
            and function.parameters[:1] == (parameter,)
        ):
            source = site.function.object
            yield from _around(scene, use, source, (site, *chain), inner)


def _writes(scene: Scene, node: nodes.Expression, steps: int) -> Iterator[Write]:
    """What gives the names their values that decide which socket an expression is.

    The socket of ``self.peers[key]`` is decided by the key, that of ``peer.socket`` by
    the peer.
    """
    if not isinstance(node, nodes.Name):
        for part in _deciding(scene, node):
            yield from _writes(scene, part, steps)
        return
    binding = scene.program.binding(node)
    for write in binding.writes if binding else ():
        if write.kind != "assign" or write.value is None:
            yield write
        elif steps < NEAR:
            yield from _writes(scene, write.value, steps + 1)


def _deciding(scene: Scene, node: nodes.Expression) -> tuple[nodes.Expression, ...]:
    """The parts of an expression that decide which of many it is."""
    match node:
        case nodes.Index(object=inner, index=index):
            return (inner,) if isinstance(index, nodes.Literal) else (index,)
        case nodes.Call(
            function=nodes.Member(object=inner, name=name), arguments=arguments
        ) if name in scene.dialects.spoken("gives-item", "gives-all"):
            first = arguments[0].value if arguments else inner
            return (inner,) if isinstance(first, nodes.Literal) else (first,)
        case nodes.Call(
            function=nodes.Name(), arguments=(nodes.Argument(value=inner),)
        ):
            return (inner,)  # ``list(sockets)``
        case (
            nodes.Member(object=inner)
            | nodes.Cast(value=inner)
            | nodes.Await(value=inner)
        ):
            return (inner,)
        case nodes.Logical(operands=operands):
            return operands
        case _:
            return ()


def _loop_of(
    scene: Scene, write: Write, inside: Node
) -> nodes.Loop | nodes.Comprehension | None:
    """The loop whose target is written, when a node runs in it."""
    around = set(tree.ancestors(inside, scene.program.parents))
    for node in tree.ancestors(write.at, scene.program.parents):
        match node:
            case nodes.Loop(is_async=False) | nodes.Comprehension():
                return node if node in around else None
            case nodes.Loop() | nodes.Function():
                return None
            case _:
                continue
    return None


def snapshot(scene: Scene, source: nodes.Expression) -> bool:
    """Whether a source is a copy, made before the loop starts."""
    match source:
        case nodes.Comprehension() | nodes.Sequence():
            return True
        case nodes.Index(index=index):
            return isinstance(index, nodes.Opaque)
        case nodes.Call(function=function):
            name = last_name(function)
            return name in {"copy", "slice", "concat", "toSorted", "toReversed"} or any(
                isinstance(value, values.External)
                and value.name
                in {
                    "builtins.list", "builtins.tuple", "builtins.set",
                    "builtins.sorted", "builtins.frozenset", "copy.copy",
                    "global#Array.from",
                }
                for value in scene.program.values(function)
            )  # fmt: skip
        case _:
            return False
