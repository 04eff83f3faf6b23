"""Risks: what may raise in some code, and so leaves it.

Of work in general that is what raises on purpose, and what waits for libraries and the
network; of the processing of a message also what parses it, uses its parts, is given
something of it. Ends of connections are no failures: what uses a socket ends with it.
Where an error goes from there is `wsaudit.analysis.failures.fates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    EXCEPTION,
    OS_ERROR,
    Thrown,
    ancestry,
    thrown_by,
)
from wsaudit.analysis.exceptions import Ends, ends, gives_promise
from wsaudit.analysis.failures.parts import (
    ATTRIBUTE_ERROR,
    hands_on,
    has_message,
    is_measured,
    is_missing_part,
    raised_by_part,
)
from wsaudit.connections.scene import written
from wsaudit.limits import SOME
from wsaudit.model import Evidence, Seen, Side
from wsaudit.program import tree, values
from wsaudit.program.asked import asked_in_circles
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

PARSE_ERROR = "json.JSONDecodeError"
_OWN_FAULTS = frozenset(
    {"builtins.TypeError", "builtins.NotImplementedError", "builtins.AssertionError"}
)


class About(StrEnum):
    """Which failures count."""

    WORK = "work"
    SENDS = "sends"
    """Of work, and of sends to somebody who has left: it is for others as well."""
    MESSAGE = "message"
    """Of the processing of a message, which another one may make fail."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A node that may raise so that its function, or a loop around it, is left.

    ``sure`` is false where it is not known what is called, or whether it minds the
    message. ``called`` when it fails in a function of the project that the node calls.
    ``odd`` when only a message of quite another type makes it fail, ``relay`` when it
    fails with the far end that frames are handed on to. ``to`` are the sockets that it
    sends to, if it is a send.
    """

    node: Node
    thrown: Thrown = EXCEPTION
    sure: bool = True
    called: bool = False
    odd: bool = False
    relay: bool = False
    to: tuple[Socket, ...] = ()

    @property
    def what(self) -> str:
        """What is said of it."""
        if isinstance(self.node, nodes.Call):
            return f"`{tree.last_name(self.node.function)}()`"
        return "it raises an error"

    @property
    def text(self) -> str:
        """A short name for what is done."""
        match self.node:
            case nodes.Call(function=function):
                return f"{written(function)}()"
            case nodes.Index(object=inner, index=nodes.Literal(value=str() as key)):
                return f'{written(inner)}["{key}"]'
            case nodes.Index(object=inner):
                return f"{written(inner)}[…]"
            case nodes.Member():
                return written(self.node)
            case nodes.Binary(op=op, left=left, right=right):
                return f"{_operand(left)} {op} {_operand(right)}"
            case _:
                return "the processing"

    @property
    def likely(self) -> int:
        """How likely it is among others."""
        if self.odd:
            return 2
        if self.called:
            return 4
        if self.thrown == PARSE_ERROR:
            return 5
        return 1 if isinstance(self.node, nodes.Call) else 3


def _operand(node: nodes.Expression) -> str:
    if isinstance(node, nodes.Literal) and node.kind == "number":
        return str(node.value)
    return written(node)


def fails(scene: Scene, function: nodes.Function) -> Evidence:
    """Whether a call of a function may end in an error, and in which of its nodes."""
    for risk in _surest_first(risks(scene, function)):
        seen = Seen.PRESENT if risk.sure else Seen.UNKNOWN
        return Evidence(seen, risk.what, scene.place(risk.node))
    return Evidence(Seen.ABSENT, "it catches what may fail in it")


def fails_in(scene: Scene, loop: nodes.Loop) -> tuple[Risk, ...]:
    """What may fail in one turn of a loop and ends it, the surest first.

    A send to somebody who has left is a failure too: the loop is for others as well.
    """
    found = _leaving(scene, tree.own_in(loop.body), loop, About.SENDS)
    return _surest_first(found)


def _surest_first(found: tuple[Risk, ...]) -> tuple[Risk, ...]:
    return tuple(sorted(found, key=lambda risk: not risk.sure))


def may_fail(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call may end in an error that is not the end of a connection."""
    return any(True for _ in _of_node(scene, call, About.WORK))


def of_message(
    scene: Scene, block: tuple[nodes.Statement, ...], own: tuple[Socket, ...]
) -> Iterator[Risk]:
    """What may fail in a block that processes a message, whatever stops it.

    Other than receiving from ``own`` sockets and sending to them; what the block itself
    raises is no accident.
    """
    for node in tree.own_in(block):
        if not isinstance(node, nodes.Raise) and not _after_failure(scene, node, None):
            for risk in _of_node(scene, node, About.MESSAGE):
                if not set(risk.to) & set(own):
                    yield risk


@asked_in_circles
def risks(
    scene: Scene, function: nodes.Function, about: About = About.WORK
) -> tuple[Risk, ...]:
    """What may fail in a function and leaves it."""
    return _leaving(scene, tree.own_of(function), None, about)


def _leaving(
    scene: Scene, inside: Iterable[Node], loop: nodes.Loop | None, about: About
) -> tuple[Risk, ...]:
    """The risks that nothing stops in their function or loop, one an exception."""
    found: dict[tuple[Thrown, tuple[Socket, ...], bool], Risk] = {}
    for node in sorted(inside, key=lambda node: node.start):
        if len(found) >= SOME or _after_failure(scene, node, loop):
            continue
        for risk in _of_node(scene, node, about):
            key = (risk.thrown, risk.to, risk.odd)
            known = found.get(key)
            if known is not None and known.sure >= risk.sure:
                continue
            end = ends(scene, (node,), risk.thrown, loop)
            if end.escapes:
                found[key] = risk
            elif end.how is Ends.UNKNOWN and end.catcher is not None and known is None:
                found[key] = replace(risk, sure=False)
    return tuple(found.values())


