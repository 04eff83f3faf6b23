"""Triggers: what sets code going - an event of a socket, a mount, a click, a timer.

`triggers` is what a function runs because of, each with its sockets; `after` is all
that runs because of events of a socket, `run_after` because some functions have begun
to. `listeners` are the functions that events of the page run, `effects_of` the effects
that open a socket, `mounts` the components that do, and at which moment of their life.
"""

from __future__ import annotations

import re
from collections import defaultdict
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
from wsaudit.analysis.edges import RUN, How
from wsaudit.analysis.runs import Below, above, below, givers, spread
from wsaudit.model import Event
from wsaudit.program import folding, tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_ATTRIBUTE = re.compile(r"on[A-Z]\w*")
_HOOK = re.compile(r"use[A-Z]")


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


def handling(scene: Scene, sockets: Iterable[Socket], *events: Event) -> Below:
    """The functions that run when some events of sockets are handled, made ones too."""
    found = [f for socket in sockets for f in handlers_of(scene, socket, *events)]
    return spread(scene, found)


def run_after(scene: Scene, starts: Iterable[nodes.Function]) -> Below:
    """The functions that run after some functions have begun to."""
    return spread(scene, starts, hows=RUN, states=True)


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """What an event of the page runs: by ``addEventListener``, or an attribute.

    ``event`` is spelled as in ``addEventListener``, or as the attribute is.
    """

    at: Node
    event: str
    given: nodes.Expression


@asked
def listeners(scene: Scene) -> tuple[Listener, ...]:
    """Every call that has a function called at an event whose name folds."""
    return tuple(
        Listener(call, event, call.arguments[1].value)
        for call in scene.program.calls_named("addEventListener")
        if len(call.arguments) > 1
        and (event := folding.fold_text(scene.program, call.arguments[0].value))
    )


@asked
def attributes(scene: Scene, path: str) -> tuple[Listener, ...]:
    """The attributes like ``onClick`` of the elements in a file."""
    return tuple(
        Listener(entry, key, entry.value)
        for element in scene.program.every(nodes.Markup, scene.program.modules[path])
        for entry in element.attributes
        if _ATTRIBUTE.fullmatch(key := tree.key_of(entry) or "")
    )


# -- upwards -------------------------------------------------------------------------

Kind = Only[
    "open", "message", "close", "error", "event", "timer", "interval", "effect",
    "unmount", "task", "later", "import",
]  # fmt: skip
_HANDED: dict[How, Kind] = {
    "timer": "timer",
    "interval": "interval",
    "event": "event",
    "effect": "effect",
    "cleanup": "unmount",
    "task": "task",
    "later": "later",
}
_EVENTS: dict[Event, Kind] = {
    Event.OPEN: "open",
    Event.MESSAGE: "message",
    Event.CLOSE: "close",
    Event.ERROR: "error",
}


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """Something that sets code going, and where it is told to; of which sockets."""

    kind: Kind
    at: Node
    sockets: tuple[Socket, ...] = ()


@asked
def triggers(scene: Scene, function: nodes.Function) -> tuple[Trigger, ...]:
    """What a function runs because of, the nearest first."""
    attached = _attached(scene)
    found: dict[tuple[Kind, Node], Trigger] = {}
    for each in above(scene, function):
        own = list(attached.get(each, ()))
        own += [
            Trigger(kind, edge.site)
            for edge in givers(scene, each)
            if (kind := _HANDED.get(edge.how)) is not None and not own
        ]
        own += [
            Trigger("import", site)
            for site in scene.program.callers(each)
            if scene.program.function_of(site) is None
        ]
        for one in own:
            found.setdefault((one.kind, one.at), one)
    return tuple(found.values())


@asked
def _attached(scene: Scene) -> dict[nodes.Function, list[Trigger]]:
    found: dict[nodes.Function, list[Trigger]] = {}
    for attached in scene.attached:
        kind = _EVENTS.get(attached.event, "event")
        for function in attached.functions:
            trigger = Trigger(kind, attached.at, attached.sockets)
            found.setdefault(function, []).append(trigger)
    for effect in effects(scene):
        for cleanup in effect.cleanups:
            found.setdefault(cleanup, []).append(Trigger("unmount", effect.call))
    return found


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
        for node in tree.ancestors(socket.creation, scene.program.parents)
        if isinstance(node, nodes.Function)
    }
    starting = _effects_by_function(scene)
    found = {index for function in around for index in starting.get(function, ())}
    return tuple(effects(scene)[index] for index in sorted(found))


@asked
def _effects_by_function(scene: Scene) -> dict[nodes.Function, list[int]]:
    """For each function which of the effects run it."""
    found: dict[nodes.Function, list[int]] = defaultdict(list)
    for index, effect in enumerate(effects(scene)):
        for function in {effect.callback, *below(scene, effect.callback)}:
            found[function].append(index)
    return dict(found)


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
        for around in tree.ancestors(creation, scene.program.parents)
        if isinstance(around, nodes.Function) and _HOOK.match(_given_to(scene, around))
        for function in returned_functions(scene, around)[0]
    )


def _while_rendering(scene: Scene, creation: nodes.Call) -> bool:
    function = scene.program.function_of(creation)
    while function is not None:
        outer = scene.program.function_of(function)
        if outer is None:
            return True
        if not scene.says("initialises", _given_to(scene, function)):
            return False
        function = outer
    return False


def _given_to(scene: Scene, function: nodes.Function) -> str:
    """The name of the call that a function is an argument of, "" for others."""
    call = given_to(scene.program, function)
    return last_name(call.function) if call is not None else ""


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What a function runs because of, after which events, and what opens a socket."""
    for one in triggers(scene, node) if isinstance(node, nodes.Function) else ():
        yield f"runs because of: {one.kind}, told at ", scene.place(one.at)
    for socket in scene.sockets:
        if isinstance(node, nodes.Function):
            for event in Event:
                if node in after(scene, socket, event):
                    yield f"runs after the {event} of the socket from ", socket.fact.at
        elif node is socket.creation:
            for mount in mounts(scene, socket):
                at = scene.place(mount.component)
                yield f"opened by a component ({mount.moment}), which is at ", at
