"""Readiness: whether a socket is known to be open where the code sends on it.

Known by construction (in an open or message handler and what only they call), by a
condition that dominates the place, or by waiting for the opening.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wsaudit.model import Event
from wsaudit.program import flow, tree, values
from wsaudit.program.tree import last_name
from wsaudit.recognise.chains import link_of
from wsaudit.recognise.opentests import Says, Sockets, says
from wsaudit.recognise.timers import clears_of, timers
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node


class Known(StrEnum):
    """What is known of a socket's state at a place."""

    OPEN = "open"
    STALE = "stale"
    """It was open before something was awaited."""
    PERHAPS = "perhaps"
    FALLS_THROUGH = "falls-through"
    """A condition was tested, and the code goes on either way."""
    EXISTS = "exists"
    NOTHING = "nothing"


_BEST = (
    Known.OPEN,
    Known.STALE,
    Known.PERHAPS,
    Known.FALLS_THROUGH,
    Known.EXISTS,
    Known.NOTHING,
)
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known, in a few words from where, and the node that tells it."""

    known: Known
    why: str = ""
    at: Node | None = None


def readiness(
    scene: Scene,
    node: Node,
    sockets: Sockets,
    entered: frozenset[nodes.Function] = frozenset(),
) -> Readiness:
    """What is known of some sockets being open where a node runs.

    The best of what its own function tells and of how that function is reached; where
    it is reached in several ways, the worst of those counts.
    """
    here = _in_function(scene, node, sockets)
    if here.known is Known.OPEN:
        return here
    around = _on_entry(scene, node, sockets, entered)
    return min(here, around, key=lambda one: _BEST.index(one.known))


def _in_function(scene: Scene, node: Node, sockets: Sockets) -> Readiness:
    """What conditions and waits in the node's own function tell."""
    best = Readiness(Known.NOTHING)
    for condition in _conditions(scene, node):
        found = says(scene, condition.test, sockets, holds=condition.holds)
        known = Known(found.value or "nothing")
        why = f"guarded by `{_short(scene, condition.test)}`"
        if known is Known.OPEN:
            why = "its state is checked"
            if _awaits(scene, node, condition.since):
                known = Known.STALE
        best = _better(best, Readiness(known, why, condition.test))
    best = _better(best, _waited(scene, node, sockets))
    if best.known in {Known.NOTHING, Known.EXISTS}:
        best = _better(best, _falls_through(scene, node, sockets))
    return best


def _better(one: Readiness, other: Readiness) -> Readiness:
    return min(one, other, key=lambda each: _BEST.index(each.known))


