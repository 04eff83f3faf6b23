"""Edges: what a function runs itself, or has run later, and in which way.

`edges` has them for a function; `how` tells it of one site and one function, `handed`
of a call by what it is called, `in_place` of a function by where it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis import emitters
from wsaudit.analysis.components import effects_by_callback
from wsaudit.analysis.states import write_of
from wsaudit.program import calling, tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

How = Only[
    "call", "await", "task", "callback", "promise", "timer", "interval", "event",
    "effect", "cleanup", "state", "later", "kept", "made",
]  # fmt: skip
"""How a function comes to run: it is called, or awaited; it is started as a task; it is
handed to what calls it at once (``forEach``), in a promise, after a time, again and
again, at an event, as an effect, as what ends one; it is an effect that sees other
state; it is handed to what is not followed, or to what only keeps it; it is made, for
others to call."""
DIRECT: frozenset[How] = frozenset({"call", "await", "task"})
AT_ONCE: frozenset[How] = frozenset({"call", "await", "callback", "promise"})
RUN: frozenset[How] = DIRECT | AT_ONCE | {"timer", "interval", "event", "later"}
"""Every way but by being made, kept, or left to the life of a component."""
GIVEN: frozenset[How] = RUN | {"effect", "cleanup", "kept"}
"""Every way but by being made, and by state."""
TIMED: frozenset[How] = frozenset({"timer", "interval"})
_SPOKEN: tuple[tuple[str, How], ...] = (
    ("repeats", "interval"),
    ("starts-timer", "timer"),
    ("runs-after", "timer"),
    ("keeps", "kept"),
    ("adds", "kept"),
    ("stops-timer", "kept"),
    ("unlistens", "kept"),
    ("runs-each", "callback"),
    ("runs-at-once", "callback"),
    ("runs-then", "promise"),
    ("promises", "promise"),
    ("runs-later", "task"),
    ("starts-task", "task"),
    ("awaits-all", "task"),
    ("listens", "event"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A node that runs a function, now or some time; ``how`` says in which way."""

    how: How
    site: Node
    function: nodes.Function


@asked
def edges(scene: Scene, function: nodes.Function) -> tuple[Edge, ...]:
    """What a function runs, or has run later, in order of place."""
    return tuple(edges_in(scene, tree.own_of(function)))


def edges_in(scene: Scene, inside: Iterable[Node]) -> Iterator[Edge]:
    """What some nodes run, or have run later."""
    for node in inside:
        match node:
            case nodes.Function():
                yield in_place(scene, node)
            case nodes.WithItem(value=value):
                for method in calling.managing(scene.program, value):
                    leaves = scene.program.name_of(method).endswith("exit__")
                    yield Edge("cleanup" if leaves else "call", value, method)
            case nodes.Call():
                yield from _called(scene, node)
            case _:
                continue


def _called(scene: Scene, call: nodes.Call) -> Iterator[Edge]:
    """What a call runs, and the functions by name that it is given."""
    if _ways(scene).get(last_name(call.function)) not in TIMED:
        # What an application's own ``setTimeout`` does says less than its name.
        for function in scene.program.callees(call):
            yield Edge(started(scene, call, function), call, function)
    for function in emitters.heard(scene, call) or ():
        yield Edge("callback", call, function)
    for function in emitters.continued(scene, call) or ():
        yield Edge("promise", call, function)
    given = [
        function
        for argument in call.arguments
        if _may_be_function(scene, argument.value)
        for function in scene.functions_of(argument.value)
    ]
    way = handed(scene, call) if given else "later"
    for function in given:
        yield Edge(way, call, function)


def _may_be_function(scene: Scene, node: nodes.Expression) -> bool:
    """A name, or a call that hands back what it is given: ``this.run.bind(this)``."""
    if isinstance(node, nodes.Call):
        return scene.dialects.speaks("keeps", last_name(node.function))
    return isinstance(node, nodes.Name | nodes.Member)


def in_place(scene: Scene, function: nodes.Function) -> Edge:
    """How a function runs that is written where it is used."""
    parents = scene.program.parents
    holder = parents.get(function)
    if isinstance(holder, nodes.Entry):
        record = parents.get(holder)
        if isinstance(record, nodes.Markup) and is_handler_name(
            tree.key_of(holder) or ""
        ):
            return Edge("event", holder, function)
        holder = parents.get(record) if isinstance(record, nodes.Record) else None
    match holder:
        case nodes.Argument():
            call = parents.get(holder)
            if isinstance(call, nodes.Call):
                return Edge(handed(scene, call), call, function)
        case (
            nodes.Bind(target=nodes.Member(name=name))
            | nodes.Assign(target=nodes.Member(name=name))
        ) if is_handler_name(name):
            return Edge("event", holder, function)
        case nodes.Return():
            around = scene.program.function_of(holder)
            effect = effects_by_callback(scene).get(around) if around else None
            if effect is not None and function in effect.cleanups:
                return Edge("cleanup", holder, function)
        case _:
            pass
    return Edge("made", function, function)


def is_handler_name(name: str) -> bool:
    """Whether a prop or field is named like an event's: ``onClick``."""
    return name.startswith("on") and len(name) > len("on")


def started(scene: Scene, call: nodes.Call, function: nodes.Function) -> How:
    """Whether a call of a function is awaited, makes a task of it, or neither."""
    if not function.is_async or function.is_generator:
        return "call"
    for around in tree.within(call, scene.program.parents):
        match around:
            case nodes.Await() | nodes.Yield(delegates=True) | nodes.WithItem():
                return "await"
            case nodes.Call() if scene.word("task", around) is not None:
                return "task"
            case _ if isinstance(around, nodes.Statement):
                return "call"
            case _:
                continue
    return "call"


@asked
def _ways(scene: Scene) -> dict[str, How]:
    """How calls run the functions that they are given, by the calls' last names."""
    return {
        name: way
        for kind, way in reversed(_SPOKEN)
        for name in scene.dialects.spoken(kind)
    }


def handed(scene: Scene, call: nodes.Call) -> How:
    """How a call runs the functions that it is given, by what it is called."""
    if scene.word("effect", call) or scene.word("mount", call):
        return "effect"
    if scene.word("teardown", call):
        return "cleanup"
    way = _ways(scene).get(last_name(call.function), "later")
    if way == "kept" and write_of(scene, call) is not None:
        return "callback"  # The updater that a store's ``set`` is given.
    return way


def how(scene: Scene, site: Node, function: nodes.Function) -> How:
    """How one site runs one function."""
    if not isinstance(site, nodes.Call):
        return "event"
    given = any(argument.value is function for argument in site.arguments)
    if not given or function in scene.program.callees(site):
        return started(scene, site, function)
    return handed(scene, site)
