"""Access: whether functions turn away who cannot show a credential."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.flow.conditions import atoms, deciding, holding
from wsaudit.limits import NEAR
from wsaudit.model import Side
from wsaudit.nouns.security.credentials import asks
from wsaudit.nouns.security.levels import Frame, Level, checks, entered, is_plain, level
from wsaudit.program import tree, values
from wsaudit.program.asked import asked_in_circles
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


class Outcome(IntEnum):
    """What comes of a credential, the most telling last."""

    NOTHING = 0
    """None is read, or it decides nothing."""
    PASSED = 1
    """One is handed to code that cannot be followed."""
    REFUSES = 2
    """Who shows a wrong one is turned away."""


@dataclass(frozen=True, slots=True)
class Found:
    """What comes of the credentials in a function, and the node that tells so."""

    outcome: Outcome
    node: Node | None = None

    @property
    def refuses(self) -> bool:
        """Whether somebody is turned away."""
        return self.outcome is Outcome.REFUSES


NOTHING = Found(Outcome.NOTHING)


def best(found: Iterable[Found]) -> Found:
    """The most telling one, the first of two alike."""
    most = NOTHING
    for each in found:
        if each.outcome > most.outcome:
            most = each
        if most.refuses:
            break
    return most


def shown_in(
    parameters: Iterable[nodes.Parameter],
) -> tuple[tuple[nodes.Parameter, Level], ...]:
    """That some parameters hold what a client shows."""
    return tuple((parameter, Level.SHOWN) for parameter in parameters)


def made_of(scene: Scene, frame: Frame, *, outermost: bool = False) -> Found:
    """What a function makes of credentials, those that it is given included.

    In the ``outermost`` one a ``return`` turns the client away too.
    """
    return best(_made_of(scene, frame, outermost))


@asked_in_circles
def _made_of(
    scene: Scene,
    frame: Frame,
    outermost: bool,  # noqa: FBT001 - a part of the question
) -> tuple[Found, ...]:
    return (best(_each(scene, frame, outermost=outermost)),)


def _each(scene: Scene, frame: Frame, *, outermost: bool) -> Iterator[Found]:
    for node in tree.own_of(frame.function):
        if isinstance(node, nodes.Loop) and node.test is not None:
            for test in atoms(node.test):
                if checks(scene, frame, test):
                    yield Found(Outcome.REFUSES, test)
        if _parts(scene, node, outermost=outermost):
            for test in deciding(scene.program, node):
                if checks(scene, frame, test) and not _is_alike(scene, node, test):
                    yield Found(Outcome.REFUSES, test)
        if (
            isinstance(node, nodes.Call)
            and not _is_ours(scene, node)
            and not _is_late(scene, node)
        ):
            yield from _called(scene, frame, node, outermost=outermost)


def only_told(scene: Scene, call: nodes.Call) -> bool:
    """Whether what a call answers decides on nothing but a line in a log."""
    for around in tree.within(call, scene.program.parents):
        match around:
            case nodes.Not() | nodes.Logical() | nodes.Await() | nodes.Binary():
                continue
            case nodes.If(then=then, other=other):
                return all(_is_line(scene, each) for each in (*then, *other))
            case _:
                return False
    return False


def _is_line(scene: Scene, statement: nodes.Statement) -> bool:
    value = tree.strip(statement.value) if isinstance(statement, nodes.Expr) else None
    return isinstance(value, nodes.Call) and scene.dialects.speaks(
        "logs", last_name(value.function)
    )


def _parts(scene: Scene, node: Node, *, outermost: bool) -> bool:
    """Whether the ways of those who are known and of the others part at a node.

    Who gets there is turned away, or, where the conversation itself is, let in.
    """
    match node:
        case nodes.Raise():
            return True
        case nodes.Return() | nodes.Break() | nodes.Continue():
            return outermost
        case nodes.Call():
            use = scene.use(node)
            if use is not None:
                return use.op.means in {
                    "close", "reject", "receive", "iterate", "accept",
                }  # fmt: skip
            return _closes(scene, node) or _hands_on(node)
        case _:
            return False


def _is_alike(scene: Scene, node: Node, test: nodes.Expression) -> bool:
    """Whether who is not known fares no worse by a test that only asks for that.

    Who is known is turned away, or both come to the same, each in a branch.
    """
    came = _came_out(scene, node, test)
    if not isinstance(test, nodes.Name) or came is None:
        return False
    if not isinstance(node, nodes.Call):
        return came
    use = scene.use(node)
    if use is None or use.op.means in {"close", "reject"}:
        return use is not None and came
    home = scene.program.function_of(node)
    return any(
        other.op.means == use.op.means
        and scene.program.function_of(other.call) is home
        and _came_out(scene, other.call, test) is (not came)
        for other in scene.uses
    )


def _came_out(scene: Scene, node: Node, test: nodes.Expression) -> bool | None:
    """How the test of a name has come out where a node runs, None if that is open."""
    return next(
        (
            came
            for known, came in holding(scene.program, node)
            if isinstance(known, nodes.Name) and known.id == dotted(test)
        ),
        None,
    )


def _is_late(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call turns nobody away: a task that is only started, tidying up."""
    outer = next(
        (
            node
            for node in tree.within(call, scene.program.parents)
            if not isinstance(node, nodes.Argument)
        ),
        None,
    )
    if isinstance(outer, nodes.Call) and scene.word("task", outer) is not None:
        return True
    regions = tree.tries(call, scene.program.parents)
    return any(region.part == "final" for region in regions)


