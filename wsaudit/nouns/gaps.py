"""Gaps: what is done when the number of a message says that one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import name_of, put_in, writes
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.parts import judged_part
from wsaudit.analysis.numbers.arithmetic import MIRRORED
from wsaudit.analysis.order import outlasts
from wsaudit.analysis.runs import spread
from wsaudit.analysis.triggers import handlers_of
from wsaudit.flow.conditions import holding
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.ordering import GapCheck
from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

MAKES = (GapCheck,)

_IDLE = ("logs", "adds", "harmless", "alters", "alters-keyed")
_RESENDS = frozenset({"send", "close", "terminate", "ping"})


def find(scene: Scene) -> Iterator[GapCheck]:
    """One fact for each test of the number of a message against the one awaited."""
    for function in carriers(scene).functions:
        for node in tree.own_of(function):
            if isinstance(node, nodes.Binary):
                found = _check(scene, function, node)
                if found is not None:
                    yield found


def _check(
    scene: Scene, function: nodes.Function, test: nodes.Binary
) -> GapCheck | None:
    """What a test that compares a number of a message with a counter leads to."""
    for number, other, op in (
        (test.left, test.right, test.op),
        (test.right, test.left, MIRRORED.get(test.op, test.op)),
    ):
        message = judged_part(scene, number)
        counter, next_one = _counter(scene, other)
        if message is None or counter is None or not _counts(scene, counter, function):
            continue
        ahead = {">": True, "!=": True, "==": False}.get(op)
        if ahead is None:
            return None
        inside = _where(scene, function, test, ahead=ahead)
        moved = any(w.node in inside for w in writes(scene, counter))
        parked = _parked(scene, function, inside)
        if not parked and not (next_one and moved and op != "=="):
            return None
        return GapCheck(
            at=scene.place(test),
            connections=(message.socket.fact,),
            counter=name_of(scene, counter, "the counter"),
            buffer=parked,
            recovers=_recovers(scene, inside),
            rebased=_rebased(scene, counter, message, function),
        )
    return None


def _counter(scene: Scene, node: nodes.Expression) -> tuple[Cell | None, bool]:
    """The counter in ``expected`` or ``last + 1``; whether it is the latter."""
    node = tree.strip(node)
    match node:
        case nodes.Binary(op="+", left=left, right=nodes.Literal(value=1)):
            return scene.program.cell(left), True
        case _:
            return scene.program.cell(node), False


def _counts(scene: Scene, counter: Cell, function: nodes.Function) -> bool:
    """Whether a cell outlives a message, and goes up, or takes over its number."""
    if not outlasts(counter, (function,)):
        return False
    return any(
        write.function is not None
        and not write.first
        and (
            write.op in {"++", "+="}
            or (write.value is not None and carriers(scene).carries(write.value))
            or isinstance(write.value, nodes.Binary)
        )
        for write in writes(scene, counter)
    )


def _where(
    scene: Scene, function: nodes.Function, test: nodes.Binary, *, ahead: bool
) -> list[Node]:
    """What runs only where a test came out one way, and not because of another."""
    return [
        node
        for node in tree.own_of(function)
        if isinstance(node, nodes.Call | nodes.Bind | nodes.Assign)
        and (test, ahead) in set(holding(scene.program, node))
    ]


def _parked(scene: Scene, function: nodes.Function, inside: list[Node]) -> str:
    """The container that messages are put into until the missing one is there."""
    targets = {n.target for n in inside if isinstance(n, nodes.Bind | nodes.Assign)}
    for change in put_in(scene, (function,)):
        held = change.cell(scene)
        if change.node in {*inside, *targets} and outlasts(held, (function,)):
            return name_of(scene, held, "a buffer") if held is not None else ""
    return ""


def _recovers(scene: Scene, inside: list[Node]) -> Evidence:
    """Whether anything asks again for what is missing, at once or after a time."""
    unseen = ""
    for node in inside:
        if not isinstance(node, nodes.Call):
            continue
        run = spread(scene, scene.program.callees(node), hows=RUN)
        given = [f for a in node.arguments for f in scene.functions_of(a.value)]
        calls = [node, *scene.calls_in(run), *scene.calls_in(given)]
        for call in calls:
            does = _asks(scene, call)
            if does:
                why = "what is missing is asked for"
                return Evidence(Seen.PRESENT, why, scene.place(node))
            if does is None and not unseen:
                unseen = f"what `{scene.text(call.function)}` does about a gap"
    return Evidence(Seen.UNKNOWN if unseen else Seen.ABSENT, unseen)


def _asks(scene: Scene, call: nodes.Call) -> bool | None:
    """Whether a call asks for something; None where that is not in sight."""
    use, name = scene.use(call), tree.last_name(call.function)
    if use is not None:
        return use.op.means in _RESENDS
    if any(scene.says(kind, name) for kind in _IDLE):
        return False
    found = scene.program.values(call.function)
    if any(isinstance(each, values.Func | values.ClassRef) for each in found):
        return False
    return True if any(isinstance(v, values.External) for v in found) else None


def _rebased(
    scene: Scene, counter: Cell, message: Message, function: nodes.Function
) -> Evidence:
    """Whether the counter begins anew with a connection, or is told by the server."""
    for write in writes(scene, counter):
        if write.first or write.value is None or write.op != "=":
            continue
        told = carriers(scene).carries(write.value) and write.function is function
        if not told and not isinstance(tree.strip(write.value), nodes.Binary):
            return Evidence(Seen.PRESENT, "it begins anew", scene.place(write.node))
    socket = message.socket
    ended = handlers_of(scene, socket, Event.CLOSE, Event.ERROR)
    again = socket.creator in spread(scene, ended, hows=RUN)
    return Evidence(Seen.ABSENT if again else Seen.UNKNOWN, "whether it reconnects")
