"""Mounts: which components open a socket, and at which moment of their life."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.program import flow, tree
from wsaudit.recognise.components.effects import effects_of, returned_functions
from wsaudit.recognise.components.teardowns import MOUNTS, callbacks, component_class
from wsaudit.recognise.scene import outermost
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.components.effects import Effect
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_UP = 6
_INITIALISERS = frozenset({"useState", "useMemo", "useRef"})


@dataclass(frozen=True, slots=True, eq=False)
class Mount:
    """A component and the moment of its life at which a socket is opened.

    ``moment``: "effect", "mounted" (a method or callback of that name), "render", or
    "event" (a click, say). ``component`` is its outermost function or its class.
    """

    moment: Only["effect", "mounted", "render", "event"]
    component: Node
    effect: Effect | None = None
    cleanups: tuple[nodes.Function, ...] = ()
    """What the callback of somebody's hook returns, likely to be run at the end."""


def mounts(scene: Scene, socket: Socket) -> tuple[Mount, ...]:
    """The components that open a socket; empty when none is known to."""
    if socket.creation is None:
        return ()
    found = [
        Mount("effect", effect.component, effect)
        for effect in effects_of(scene, socket)
        if effect.component is not None
    ]
    above = _above(scene, socket.creation)
    found.extend(_mounted(scene, above))
    if found:
        return tuple(found)
    return tuple(_in_component(scene, socket.creation))


def _above(scene: Scene, node: Node) -> frozenset[nodes.Function]:
    """The functions that lead to a node: those around it, and what calls them."""
    seen: set[nodes.Function] = set()
    level: list[Node] = [node]
    for _ in range(_UP):
        following: list[Node] = []
        for each in level:
            for around in flow.ancestors(each, scene.program.parents):
                if isinstance(around, nodes.Function) and around not in seen:
                    seen.add(around)
                    sites = scene.program.callers(around)
                    following += [one for one in sites if isinstance(one, nodes.Call)]
        level = following
    return frozenset(seen)


def _mounted(scene: Scene, above: frozenset[nodes.Function]) -> Iterator[Mount]:
    for function in sorted(above, key=scene.place):
        definition = scene.program.parents.get(function)
        if isinstance(definition, nodes.FunctionDef) and definition.name in MOUNTS:
            cls = component_class(scene, definition)
            if cls is not None:
                yield Mount("mounted", cls)
    for call, function, _ in callbacks(scene, "mount"):
        if function in above:
            yield Mount("mounted", outermost(scene.program, call) or function)


def _in_component(scene: Scene, creation: nodes.Call) -> Iterator[Mount]:
    """Where the creation itself stands in a function component, without an effect."""
    component = outermost(scene.program, creation)
    if component is None:
        return
    if _composes(scene, component):
        yield Mount("mounted", component)
    if not renders(scene, component):
        return
    moment: Only["render", "event"] = (
        "render" if _while_rendering(scene, creation) else "event"
    )
    yield Mount(moment, component, cleanups=_given_back(scene, creation))


def _given_back(scene: Scene, creation: nodes.Call) -> tuple[nodes.Function, ...]:
    """What a callback around a creation returns to a hook such as ``useEffectOnce``."""
    return tuple(
        function
        for around in flow.ancestors(creation, scene.program.parents)
        if isinstance(around, nodes.Function)
        and re.match(r"use[A-Z]", _given_to(scene, around))
        for function in returned_functions(scene, around)[0]
    )


def renders(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function is a component or hook of React: by name and by what it does.

    Its name alone says little: constructors are capitalised too.
    """
    if scene.program.module_of(function).language != "typescript":
        return False
    name = scene.program.name_of(function)
    if not re.match(r"(use)?[A-Z]", name):
        return False
    return any(
        isinstance(node, nodes.Markup)
        or (isinstance(node, nodes.Call) and scene.word("hook", node) is not None)
        for node in tree.own_of(function)
    )


def _composes(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function is a composable of Vue, which runs once for each component.

    A function that is handed to something, as a store's setup is, is none.
    """
    holder = scene.program.parents.get(function)
    if not isinstance(holder, nodes.FunctionDef | nodes.Bind):
        return False
    return bool(re.match(r"use[A-Z]", scene.program.name_of(function))) and any(
        isinstance(node, nodes.Call) and scene.word("composition", node) is not None
        for node in tree.own_of(function)
    )


def _while_rendering(scene: Scene, creation: nodes.Call) -> bool:
    function = scene.program.function_of(creation)
    while function is not None:
        outer = scene.program.function_of(function)
        if outer is None:
            return True
        if _given_to(scene, function) not in _INITIALISERS:
            return False
        function = outer
    return False


def _given_to(scene: Scene, function: nodes.Function) -> str:
    """The name of the call that a function is an argument of, "" for others."""
    argument = scene.program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return ""
    call = scene.program.parents.get(argument)
    return tree.last_name(call.function) if isinstance(call, nodes.Call) else ""
