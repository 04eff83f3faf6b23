"""Risks: whether a function may end in an error that nothing in it catches.

`fails` tells that of a function of the project: by a ``raise``, by what it awaits of
libraries, by other functions that may fail. Ends of connections are no failures: what
uses a socket ends with it. Where an error goes from there is
`wsaudit.analysis.exceptions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import EXCEPTION, Thrown, ancestry, thrown_by
from wsaudit.analysis.exceptions import Ends, ends, gives_promise
from wsaudit.limits import SOME
from wsaudit.model import Evidence, Seen
from wsaudit.program import tree, values
from wsaudit.program.asked import asked_in_circles
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_OWN_FAULTS = frozenset(
    {"builtins.TypeError", "builtins.NotImplementedError", "builtins.AssertionError"}
)


@dataclass(frozen=True, slots=True)
class Risk:
    """A node that may fail so that its function, or a loop around it, is left.

    ``what`` is said of it, ``thrown`` what it throws; ``sure`` is false where it is not
    known what is called.
    """

    node: Node
    what: str
    thrown: Thrown = EXCEPTION
    sure: bool = True


def fails(scene: Scene, function: nodes.Function) -> Evidence:
    """Whether a call of a function may end in an error, and in which of its nodes."""
    return _told(scene, risks(scene, function), "it catches what may fail in it")


def fails_in(scene: Scene, loop: nodes.Loop) -> tuple[Risk, ...]:
    """What may fail in one turn of a loop and ends it, the surest first.

    A send to somebody who has left is a failure too: the loop is for others as well.
    """
    found = _leaving(scene, tree.own_in(loop.body), loop, sends=True)
    return tuple(sorted(found, key=lambda risk: not risk.sure))


def may_fail(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call may end in an error that is not the end of a connection."""
    return any(True for _ in _of_node(scene, call, sends=False))


def _told(scene: Scene, found: tuple[Risk, ...], otherwise: str) -> Evidence:
    for risk in sorted(found, key=lambda risk: not risk.sure):
        seen = Seen.PRESENT if risk.sure else Seen.UNKNOWN
        return Evidence(seen, risk.what, scene.place(risk.node))
    return Evidence(Seen.ABSENT, otherwise)


@asked_in_circles
def risks(
    scene: Scene,
    function: nodes.Function,
    sends: bool = False,  # noqa: FBT001, FBT002 - part of the question
) -> tuple[Risk, ...]:
    """What may fail in a function and leaves it; ``sends`` too, where these count."""
    return tuple(_leaving(scene, tree.own_of(function), None, sends=sends))


def _leaving(
    scene: Scene, inside: Iterable[Node], loop: nodes.Loop | None, *, sends: bool
) -> list[Risk]:
    """The risks of some nodes that nothing stops in their function, or in a loop."""
    found: list[Risk] = []
    for node in sorted(inside, key=lambda node: node.start):
        if len(found) >= SOME or _runs_for_failure(scene, node, loop):
            continue
        for risk in _of_node(scene, node, sends=sends):
            end = ends(scene, (node,), risk.thrown, loop)
            if end.escapes:
                found.append(risk)
            elif end.how is Ends.UNKNOWN and end.catcher is not None:
                found.append(replace(risk, sure=False))
    return found


def _runs_for_failure(scene: Scene, node: Node, loop: nodes.Loop | None) -> bool:
    """What handles an error, or cleans up after one, is no cause of one."""
    return not isinstance(node, nodes.Raise) and any(
        region.part != "body" and (loop is None or region.statement.start > loop.start)
        for region in tree.tries(node, scene.program.parents)
    )


def _of_node(scene: Scene, node: Node, *, sends: bool) -> Iterator[Risk]:
    match node:
        case nodes.Raise(value=value) if value is not None:
            thrown = thrown_by(scene, node)
            if not _is_no_risk(scene, thrown):
                yield Risk(node, "it raises an error", thrown)
        case nodes.Call():
            use = scene.use(node)
            if use is None:
                yield from _of_call(scene, node, sends=sends)
            elif sends and use.op.means == "send" and "raise" in use.op.not_open:
                yield Risk(node, f"`{tree.last_name(node.function)}()`")
        case _:
            return


def _is_no_risk(scene: Scene, thrown: Thrown) -> bool:
    """The end of a connection, or what says that the program itself is wrong."""
    names = ancestry(scene, thrown)
    return bool(names & _OWN_FAULTS) or any(
        scene.dialects.match_word(kind, name) is not None
        for name in names
        for kind in ("disconnect", "cancelled")
    )


def _of_call(scene: Scene, call: nodes.Call, *, sends: bool) -> Iterator[Risk]:
    name = tree.last_name(call.function)
    if scene.dialects.speaks("asserts", name):
        return
    callees = scene.program.callees(call)
    for callee in callees:
        inner = () if callee.is_generator else risks(scene, callee, sends)
        if inner:
            sure = any(each.sure for each in inner)
            yield Risk(call, f"`{name}()`", sure=sure)
    if not callees and _may_fail(scene, call) and not _is_harmless(scene, call):
        known = scene.program.values(call.function)
        sure = any(isinstance(each, values.External) for each in known)
        yield Risk(call, f"`{name}()`", sure=sure)


def _may_fail(scene: Scene, call: nodes.Call) -> bool:
    """What is waited for may fail: a promise, a coroutine, the network."""
    return (
        _is_awaited(scene, call)
        or gives_promise(scene, call)
        or scene.word("blocking", call) is not None
    )


def _is_awaited(scene: Scene, call: nodes.Call) -> bool:
    return isinstance(scene.program.parents.get(call), nodes.Await)


def _is_harmless(scene: Scene, call: nodes.Call) -> bool:
    """Whether what is awaited practically never fails: a pause, a queue, a gather."""
    names = scene.names(call)
    word = any(scene.word(kind, call) for kind in ("sleep", "task", "together"))
    if word or (names and all(scene.dialects.match_word("harmless", n) for n in names)):
        return True
    spoken = ["promises", "awaits-all", "sleeps", "runs-then", "asserts"]
    if not names:
        spoken += ["harmless", "logs"]
    return tree.last_name(call.function) in scene.dialects.spoken(*spoken)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What may fail in a function and leaves it."""
    if isinstance(node, nodes.Function):
        for risk in risks(scene, node):
            may = "may fail" if risk.sure else "may fail, for all that is in sight,"
            yield f"{may} with {risk.what} at ", scene.place(risk.node)