def _is_ours(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is an operation on a connection, or makes one."""
    return scene.use(call) is not None or call in scene.by_site


def _closes(scene: Scene, call: nodes.Call) -> bool:
    if scene.dialects.speaks("refuses", last_name(call.function)):
        return True
    reached = {
        function
        for callee in scene.program.callees(call)
        for function in below(scene, callee).near(NEAR)
    }
    return bool(reached) and any(
        use.op.means in {"close", "reject"}
        and any(socket.fact.side is Side.SERVER for socket in use.sockets)
        and scene.program.function_of(use.call) in reached
        for use in scene.uses
    )


def _hands_on(call: nodes.Call) -> bool:
    """Whether middleware hands a connection on: ``app(scope, receive, send)``."""
    return [dotted(each.value) for each in call.arguments[1:]] == ["receive", "send"]


def _called(
    scene: Scene, frame: Frame, call: nodes.Call, *, outermost: bool
) -> Iterator[Found]:
    """What a call makes of the credentials that it is given."""
    for argument in call.arguments:
        if isinstance(argument.value, nodes.Function):
            # It sees what the function around it was given.
            yield made_of(scene, Frame(argument.value, frame.given))
    callees = scene.program.callees(call)
    for callee in callees:
        yield made_of(scene, entered(scene, frame, call, callee))
    if callees:
        return
    known = scene.program.values(call.function)
    if any(isinstance(value, values.ClassRef) for value in known):
        return
    if asks(scene, call):
        # A library that finds out who somebody is raises, or its answer is tested.
        swallowed = _is_swallowed(scene, call, outermost=outermost)
        if not swallowed and not only_told(scene, call):
            yield Found(Outcome.REFUSES, call)
    elif not is_plain(scene, call) and any(
        level(scene, frame, argument.value) for argument in call.arguments
    ):
        yield Found(Outcome.PASSED, call)


def _is_swallowed(scene: Scene, call: nodes.Call, *, outermost: bool) -> bool:
    """Whether what a call raises is caught, and everybody goes on alike."""
    handlers = [
        handler
        for region in tree.tries(call, scene.program.parents)
        if region.part == "body"
        for handler in region.statement.handlers
    ]
    return bool(handlers) and not any(
        _parts(scene, node, outermost=outermost) or _is_told(scene, node)
        for handler in handlers
        for node in tree.own_in(handler.body)
    )


def _is_told(scene: Scene, node: Node) -> bool:
    """Whether a call is given an error that the code makes: ``next(new Error())``."""
    return (
        isinstance(node, nodes.Call)
        and not scene.says("logs", last_name(node.function))
        and any(
            isinstance(each.value, nodes.Call) and each.value.new
            for each in node.arguments
        )
    )