def _short(scene: Scene, test: nodes.Expression) -> str:
    for part, _ in flow.facts_of(test, holds=True):
        match part:
            case nodes.Binary(left=left):
                return scene.text(left)
            case _:
                return scene.text(part)
    return scene.text(test)


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition that has come out one way; ``since`` is where, in the function."""

    test: nodes.Expression
    holds: bool
    since: int


def _conditions(scene: Scene, node: Node) -> Iterator[_Condition]:
    """The conditions that are known where a node runs."""
    parents = scene.program.parents
    for guard in flow.guards(node, parents):
        yield _Condition(guard.test, guard.holds, guard.test.end)
    at = node
    for around in flow.within(node, parents):
        if isinstance(around, nodes.Case) and at is not around.guard:
            yield from _of_case(scene, around)
        for statement in _before(at, around):
            yield from _after(scene, statement)
        at = around


def _of_case(scene: Scene, case: nodes.Case) -> Iterator[_Condition]:
    """``switch (ws.readyState) { case WebSocket.OPEN: … }``."""
    switch = scene.program.parents.get(case)
    if isinstance(switch, nodes.Switch) and len(case.patterns) == 1:
        subject = switch.subject
        equal = nodes.Binary(
            subject.start, subject.end, "==", subject, case.patterns[0]
        )
        yield _Condition(equal, holds=True, since=subject.end)


def _before(at: Node, around: Node) -> Iterator[nodes.Statement]:
    """The statements of a block that have run where a later one of it runs."""
    for block in flow.blocks(around):
        if any(at is statement for statement in block):
            for statement in block:
                if statement is at:
                    return
                yield statement


def _after(scene: Scene, statement: nodes.Statement) -> Iterator[_Condition]:
    """What a loop has waited for, or a call has made sure of, once it is through."""
    match statement:
        case nodes.Loop(kind="while", test=test) if test is not None:
            if not any(
                isinstance(leaving, nodes.Break) for leaving in flow.exits(statement)
            ):
                yield _Condition(test, holds=False, since=statement.end)
        case nodes.Expr(value=value):
            call = tree.strip(value)
            if isinstance(call, nodes.Call):
                for function in scene.program.callees(call):
                    for inner in function.body:
                        if isinstance(inner, nodes.If) and _raises(inner.then):
                            yield _Condition(inner.test, holds=False, since=call.end)
        case _:
            return


def _raises(block: tuple[nodes.Statement, ...]) -> bool:
    return bool(block) and isinstance(block[-1], nodes.Raise)


def _awaits(scene: Scene, node: Node, since: int) -> bool:
    """Whether something is awaited between a place of the function and a node."""
    function = scene.program.function_of(node)
    if function is None:
        return False
    return any(
        isinstance(each, nodes.Await)
        and each.start >= since
        and (
            (node.start <= each.start and each.end <= node.end)
            or (
                each.end <= node.start
                and flow.dominates(each, node, scene.program.parents)
            )
        )
        for each in tree.own_in(function.body)
    )


# -- waiting for the opening -------------------------------------------------------


def _waited(scene: Scene, node: Node, sockets: Sockets) -> Readiness:
    """An ``await`` before the node that ends when one of the sockets opens."""
    function = scene.program.function_of(node)
    if function is None:
        return Readiness(Known.NOTHING)
    best = Readiness(Known.NOTHING)
    for each in tree.own_in(function.body):
        if (
            isinstance(each, nodes.Await)
            and each.end <= node.start
            and flow.dominates(each, node, scene.program.parents)
        ):
            found = _opening(scene, each.value, sockets)
            best = _better(best, replace(found, at=each))
    return best


def _opening(scene: Scene, node: nodes.Expression, sockets: Sockets) -> Readiness:
    awaited = tree.strip(node)
    if isinstance(awaited, nodes.Call) and any(
        name in {"events#once", "node:events#once"} for name in scene.names(awaited)
    ):
        return Readiness(Known.OPEN, "the opening is awaited")
    promises = [
        value.site
        for value in scene.program.values(awaited)
        if isinstance(value, values.Instance) and value.of == "global#Promise"
    ]
    run: set[nodes.Function] = set()
    for promise in promises:
        if isinstance(promise, nodes.Call):
            for argument in promise.arguments[:1]:
                for executor in scene.functions_of(argument.value):
                    run |= scene.reaches(executor)
    if run & _attachers(scene, sockets):
        return Readiness(Known.OPEN, "the opening is awaited")
    if isinstance(awaited, nodes.Call):
        for callee in scene.program.callees(awaited):
            run |= scene.reaches(callee)
    if promises and any(_opens(scene, function, sockets) for function in run):
        return Readiness(Known.PERHAPS, f"`{scene.text(awaited)}` is awaited")
    if run & {socket.creator for socket in sockets}:
        return Readiness(Known.PERHAPS, f"`{scene.text(awaited)}` is awaited")
    return Readiness(Known.NOTHING)


def _attachers(scene: Scene, sockets: Sockets) -> set[nodes.Function | None]:
    """The functions that attach an open handler to one of the sockets."""
    return {
        scene.program.function_of(attached.at)
        for socket in sockets
        for attached in scene.handlers(socket, Event.OPEN)
    } - {None}


def _opens(scene: Scene, function: nodes.Function, sockets: Sockets) -> bool:
    return function in _attachers(scene, sockets) or any(
        function in attached.functions
        for socket in sockets
        for attached in scene.handlers(socket, Event.OPEN)
    )


# -- conditions that do not stop ---------------------------------------------------


def _falls_through(scene: Scene, node: Node, sockets: Sockets) -> Readiness:
    """An earlier test that finds the socket not open, and does not leave."""
    at = node
    for around in flow.within(node, scene.program.parents):
        for statement in _before(at, around):
            if isinstance(statement, nodes.If) and _unheeded(scene, statement, sockets):
                why = "its check does not leave"
                return Readiness(Known.FALLS_THROUGH, why, statement.test)
        at = around
    return Readiness(Known.NOTHING)


def _unheeded(scene: Scene, statement: nodes.If, sockets: Sockets) -> bool:
    """``if (ws.readyState !== OPEN) reject(…)``: it speaks, and goes on.

    A branch that waits, or that opens the socket, is no such thing.
    """
    if flow.leaves(statement.then) or not statement.then or statement.other:
        return False
    if says(scene, statement.test, sockets, holds=False) is not Says.OPEN:
        return False
    creators = {socket.creator for socket in sockets}
    for node in tree.own_in(statement.then):
        if isinstance(node, nodes.Await):
            return False
        if isinstance(node, nodes.Call):
            for callee in scene.program.callees(node):
                if creators & scene.reaches(callee):
                    return False
    return True


# -- how a function is reached -----------------------------------------------------


def _on_entry(
    scene: Scene, node: Node, sockets: Sockets, entered: frozenset[nodes.Function]
) -> Readiness:
    """What is known when the node's function begins, and still at the node."""
    function = scene.program.function_of(node)
    if function is None or function in entered or len(entered) >= _DEPTH:
        return Readiness(Known.NOTHING)
    found = _begins(scene, function, sockets, entered | {function})
    lasts = found.why == _OPENED
    if found.known is Known.OPEN and not lasts and _awaits(scene, node, function.start):
        return replace(found, known=Known.STALE)
    return found


