"""Readiness: whether a socket is known to be open where the code sends on it.

Known by construction (in an open or message handler and what only they call), by a
condition that dominates the place, or by waiting for the opening.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below, how
from wsaudit.analysis.timers import clears_of, timers
from wsaudit.model import Event, Role
from wsaudit.program import flow, tree
from wsaudit.program.tree import last_name
from wsaudit.recognise.connections.origins import first_role
from wsaudit.recognise.sending.openings import waited
from wsaudit.recognise.sending.opentests import Says, Sockets, says
from wsaudit.recognise.sending.standing import Known, Readiness, better, worst
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node


_DEPTH = 6


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
    here = tested(scene, node, sockets)
    if here.known is Known.OPEN:
        return here
    around = _on_entry(scene, node, sockets, entered)
    return better(here, around)


def tested(scene: Scene, node: Node, sockets: Sockets) -> Readiness:
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
        best = better(best, Readiness(known, why, condition.at))
    best = better(best, waited(scene, node, sockets))
    if best.known in {Known.NOTHING, Known.EXISTS}:
        best = better(best, _falls_through(scene, node, sockets))
    return best


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
    """A condition that has come out one way, at a node of the function or below it.

    ``since`` is the place from which on it is known.
    """

    test: nodes.Expression
    holds: bool
    since: int
    at: Node


def _conditions(scene: Scene, node: Node) -> Iterator[_Condition]:
    """The conditions that are known where a node runs."""
    parents = scene.program.parents
    for guard in flow.guards(node, parents):
        yield _Condition(guard.test, guard.holds, guard.test.end, guard.test)
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
        yield _Condition(equal, True, subject.end, subject)  # noqa: FBT003


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
                yield _Condition(test, False, statement.end, test)  # noqa: FBT003
        case nodes.Expr(value=value):
            call = tree.strip(value)
            if isinstance(call, nodes.Call):
                for function in scene.program.callees(call):
                    for inner in function.body:
                        if isinstance(inner, nodes.If) and _raises(inner.then):
                            yield _Condition(inner.test, False, call.end, call)  # noqa: FBT003
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
        for each in tree.own_of(function)
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
                if creators & below(scene, callee):
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
    call = program.parents.get(argument) if isinstance(argument, nodes.Node) else None
    if isinstance(argument, nodes.Argument) and isinstance(call, nodes.Call):
        return _as_argument(scene, call, function, sockets, entered)
    if isinstance(argument, nodes.Call) and argument.function is function:
        return readiness(scene, argument, sockets, entered)
    timed = [timer for timer in timers(scene) if function in timer.functions]
    sites: list[Readiness] = [
        _of_timer(scene, timer.call, sockets, entered) for timer in timed
    ]
    sites += [
        _of_site(scene, site, sockets, entered)
        for site in program.callers(function)
        if first_role(scene, site) is not Role.TEST
    ]
    if not sites:
        return Readiness(Known.NOTHING)
    return worst(sites)


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
    link = how(scene, call, function)
    if link == "callback" or any(
        function in below(scene, callee) for callee in callees
    ):
        return found
    if link != "promise":
        return Readiness(Known.NOTHING)
    if last_name(call.function) == "Promise" or found.known is Known.PERHAPS:
        return found
    if found.known is Known.OPEN:
        lasts = found.why == _OPENED
        return found if lasts else replace(found, known=Known.STALE)
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
                closing |= below(scene, function)
    timer = next(each for each in timers(scene) if each.call is call)
    if any(scene.program.function_of(c) in closing for c in clears_of(scene, timer)):
        return Readiness(Known.OPEN, "its timer is cleared when the socket closes")
    return Readiness(Known.NOTHING)
