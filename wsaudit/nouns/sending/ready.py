"""Readiness: whether a socket is known to be open where the code sends on it.

Known by construction (in an open or message handler and what only they call), by a
condition that dominates the place, or by waiting for the opening.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import how
from wsaudit.analysis.runs import below
from wsaudit.analysis.timers import clears_of, timers
from wsaudit.analysis.triggers import handling, listeners
from wsaudit.connections.origins import first_role
from wsaudit.flow.conditions import Known, ensured, implied, known, ran_before, unheeded
from wsaudit.flow.ways import awaits_between
from wsaudit.limits import STEPS
from wsaudit.model import Event, Role
from wsaudit.model.delivery import UNSAFE, Standing
from wsaudit.nouns.sending.openings import opening
from wsaudit.nouns.sending.opentests import NOT_OPEN, Sockets, ruled_out, says
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_BEST = (
    Standing.OPEN,
    Standing.STALE,
    Standing.UNKNOWN,
    Standing.FALLS_THROUGH,
    Standing.PARTLY,
    Standing.EXISTS,
    Standing.UNCHECKED,
)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known of a socket, in a few words from where, and what tells it."""

    standing: Standing
    why: str = ""
    at: Node | None = None


NOTHING = Readiness(Standing.UNCHECKED)


def _better(*each: Readiness) -> Readiness:
    """The one that is known best; the first of two alike."""
    return min(each, key=lambda one: _BEST.index(one.standing))


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
    if here.standing is Standing.OPEN:
        return here
    return _better(here, _on_entry(scene, node, sockets, entered))


def tested(scene: Scene, node: Node, sockets: Sockets) -> Readiness:
    """What conditions and waits in the node's own function tell."""
    best = NOTHING
    ruled: set[int] = set()
    for one, since in _conditions(scene, node):
        standing = says(scene, one, sockets)
        ruled.update(ruled_out(scene, one, sockets))
        if ruled.issuperset(NOT_OPEN.values()):
            standing = Standing.OPEN
        why = f"guarded by `{_short(scene, one.test)}`"
        if standing is Standing.OPEN:
            why = "its state is checked"
            if awaits_between(scene.program, since, node):
                standing = Standing.STALE
        best = _better(best, Readiness(standing, why, since))
    for ran in ran_before(scene.program, node):
        if isinstance(ran, nodes.Await):
            standing, why = opening(scene, ran.value, sockets)
            best = _better(best, Readiness(standing, why, ran))
    if best.standing in UNSAFE:
        for statement in unheeded(scene.program, node):
            if _finds_closed(scene, statement, sockets):
                why = "its check does not leave"
                return Readiness(Standing.FALLS_THROUGH, why, statement.test)
    return best


def _conditions(scene: Scene, node: Node) -> Iterator[tuple[Known, Node]]:
    """The tests that are known where a node runs, and since what has run.

    What a call has made sure of is known since then.
    """
    for one in known(scene.program, node):
        yield one, one.test
    for call in ran_before(scene.program, node):
        if isinstance(call, nodes.Call):
            for one in _made_sure(scene, call):
                yield one, call


@asked
def _made_sure(scene: Scene, call: nodes.Call) -> tuple[Known, ...]:
    """The tests that have come out one way whenever a call has returned."""
    functions = scene.program.callees(call)
    return tuple(one for each in functions for one in ensured(scene.program, each))


def _short(scene: Scene, test: Node) -> str:
    match test:
        case nodes.Binary(left=left):
            return scene.text(left)
        case nodes.Case() as case:
            switch = scene.program.parents.get(case)
            return (
                scene.text(switch.subject) if isinstance(switch, nodes.Switch) else ""
            )
        case _ if isinstance(test, nodes.Expression):
            return scene.text(test)
        case _:
            return ""


def _finds_closed(scene: Scene, statement: nodes.If, sockets: Sockets) -> bool:
    """``if (ws.readyState !== OPEN) reject(…)``: it speaks, and goes on.

    A branch that waits, or that opens the socket, is no such thing.
    """
    if not statement.then or statement.other:
        return False
    if not any(
        says(scene, Known(test, so), sockets) is Standing.OPEN
        for test, so in implied(statement.test, holds=False)
    ):
        return False
    creators = {socket.creator for socket in sockets}
    return not any(
        isinstance(node, nodes.Await)
        or (
            isinstance(node, nodes.Call)
            and any(
                creators & below(scene, callee)
                for callee in scene.program.callees(node)
            )
        )
        for node in tree.own_in(statement.then)
    )


# -- how a function is reached -----------------------------------------------------


def _on_entry(
    scene: Scene, node: Node, sockets: Sockets, entered: frozenset[nodes.Function]
) -> Readiness:
    """What is known when the node's function begins, and still at the node."""
    function = scene.program.function_of(node)
    if function is None or function in entered or len(entered) >= STEPS:
        return NOTHING
    found = _begins(scene, function, sockets, entered | {function})
    lasts = found.why == _OPENED
    if (
        found.standing is Standing.OPEN
        and not lasts
        and awaits_between(scene.program, None, node)
    ):
        return replace(found, standing=Standing.STALE)
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
    if _is_posted_to(scene, function):
        return Readiness(Standing.UNKNOWN, "what is asked before a message is posted")
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
        return NOTHING
    return max(sites, key=lambda one: _BEST.index(one.standing))


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
        return Readiness(Standing.OPEN, _OPENED, function)
    if Event.MESSAGE in events:
        return Readiness(Standing.OPEN, "in the message handler", function)
    return NOTHING if events else None


def _is_posted_to(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function takes what another thread or window posts, as a worker's."""
    if any(function in attached.functions for attached in scene.attached):
        return False
    match scene.program.parents.get(function):
        case nodes.Bind(target=target) | nodes.Assign(target=target):
            return last_name(target) == "onmessage"
        case _:
            return any(
                one.event == "message" and function in scene.functions_of(one.given)
                for one in listeners(scene)
            )


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
        return NOTHING
    if last_name(call.function) == "Promise" or found.standing is Standing.UNKNOWN:
        return found
    if found.standing is Standing.OPEN:
        if found.why != _OPENED:
            return replace(found, standing=Standing.STALE)
        return NOTHING if _follows_another(call) else found
    return NOTHING


def _follows_another(call: nodes.Call) -> bool:
    """``a().then(f).then(g)``: g runs after two waits."""
    before = call.function.object if isinstance(call.function, nodes.Member) else None
    return (
        isinstance(before, nodes.Call)
        and isinstance(before.function, nodes.Member)
        and before.function.name == last_name(call.function)
    )


def _of_site(
    scene: Scene, site: Node, sockets: Sockets, entered: frozenset[nodes.Function]
) -> Readiness:
    found = readiness(scene, site, sockets, entered)
    if found.standing in UNSAFE:
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
    if started.standing is not Standing.OPEN:
        return NOTHING
    closing = handling(scene, sockets, Event.CLOSE)
    timer = next(each for each in timers(scene) if each.call is call)
    if any(scene.program.function_of(c) in closing for c in clears_of(scene, timer)):
        return Readiness(Standing.OPEN, "its timer is cleared when the socket closes")
    return NOTHING
