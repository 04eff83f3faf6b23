"""Risks: whether a function may end in an error that nothing in it catches.

`fails` tells that of a function of the project: by a ``raise``, by what it awaits of
libraries, by other functions that may fail. Ends of connections are no failures: what
uses a socket ends with it. Where an error goes from there is
`wsaudit.analysis.exceptions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    """A node that may fail so that its function does.

    ``what`` is said of it; ``sure`` is false where it is not known what is called.
    """

    node: Node
    what: str
    sure: bool


def fails(scene: Scene, function: nodes.Function) -> Evidence:
    """Whether a call of a function may end in an error, and in which of its nodes."""
    found = sorted(risks(scene, function), key=lambda risk: not risk.sure)
    for risk in found:
        seen = Seen.PRESENT if risk.sure else Seen.UNKNOWN
        return Evidence(seen, risk.what, scene.place(risk.node))
    return Evidence(Seen.ABSENT, "it catches what may fail in it")


@asked_in_circles
def risks(scene: Scene, function: nodes.Function) -> tuple[Risk, ...]:
    """What may fail in a function and leaves it, in order of place."""
    found: list[Risk] = []
    for node in sorted(tree.own_of(function), key=lambda node: node.start):
        if len(found) < SOME and not _runs_for_failure(scene, node):
            found += [risk for each in _of_node(scene, node) for risk in each]
    return tuple(found)


def _runs_for_failure(scene: Scene, node: Node) -> bool:
    """What handles an error, or cleans up after one, is no cause of one."""
    return not isinstance(node, nodes.Raise) and any(
        region.part != "body" for region in tree.tries(node, scene.program.parents)
    )


def _of_node(scene: Scene, node: Node) -> Iterator[tuple[Risk, ...]]:
    match node:
        case nodes.Raise(value=value) if value is not None:
            thrown = thrown_by(scene, node)
            if not _is_no_risk(scene, thrown):
                yield _leaving(scene, node, "it raises an error", thrown)
        case nodes.Call() if scene.use(node) is None:
            yield from _of_call(scene, node)
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


def _of_call(scene: Scene, call: nodes.Call) -> Iterator[tuple[Risk, ...]]:
    name = tree.last_name(call.function)
    said = f"`{name}()`"
    callees = (
        () if scene.dialects.speaks("asserts", name) else (scene.program.callees(call))
    )
    for callee in callees:
        inner = () if callee.is_generator else risks(scene, callee)
        if inner:
            sure = any(each.sure for each in inner)
            yield _leaving(scene, call, said, EXCEPTION, sure=sure)
    if callees or not (_is_awaited(scene, call) or gives_promise(scene, call)):
        return
    if not _is_harmless(scene, call):
        known = scene.program.values(call.function)
        sure = any(isinstance(each, values.External) for each in known)
        yield _leaving(scene, call, said, EXCEPTION, sure=sure)


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


def _leaving(
    scene: Scene, node: Node, what: str, thrown: Thrown, *, sure: bool = True
) -> tuple[Risk, ...]:
    """The risk that a node is to its function; none where it ends there."""
    end = ends(scene, (node,), thrown)
    if end.how is Ends.UNKNOWN and end.catcher is not None:
        return (Risk(node, what, sure=False),)
    return (Risk(node, what, sure),) if end.escapes else ()


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What may fail in a function and leaves it."""
    if isinstance(node, nodes.Function):
        for risk in risks(scene, node):
            may = "may fail" if risk.sure else "may fail, for all that is in sight,"
            yield f"{may} with {risk.what} at ", scene.place(risk.node)
