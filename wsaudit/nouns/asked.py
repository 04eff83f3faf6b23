"""Asked states: the tests that ask in which state a socket is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.flow.conditions import atoms
from wsaudit.model.delivery import Asks, StateTest
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (StateTest,)

_CONSTANT = re.compile(r"[A-Z]+(_[A-Z]+)*")


def find(scene: Scene) -> Iterator[StateTest]:
    """One fact for each simple test of a socket's state."""
    paths = {socket.fact.at.path for socket in scene.sockets if socket.fact.judged}
    paths |= {scene.place(use.call).path for use in scene.uses}
    for path in sorted(paths):
        for node in tree.walk(scene.program.modules[path]):
            for test in _tests(node):
                for atom in atoms(test):
                    found = _asked(scene, atom, node)
                    if found is not None:
                        asks, sockets = found
                        yield StateTest(
                            at=scene.place(atom),
                            connections=tuple(one.fact for one in sockets),
                            text=_text(scene, atom),
                            asks=asks,
                        )


def _text(scene: Scene, atom: nodes.Expression) -> str:
    return scene.text(atom.left if isinstance(atom, nodes.Binary) else atom)


def _tests(node: Node) -> Iterator[nodes.Expression]:
    match node:
        case nodes.If(test=test) | nodes.Conditional(test=test):
            yield test
        case nodes.Loop(test=test) if test is not None:
            yield test
        case nodes.ComprehensionClause(tests=tests):
            yield from tests
        case nodes.Expr(value=nodes.Logical(operands=operands)):
            yield from operands[:-1]
        case _:
            return


def _asked(
    scene: Scene, atom: nodes.Expression, around: Node
) -> tuple[Asks, tuple[Socket, ...]] | None:
    match atom:
        case nodes.Member(object=inner, name=name) if _CONSTANT.fullmatch(name):
            return _constant(scene, atom, inner)
        case nodes.Member() if sockets := _of(scene, atom):
            number = scene.program.module_of(atom).language == "typescript"
            return (Asks.NUMBER, sockets) if number else None
        case nodes.Binary(left=left, right=right) if sockets := _of(scene, left):
            value = folding.fold(scene.program, right)
            if value is not None and isinstance(value.value, bool):
                return Asks.BOOLEAN, sockets
            return (Asks.SPINS if _spins(around) else Asks.STATE), sockets
        case _:
            return None


def _of(scene: Scene, node: nodes.Expression) -> tuple[Socket, ...]:
    """The sockets whose state an expression is."""
    inner = tree.strip(node)
    if not isinstance(inner, nodes.Member) or not scene.says(
        "socket-state", inner.name
    ):
        return ()
    return scene.sockets_of(inner.object)


def _constant(
    scene: Scene, atom: nodes.Member, inner: nodes.Expression
) -> tuple[Asks, tuple[Socket, ...]] | None:
    """The name of a state, where a state should be compared with it."""
    sockets = _of(scene, inner) or scene.sockets_of(inner)
    names = scene.program.canonical_names(inner)
    made = scene.dialects.recognisers("new")
    word = any(scene.dialects.match_word("state", name) for name in names)
    if not sockets and not word and not any(name in made for name in names):
        return None
    return (Asks.NOTHING if atom.name == "CONNECTING" else Asks.CONSTANT), sockets


def _spins(around: Node) -> bool:
    """Whether a loop goes round until the state changes, and lets nothing change it."""
    return isinstance(around, nodes.Loop) and not any(
        isinstance(node, nodes.Await | nodes.Return | nodes.Break | nodes.Raise)
        for node in tree.own_in(around.body)
    )
