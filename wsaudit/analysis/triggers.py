"""Triggers: what sets code going - an event of a socket, a mount, a click, a timer.

`after` is everything that runs because of events of a socket, `run_after` because some
functions have begun to; `effects_of` are the effects that open a socket, `mounts` the
components that do, and at which moment of their life.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.components import (
    Effect,
    component_class,
    composes,
    effects,
    given_to,
    life_callbacks,
    outermost,
    renders,
    returned_functions,
)
from wsaudit.analysis.runs import RUN, Below, above, below, spread
from wsaudit.model import Event
from wsaudit.program import flow
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_HOOK = re.compile(r"use[A-Z]")
_INITIALISERS = frozenset({"useState", "useMemo", "useRef"})


@asked
def after(scene: Scene, socket: Socket, *events: Event) -> Below:
    """The functions that run after some events of a socket, the handlers first.

    Calls, timers and promises are followed, and the state that effects depend on.
    """
    return run_after(scene, handlers_of(scene, socket, *events))


def handlers_of(
    scene: Scene, socket: Socket, *events: Event
) -> tuple[nodes.Function, ...]:
    """The functions that are attached to some events of a socket."""
    found = [
        function
        for attached in scene.handlers(socket, *events)
        for function in attached.functions
    ]
    return tuple(dict.fromkeys(found))


def run_after(scene: Scene, starts: Iterable[nodes.Function]) -> Below:
    """The functions that run after some functions have begun to."""
    return spread(scene, starts, hows=RUN, states=True)


# -- components that open sockets ----------------------------------------------------


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


@asked
def effects_of(scene: Scene, socket: Socket) -> tuple[Effect, ...]:
    """The effects that create a socket, themselves or through what they call."""
    if socket.creation is None:
        return ()
    around = {
        node
        for node in flow.ancestors(socket.creation, scene.program.parents)
        if isinstance(node, nodes.Function)
    }
    return tuple(
        effect
        for effect in effects(scene)
        if effect.callback in around or around & below(scene, effect.callback)
    )


@asked
def mounts(scene: Scene, socket: Socket) -> tuple[Mount, ...]:
    """The components that open a socket; empty when none is known to."""
    if socket.creation is None:
        return ()
    found = [
        Mount("effect", effect.component, effect)
        for effect in effects_of(scene, socket)
        if effect.component is not None
    ]
    found.extend(_mounted(scene, above(scene, socket.creation)))
    return tuple(found) or tuple(_in_component(scene, socket.creation))


def _mounted(scene: Scene, leading: Below) -> Iterator[Mount]:
    methods = scene.dialects.spoken("mounts")
    for function in sorted(leading, key=scene.place):
        definition = scene.program.parents.get(function)
        if isinstance(definition, nodes.FunctionDef) and definition.name in methods:
            cls = component_class(scene, definition)
            if cls is not None:
                yield Mount("mounted", cls)
    for call, function, _ in life_callbacks(scene, "mount"):
        if function in leading:
            yield Mount("mounted", outermost(scene.program, call) or function)


def _in_component(scene: Scene, creation: nodes.Call) -> Iterator[Mount]:
    """Where the creation itself stands in a function component, without an effect."""
    component = outermost(scene.program, creation)
    if component is None:
        return
    if composes(scene, component):
        yield Mount("mounted", component)
    if renders(scene, component):
        rendering = _while_rendering(scene, creation)
        cleanups = _given_back(scene, creation)
        yield Mount("render" if rendering else "event", component, cleanups=cleanups)


def _given_back(scene: Scene, creation: nodes.Call) -> tuple[nodes.Function, ...]:
    """What a callback around a creation returns to a hook such as ``useEffectOnce``."""
    return tuple(
        function
        for around in flow.ancestors(creation, scene.program.parents)
        if isinstance(around, nodes.Function) and _HOOK.match(_given_to(scene, around))
        for function in returned_functions(scene, around)[0]
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
    call = given_to(scene.program, function)
    return last_name(call.function) if call is not None else ""


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The events of sockets after which a function runs, and what opens a socket."""
    for socket in scene.sockets:
        if isinstance(node, nodes.Function):
            for event in Event:
                if node in after(scene, socket, event):
                    yield f"runs after the {event} of the socket from ", socket.fact.at
        elif node is socket.creation:
            for mount in mounts(scene, socket):
                at = scene.place(mount.component)
                yield f"opened by a component ({mount.moment}), which is at ", at