_OPENED = "in the open handler"


def _begins(
    scene: Scene,
    function: nodes.Function,
    sockets: Sockets,
    entered: frozenset[nodes.Function],
) -> Readiness:
    handled = _handler(scene, function, sockets)
    if handled is not None:
        return handled
    program = scene.program
    argument = program.parents.get(function)
    call = program.parents.get(argument) if argument is not None else None
    if isinstance(argument, nodes.Argument) and isinstance(call, nodes.Call):
        return _as_argument(scene, call, function, sockets, entered)
    if isinstance(call, nodes.Node) and _called_at_once(call, function):
        return readiness(scene, call, sockets, entered)
    timed = [timer for timer in timers(scene) if function in timer.functions]
    sites: list[Readiness] = [
        _of_timer(scene, timer.call, sockets, entered) for timer in timed
    ]
    sites += [
        _of_site(scene, site, sockets, entered) for site in program.callers(function)
    ]
    if not sites:
        return Readiness(Known.NOTHING)
    return max(sites, key=lambda one: _BEST.index(one.known))


def _called_at_once(call: Node, function: nodes.Function) -> bool:
    """``(() => { … })()``."""
    return isinstance(call, nodes.Call) and tree.strip(call.function) is function


def _handler(
    scene: Scene, function: nodes.Function, sockets: Sockets
) -> Readiness | None:
    """Whether a function is attached to one of the sockets, and to which event."""
    events = {
        attached.event
        for socket in sockets
        for attached in socket.attached
        if function in attached.functions
    }
    if Event.OPEN in events or any(socket.entry is function for socket in sockets):
        return Readiness(Known.OPEN, _OPENED, function)
    if Event.MESSAGE in events:
        return Readiness(Known.OPEN, "in the message handler", function)
    return Readiness(Known.NOTHING) if events else None


def _as_argument(
    scene: Scene,
    call: nodes.Call,
    function: nodes.Function,
    sockets: Sockets,
    entered: frozenset[nodes.Function],
) -> Readiness:
    """A function literal given to a call: run there, in a promise, or later."""
    if any(timer.call is call for timer in timers(scene)):
        return _of_timer(scene, call, sockets, entered)
    callees = scene.program.callees(call)
    found = readiness(scene, call, sockets, entered)
    link = link_of(scene, call, function)
    if link == "callback" or any(
        function in scene.reaches(callee) for callee in callees
    ):
        return found
    if link == "promise" and found.known is Known.OPEN:
        if last_name(call.function) == "Promise":
            return found
        return replace(found, known=Known.STALE)
    return Readiness(Known.NOTHING)


def _of_site(
    scene: Scene, site: Node, sockets: Sockets, entered: frozenset[nodes.Function]
) -> Readiness:
    found = readiness(scene, site, sockets, entered)
    if found.known in {Known.NOTHING, Known.EXISTS}:
        return replace(found, at=found.at or site)
    return found


def _of_timer(
    scene: Scene,
    call: nodes.Call,
    sockets: Sockets,
    entered: frozenset[nodes.Function],
) -> Readiness:
    """A timer that runs while the socket is open: cleared when it closes."""
    started = readiness(scene, call, sockets, entered)
    if started.known is not Known.OPEN:
        return Readiness(Known.NOTHING)
    closing: set[nodes.Function] = set()
    for socket in sockets:
        for attached in scene.handlers(socket, Event.CLOSE):
            for function in attached.functions:
                closing |= scene.reaches(function)
    timer = next(each for each in timers(scene) if each.call is call)
    if any(scene.program.function_of(c) in closing for c in clears_of(scene, timer)):
        return Readiness(Known.OPEN, "its timer is cleared when the socket closes")
    return Readiness(Known.NOTHING)
