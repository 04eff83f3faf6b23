"""React: effects with their cleanups, components, and which of them own a socket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow, tree, values
from wsaudit.program.asked import asked
from wsaudit.recognise.scene import outermost
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """An effect: what it runs, and what it returns to be run when it is over.

    ``dependencies`` is None without an array (it runs after every render). ``cleanups``
    are the functions it returns; ``opaque_cleanup`` when it returns something that does
    not resolve. An async callback returns a promise, which React ignores.
    """

    call: nodes.Call
    callback: nodes.Function
    dependencies: tuple[nodes.Expression, ...] | None
    cleanups: tuple[nodes.Function, ...]
    opaque_cleanup: bool
    component: nodes.Function | None

    @property
    def once(self) -> bool:
        """True for an empty dependency array."""
        return self.dependencies == ()


@asked
def effects(scene: Scene) -> tuple[Effect, ...]:
    """Every effect of the program's components and hooks, in order of place."""
    found: list[Effect] = []
    words = scene.dialects.words("effect")
    lasts = {name.rpartition("#")[2].rpartition(".")[2] for name in words}
    for last in sorted(lasts):
        for call in scene.program.calls_named(last):
            if scene.word("effect", call) is None or not call.arguments:
                continue
            found.extend(
                _effect(scene, call, function)
                for function in scene.functions_of(call.arguments[0].value)
            )
    return tuple(found)


def _effect(scene: Scene, call: nodes.Call, callback: nodes.Function) -> Effect:
    dependencies: tuple[nodes.Expression, ...] | None = None
    if len(call.arguments) > 1:
        listed = call.arguments[1].value
        dependencies = listed.items if isinstance(listed, nodes.Sequence) else ()
    cleanups, opaque = returned_functions(scene, callback)
    return Effect(
        call,
        callback,
        dependencies,
        () if callback.is_async else cleanups,
        opaque,
        outermost(scene.program, call),
    )


def returned_functions(
    scene: Scene, function: nodes.Function
) -> tuple[tuple[nodes.Function, ...], bool]:
    """The functions a function returns, and whether it may return others."""
    found: dict[nodes.Function, None] = {}
    opaque = False
    for node in tree.own_of(function):
        if not isinstance(node, nodes.Return) or node.value is None:
            continue
        for value in scene.program.values(node.value):
            if isinstance(value, values.Func):
                found[value.function] = None
            elif isinstance(value, values.Unknown | values.External):
                opaque = True
    return tuple(found), opaque


def effects_of(scene: Scene, socket: Socket) -> Iterator[Effect]:
    """The effects that create a socket, themselves or through what they call."""
    if socket.creation is None:
        return
    around = {
        node
        for node in flow.ancestors(socket.creation, scene.program.parents)
        if isinstance(node, nodes.Function)
    }
    for effect in effects(scene):
        if effect.callback in around or around & scene.reaches(effect.callback):
            yield effect


def is_component(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function runs while React renders: a component, a hook, a memo."""
    if outermost(scene.program, function) is None:
        name = scene.program.name_of(function)
        return bool(re.match(r"(use)?[A-Z]", name))
    argument = scene.program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return False
    call = scene.program.parents.get(argument)
    return isinstance(call, nodes.Call) and tree.last_name(call.function) == "useMemo"
