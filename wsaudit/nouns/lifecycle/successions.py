"""Successions: where a client closes its socket in order to open another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.lifecycle import closing
from wsaudit.analysis.runs import Below, callers_of, spread
from wsaudit.analysis.triggers import after, mounts
from wsaudit.flow.ways import leads
from wsaudit.limits import NEAR
from wsaudit.model import Event
from wsaudit.nouns.components.closures import reactive_of, renewed
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Succession:
    """A place where one socket gives way to another.

    ``close`` closes the one before, ``makes`` leads to the next. ``run`` is what runs
    in between, ``sure`` false where it is not known whether it ever happens.
    """

    close: nodes.Call
    makes: Node
    run: Below
    sure: bool = True


@asked
def successions(scene: Scene, socket: Socket) -> tuple[Succession, ...]:
    """Where a client's socket is closed and another one opened in its place."""
    if socket.creator is None:
        return ()
    return (*_by_effects(scene, socket), *_by_calls(scene, socket, socket.creator))


def _by_effects(scene: Scene, socket: Socket) -> Iterator[Succession]:
    """Effects that run again when a dependency changes, and close before."""
    for mount in mounts(scene, socket):
        effect = mount.effect
        if effect is None:
            continue
        changes = _changes(scene, effect)
        for cleanup in effect.cleanups if changes is not False else ():
            close = closing(scene, socket, cleanup)
            if close is not None:
                run = spread(scene, (cleanup,), hows=AT_ONCE)
                yield Succession(close, effect.call, run, sure=bool(changes))


def _changes(scene: Scene, effect: Effect) -> bool | None:
    """Whether a dependency of an effect may change; None where that is not known."""
    if effect.dependencies is None:
        return True
    found = {_varies(scene, each, 0) for each in effect.dependencies}
    return True if True in found else None if None in found else False


def _varies(scene: Scene, dependency: nodes.Expression, depth: int) -> bool | None:
    inner = tree.strip(dependency)
    while isinstance(inner, nodes.Member):
        inner = tree.strip(inner.object)
    binding = scene.program.binding(inner) if isinstance(inner, nodes.Name) else None
    if binding is None or binding.scope.function_scope().kind != "function":
        return False
    if reactive_of(scene, binding) is not None:
        return True
    given = scene.program.bound(binding)
    functions = [v.function for v in given if isinstance(v, values.Func)]
    for function in functions if depth < NEAR else ():
        names = renewed(scene, function)
        if names is None:
            return None
        home = tree.own_of(function)
        used = [n for n in home if isinstance(n, nodes.Name) and n.id in names]
        found = {_varies(scene, name, depth + 1) for name in used}
        if found - {False}:
            return True if True in found else None
    if not functions and any(write.kind == "parameter" for write in binding.writes):
        return None
    fixed = values.Const | values.Instance | values.Func
    return False if given and all(isinstance(v, fixed) for v in given) else None


def _by_calls(
    scene: Scene, socket: Socket, creator: nodes.Function
) -> Iterator[Succession]:
    """Functions that close what is held, themselves or by a call, and then connect."""
    late = after(scene, socket, Event.CLOSE)
    for use in scene.uses_of(socket, "close"):
        for close in _sites(scene, use.call):
            home = scene.program.function_of(close)
            if home is None or home in late or is_test_path(scene.place(close).path):
                continue
            makes = _making(scene, socket, creator, home, close)
            if makes is not None:
                starts = [f for f in scene.program.callees(close) if f is not creator]
                run = spread(scene, (home, *starts), hows=AT_ONCE, deep=1)
                yield Succession(use.call, makes, run)


def _sites(scene: Scene, close: nodes.Call) -> Iterator[nodes.Call]:
    """A close, and the calls of the function that it stands in."""
    yield close
    home = scene.program.function_of(close)
    if home is not None:
        yield from callers_of(scene, home)


def _making(
    scene: Scene,
    socket: Socket,
    creator: nodes.Function,
    home: nodes.Function,
    close: nodes.Call,
) -> Node | None:
    """What makes the next socket, in the same function after a close."""
    for node in tree.own_of(home):
        if not isinstance(node, nodes.Call) or node is close:
            continue
        makes = node is socket.creation or any(
            creator in spread(scene, (callee,), hows=AT_ONCE, deep=2)
            for callee in scene.program.callees(node)
        )
        if makes and leads(scene.program, close, node):
            return node
    return None
