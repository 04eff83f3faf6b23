"""Order: whether the next message may overtake one that is being applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.destinations import goes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.order import Late, late
from wsaudit.analysis.runs import spread
from wsaudit.connections.capabilities import capability
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import holding
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.model.ordering import MessageOrder
from wsaudit.nouns.errors.boundaries import loop_head
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Connection
    from wsaudit.source import Place

MAKES = (MessageOrder,)

_OFF = frozenset({Role.TEST, Role.ONE_SHOT, Role.BRIDGE})
_BESIDE = "events_run_beside"
_TURNS = Evidence(Seen.PRESENT, "each message is applied before the next one is taken")
_AT_ONCE = Evidence(Seen.PRESENT, "nothing that a message writes has to wait")


def find(scene: Scene) -> Iterator[MessageOrder]:
    """One fact for each function that messages are given to, and each receive loop."""
    told: set[nodes.Function] = set()
    for attached in scene.attached:
        sockets = tuple(s for s in attached.sockets if s.fact.role not in _OFF)
        if attached.event is not Event.MESSAGE or not sockets or attached.detaches:
            continue
        at = attached.at
        head = scene.point(at)
        for function in attached.functions:
            if function not in told:
                told.add(function)
                yield _handled(scene, sockets, function, head)
    for loop in receive_loops(scene):
        sockets = tuple(s for s in loop.sockets if s.fact.role not in _OFF)
        if sockets:
            own = tuple(tree.block_calls(loop.loop.body))
            run = [each for call in own for each in scene.program.callees(call)]
            inner = scene.calls_in(spread(scene, run, hows=AT_ONCE, deep=NEAR))
            calls = dict.fromkeys((*own, *inner))
            head = loop_head(scene, loop.loop)
            yield _started(scene, sockets, _tasks(scene, calls), head)


def _handled(
    scene: Scene, sockets: tuple[Socket, ...], function: nodes.Function, head: Place
) -> MessageOrder:
    """The order of the messages that a function is called for."""
    how = _nobody_waits(scene, sockets, function)
    if how is None:
        calls = scene.calls_in(spread(scene, (function,), hows=AT_ONCE, deep=NEAR))
        return _started(scene, sockets, _tasks(scene, calls), head)
    for one in late(scene, function):
        if not _sends(scene, one):
            return _overtaken(scene, sockets, one, how, scene.point(one.wait))
    return MessageOrder(at=head, connections=_facts(sockets), kept=_AT_ONCE)


def _nobody_waits(
    scene: Scene, sockets: tuple[Socket, ...], function: nodes.Function
) -> Only["listener", "beside"] | None:
    """How a function runs that is not waited for; None where its library waits."""
    beside = [capability(scene, socket, _BESIDE) for socket in sockets]
    if any(one is not None and one.seen is Seen.PRESENT for one in beside):
        return "beside"
    python = scene.program.module_of(function).language == "python"
    return None if python or any(beside) else "listener"


def _sends(scene: Scene, one: Late) -> bool:
    return isinstance(one.write, nodes.Call) and scene.use(one.write) is not None


def _overtaken(
    scene: Scene,
    sockets: tuple[Socket, ...],
    one: Late,
    how: Only["listener", "task", "beside"],
    at: Place,
) -> MessageOrder:
    unseen = Evidence(Seen.UNKNOWN, f"whether `{written(one.wait)}` takes its time")
    return MessageOrder(
        at=at,
        connections=_facts(sockets),
        kept=Evidence(Seen.ABSENT) if one.sure else unseen,
        how=how,
        waits=written(one.wait),
        writes=written(one.target),
        written=scene.place(one.target),
    )


def _facts(sockets: tuple[Socket, ...]) -> tuple[Connection, ...]:
    return tuple(socket.fact for socket in sockets)


# -- tasks ---------------------------------------------------------------------------


def _tasks(scene: Scene, calls: Iterable[nodes.Call]) -> Iterator[nodes.Call]:
    """The tasks among some calls that are started for every message that is taken."""
    for call in calls:
        word = scene.word("task", call)
        if word is None or not call.arguments:
            continue
        work = tree.strip(call.arguments[0].value)
        if isinstance(work, nodes.Call) and not _waited(scene, call):
            given = [each.value for each in work.arguments]
            # What went through a validator is a message here, too.
            if any(map(carriers(scene).carries, given)) and not _chosen(scene, call):
                yield call


def _chosen(scene: Scene, task: nodes.Call) -> bool:
    """Whether a task is one that some kind of message begins, and not its handling."""
    return any(
        carriers(scene).carries(test) and _selects(test, holds=holds)
        for test, holds in holding(scene.program, task)
    )


def _selects(test: nodes.Expression, *, holds: bool) -> bool:
    """Whether a test picks some messages, and does not only leave some others out."""
    match test:
        case nodes.Binary(op="==" | "===" | "is" | "in"):
            return holds
        case nodes.Binary(op="!=" | "!==" | "is not" | "not in"):
            return not holds
        case _:
            return True


def _waited(scene: Scene, task: nodes.Call) -> bool:
    """Whether a task is waited for, or the one before it ended, asked for, or both."""
    kept = [each.cell for each in goes(scene.program, task) if each.cell is not None]
    home = scene.program.function_of(task)
    if any(each.way == "awaited" for each in goes(scene.program, task)):
        return True
    return any(
        isinstance(node, nodes.Name | nodes.Member)
        and scene.program.cell(node) in kept
        and (
            isinstance(around := scene.program.parents.get(node), nodes.Await)
            or (
                isinstance(around, nodes.Member)
                and scene.says("ends-task", around.name)
            )
        )
        for node in (tree.own_of(home) if home is not None else ())
    )


def _started(
    scene: Scene,
    sockets: tuple[Socket, ...],
    tasks: Iterable[nodes.Call],
    head: Place,
) -> MessageOrder:
    """The order of messages of which each may be applied by a task of its own."""
    for task in tasks:
        work = tree.strip(task.arguments[0].value)
        callees = scene.program.callees(work) if isinstance(work, nodes.Call) else ()
        for one in (one for each in callees for one in late(scene, each)):
            return _overtaken(scene, sockets, one, "task", scene.callee_place(task))
    return MessageOrder(at=head, connections=_facts(sockets), kept=_TURNS)