def _after_failure(scene: Scene, node: Node, loop: nodes.Loop | None) -> bool:
    """What handles an error, or cleans up after one, is no cause of one."""
    return not isinstance(node, nodes.Raise) and any(
        region.part in {"handler", "final"}
        and (loop is None or region.statement.start > loop.start)
        for region in tree.tries(node, scene.program.parents)
    )


def _of_node(scene: Scene, node: Node, about: About) -> Iterator[Risk]:
    match node:
        case nodes.Raise(value=value) if value is not None:
            thrown = thrown_by(scene, node)
            if not _is_no_risk(scene, thrown, about):
                yield Risk(node, thrown)
        case nodes.Call() if scene.use(node) is not None:
            yield from _of_send(scene, node, about)
        case nodes.Call():
            yield from _of_call(scene, node, about)
        case nodes.Member() if about is About.MESSAGE and _lacks(scene, node):
            yield Risk(node, "global#TypeError")
        case nodes.Index() | nodes.Binary() if about is About.MESSAGE:
            thrown_by_part = _of_part(scene, node)
            if thrown_by_part is not None:
                yield Risk(node, thrown_by_part)
        case _:
            return


def _lacks(scene: Scene, node: nodes.Member) -> bool:
    javascript = scene.program.module_of(node).language == "typescript"
    return javascript and is_missing_part(scene, node)


def _of_part(scene: Scene, node: Node) -> str | None:
    python = scene.program.module_of(node).language == "python"
    return raised_by_part(scene, node) if python else None


def _is_no_risk(scene: Scene, thrown: Thrown, about: About) -> bool:
    """The end of a connection, or what says that the program itself is wrong."""
    names = ancestry(scene, thrown)
    kinds = ["disconnect", "cancelled"]
    if about is About.MESSAGE:
        kinds.append("on-purpose")
    elif names & _OWN_FAULTS:
        return True
    return any(
        scene.dialects.match_word(kind, name) is not None
        for name in names
        for kind in kinds
    )


def _of_send(scene: Scene, call: nodes.Call, about: About) -> Iterator[Risk]:
    use = scene.use(call)
    if use is None or use.op.means != "send" or "raise" not in use.op.not_open:
        return
    if about is About.SENDS:
        yield Risk(call, to=use.sockets)
    elif about is About.MESSAGE and all(
        socket.fact.side is Side.SERVER for socket in use.sockets
    ):
        yield Risk(call, relay=hands_on(scene, call), to=use.sockets)


def _of_call(scene: Scene, call: nodes.Call, about: About) -> Iterator[Risk]:
    if about is About.MESSAGE and scene.word("parse", call) is not None:
        yield Risk(call, PARSE_ERROR)
        return
    if scene.dialects.speaks("asserts", tree.last_name(call.function)):
        return
    callees = scene.program.callees(call)
    for callee in callees:
        for inner in () if callee.is_generator else risks(scene, callee, about):
            yield replace(inner, node=call, called=True)
    if callees or any(
        isinstance(value, values.ClassRef)
        for value in scene.program.values(call.function)
    ):
        return
    if about is About.MESSAGE:
        yield from _of_library(scene, call)
    elif _waits(scene, call) and not is_harmless(scene, call):
        known = scene.program.values(call.function)
        sure = any(isinstance(each, values.External) for each in known)
        yield Risk(call, sure=sure)


def _of_library(scene: Scene, call: nodes.Call) -> Iterator[Risk]:
    """What a call fails with that is given, or made on, something of a message."""
    word = scene.word("raises", call)
    thrown = scene.program.canonical(word.group) if word is not None else EXCEPTION
    if _of_part(scene, call) is not None:
        yield Risk(call, ATTRIBUTE_ERROR, odd=True)
    elif scene.word("relays", call) is not None:
        yield Risk(call, OS_ERROR, relay=True)
    elif word is not None and thrown != OS_ERROR:
        if has_message(scene, call) and not is_measured(scene, call, word):
            yield Risk(call, thrown)
    elif is_harmless(scene, call):
        return
    elif word is not None:
        yield Risk(call, thrown)
    else:
        known = any(map(_is_known, scene.program.values(call.function)))
        yield Risk(call, sure=known and has_message(scene, call))


def _is_known(value: values.Value) -> bool:
    """Whether a callee is a library's; what a class inherits may be anything."""
    return isinstance(value, values.External) and not (
        value.receiver is not None and isinstance(value.receiver.site, nodes.ClassDef)
    )


def _waits(scene: Scene, call: nodes.Call) -> bool:
    """What is waited for may fail: a promise, a coroutine, the network."""
    return (
        isinstance(scene.program.parents.get(call), nodes.Await)
        or gives_promise(scene, call)
        or scene.word("blocking", call) is not None
    )


def is_harmless(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call practically never fails, as far as its name tells.

    A pause, a queue, a gather, a log; the name of a function of the project says
    nothing of it.
    """
    if scene.functions_of(call.function):
        return False
    names = scene.names(call)
    word = any(scene.word(kind, call) for kind in ("sleep", "task", "together"))
    if word or (names and all(scene.dialects.match_word("harmless", n) for n in names)):
        return True
    spoken = ["promises", "awaits-all", "sleeps", "runs-then"]
    if not names or not _waits(scene, call):
        spoken += ["harmless", "logs"]
    return tree.last_name(call.function) in scene.dialects.spoken(*spoken)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What may fail in a function and leaves it."""
    if isinstance(node, nodes.Function):
        for risk in risks(scene, node):
            may = "may fail" if risk.sure else "may fail, for all that is in sight,"
            yield f"{may} with {risk.what} at ", scene.place(risk.node)
