"""Optimism: what the user's own actions write before the server has agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.feeds import Feed, message_runs
from wsaudit.analysis.feeds.parts import StatePart, parts
from wsaudit.analysis.feeds.writes import brings, writes_to, written_entries
from wsaudit.analysis.origins import given
from wsaudit.analysis.runs import above, below
from wsaudit.analysis.triggers import triggers
from wsaudit.limits import NEAR
from wsaudit.model import Evidence, Seen
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Use
    from wsaudit.program.names import Binding
    from wsaudit.syntax.nodes import Node

_GUARDS = re.compile(
    r"version|(?<!p)rev(ision)?$|seq|etag|updated_?at|timestamp|clock|lamport|pending|dirty"
    r"|editing|mutating|optimistic|origin|(client|request|temp|session|sender|user)_?id",
    re.IGNORECASE,
)
_DEFAULTS = (nodes.Literal, nodes.Sequence, nodes.Record)
"""What stands last where nothing is asked: ``lines ?? []``."""


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """A write that an action of the user does beside a send, in ``function``."""

    part: StatePart
    call: nodes.Call
    function: nodes.Function


@asked
def local_writes(scene: Scene, state: Node) -> tuple[Local, ...]:
    """The writes of a state that actions of the user do beside a send."""
    found: list[Local] = []
    for write in writes_to(scene, state):
        home = scene.program.function_of(write.call)
        function = _acting(scene, home) if home is not None else None
        if function is not None and not _waits_before(function, write.call):
            sent = _sent(scene, function)
            found += [
                Local(part, write.call, function)
                for part, value in written_entries(scene, write)
                if value is not None and sent & _made_of(scene, value, function)
            ]
    return tuple(found)


def _sent(scene: Scene, function: nodes.Function) -> frozenset[Binding]:
    """The variables that what a function sends is made of."""
    return frozenset(
        binding
        for use in _sends(scene, function)
        for argument in use.call.arguments
        for binding in _made_of(scene, argument.value, function)
    )


def _made_of(
    scene: Scene, value: nodes.Expression, function: nodes.Function
) -> frozenset[Binding]:
    """The variables in a value, and in what a function passes for them."""
    found: set[Binding] = set()
    for node in tree.walk(value):
        binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
        if binding is None or binding.scope.function_scope().node is None:
            continue
        found.add(binding)
        source = binding.writes[0].source if binding.writes else None
        for one in (
            given(scene.program, source) if isinstance(source, nodes.Parameter) else ()
        ):
            if (
                one.value is not None
                and scene.program.function_of(one.site) is function
            ):
                found |= _made_of(scene, one.value, function)
    return frozenset(found)


def _acting(scene: Scene, home: nodes.Function) -> nodes.Function | None:
    """The function that an event of the page runs, which writes and sends."""
    for function in (home, *above(scene, home).near(NEAR)):
        if any(function in runs for _, runs in message_runs(scene)):
            continue
        kinds = {trigger.kind for trigger in triggers(scene, function)}
        if "event" in kinds and "message" not in kinds and _sends(scene, function):
            return function
    return None


def _sends(scene: Scene, function: nodes.Function) -> tuple[Use, ...]:
    """The sends of a function, itself or by what it calls."""
    near = {function, *below(scene, function).near(2)}
    return tuple(
        use
        for use in scene.uses
        if use.op.means == "send" and scene.program.function_of(use.call) in near
    )


def _waits_before(function: nodes.Function, call: nodes.Call) -> bool:
    """Whether a function awaits something, an answer say, before it writes."""
    return any(
        isinstance(node, nodes.Await) and node.start < call.start < function.end
        for node in tree.own_of(function)
    )


def overwritten(scene: Scene, feed: Feed) -> Local | None:
    """A write of the user's that a message puts another value over."""
    key = feed.write.key
    if not isinstance(key, values.Instance):
        return None
    for part, value in written_entries(scene, feed.write):
        if value is None or _adds(scene, value) or not brings(scene, value):
            continue
        for local in local_writes(scene, key.site):
            if local.part.meets(part) and local.call is not feed.write.call:
                return local
    return None


def _adds(scene: Scene, value: nodes.Expression) -> bool:
    """Whether a new list or record has all of the old one: ``[...lines, line]``."""
    value = tree.strip(value)
    if isinstance(value, nodes.Sequence):
        return any(
            isinstance(item, nodes.Spread) and parts(scene, item.value)
            for item in value.items
        )
    return (
        isinstance(value, nodes.Call)
        and isinstance(value.function, nodes.Member)
        and value.function.name == "concat"
    )


def guarded(scene: Scene, feed: Feed) -> Evidence:
    """Whether anything is asked before a message is written over a state."""
    told = told_apart(scene, feed)
    for test in _tests(scene, feed) if told.absent else ():
        for node in tree.walk(test):
            if isinstance(node, nodes.Name | nodes.Member) and parts(scene, node):
                why = "the state is compared before"
                return Evidence(Seen.PRESENT, why, scene.place(test))
    return told


def told_apart(scene: Scene, feed: Feed) -> Evidence:
    """Whether a message is looked up, or its number, before it is written."""
    for test in _tests(scene, feed):
        for node in tree.walk(test):
            match node:
                case nodes.Name(id=name) | nodes.Member(name=name) if _GUARDS.search(
                    name
                ):
                    why = f"`{name}` is asked before"
                    return Evidence(Seen.PRESENT, why, scene.place(test))
                case nodes.Call(
                    function=nodes.Member(name="has" | "includes" | "some")
                ):
                    return Evidence(
                        Seen.PRESENT, "it is looked up before", scene.place(test)
                    )
    return Evidence(Seen.ABSENT)


def _tests(scene: Scene, feed: Feed) -> Iterator[nodes.Expression]:
    """What is asked around a write, in its updater, and on the way to it."""
    home = scene.program.function_of(feed.write.call)
    functions = [home] if home is not None else []
    if feed.write.value is not None:
        functions += scene.functions_of(feed.write.value)
    runs = next(r for s, r in message_runs(scene) if s is feed.socket)
    functions += [f for f in above(scene, home).near(NEAR) if f in runs] if home else []
    for function in functions:
        for node in tree.walk(function):
            if isinstance(node, nodes.If | nodes.Conditional):
                yield node.test
            elif isinstance(node, nodes.Logical) and not isinstance(
                tree.strip(node.operands[-1]), _DEFAULTS
            ):
                yield node.operands[0]
