"""Isolation: whether a failed send leaves the other sends of a broadcast alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from wsaudit.analysis.catching import (
    CANCELLED,
    EXCEPTION,
    disconnects,
    raised_again,
    stops_cancellation,
)
from wsaudit.analysis.destinations import goes
from wsaudit.analysis.exceptions import End, Ends, ends
from wsaudit.analysis.failures.handling import leaves
from wsaudit.dialects.forms import Word
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.sending.visits import Visited
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.catching import Catcher
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class Isolation:
    """Whether the sends of a visit fail one by one.

    ``swallows`` is a handler that stops cancellation too, ``group`` the call that runs
    all the sends together.
    """

    isolated: Evidence
    swallows: Catcher | None = None
    group: nodes.Call | None = None


def isolation(scene: Scene, visited: Visited) -> Isolation:
    """How the sends of a visit are kept from each other."""
    use = visited.use
    if not use.op.awaited and "drop" in use.op.not_open:
        evidence = Evidence(Seen.PRESENT, "a closed socket drops what is sent to it")
        return Isolation(evidence)
    pairs = disconnects(scene, use.sockets[0].dialect)
    found = [_ends(scene, visited, first) for first, _ in pairs or ((EXCEPTION, ""),)]
    if all(end.caught for end in found):
        return _caught(scene, visited, found[0])
    if any(end.how is Ends.DETACHED for end in found):
        own = Evidence(Seen.PRESENT, "each runs in a task of its own")
        return _together(scene, visited) or Isolation(own)
    if any(end.how is Ends.UNKNOWN for end in found):
        unseen = Evidence(Seen.UNKNOWN, "where its failure goes is not known")
        return _together(scene, visited) or Isolation(unseen)
    if isinstance(visited.loop, nodes.Comprehension):
        return _of_comprehension(scene, visited, visited.loop)
    if any(_only_older(scene, visited, again) for _, again in pairs):
        why = "catches what older versions of the library raise"
        return Isolation(Evidence(Seen.UNKNOWN, why))
    return Isolation(Evidence(Seen.ABSENT, "nothing catches its failure"))


def _ends(scene: Scene, visited: Visited, exception: str) -> End:
    return ends(scene, visited.chain, exception, visited.loop)


def _only_older(scene: Scene, visited: Visited, again: str) -> bool:
    return bool(again) and _ends(scene, visited, again).caught


def _caught(scene: Scene, visited: Visited, end: End) -> Isolation:
    """What a handler around one send does to the rest."""
    catcher = end.catcher
    if catcher is None:
        return Isolation(Evidence(Seen.PRESENT, "its failure is caught"))
    at = scene.place(catcher.at)
    if _leaves_loop(scene, visited, catcher):
        return Isolation(Evidence(Seen.ABSENT, "its handler leaves the loop", at))
    swallows = (
        stops_cancellation(scene, catcher)
        and raised_again(scene, catcher, CANCELLED) is None
    )
    caught = Evidence(Seen.PRESENT, "its failure is caught", at)
    return Isolation(caught, catcher if swallows else None)


def _leaves_loop(scene: Scene, visited: Visited, catcher: Catcher) -> bool:
    """Whether a handler inside the loop ends it."""
    around = set(tree.ancestors(catcher.at, scene.program.parents))
    return (
        visited.loop in around
        and scene.program.function_of(catcher.at)
        is scene.program.function_of(visited.loop)
        and leaves(scene, catcher)
    )


def _of_comprehension(
    scene: Scene, visited: Visited, made: nodes.Comprehension
) -> Isolation:
    if any(isinstance(node, nodes.Await) for node in tree.walk(made.element)):
        return Isolation(Evidence(Seen.ABSENT, "nothing catches its failure"))
    unseen = Evidence(Seen.UNKNOWN, "what waits for the sends is not known")
    return _together(scene, visited) or Isolation(unseen)


def _together(scene: Scene, visited: Visited) -> Isolation | None:
    """What comes of sends that are handed to something that runs several at once."""
    queue = [visited.chain[0], visited.loop]
    for node in queue:
        for each in goes(scene.program, node) if _is_value(node) else ():
            call = each.at
            if each.way != "passed" or not isinstance(call, nodes.Call):
                continue
            found = _by_call(scene, call)
            if found is not None:
                return found
            # ``wait_for(send(), 5)`` is in the place of what it is given.
            if call not in queue and not scene.program.callees(call):
                queue.append(call)
    return None


def _is_value(node: Node) -> TypeGuard[nodes.Expression]:
    return isinstance(node, nodes.Call | nodes.Comprehension)


def _word(scene: Scene, call: nodes.Call) -> str:
    """What a call that runs several things does when one of them fails."""
    word = scene.word("together", call)
    return word.group if isinstance(word, Word) else ""


def _by_call(scene: Scene, call: nodes.Call) -> Isolation | None:
    """What a call that waits for many sends does when one fails."""
    together = _word(scene, call)
    if together == "group":
        why = "one that fails cancels its group"
        return Isolation(Evidence(Seen.ABSENT, why), group=call)
    if together == "all":
        return Isolation(Evidence(Seen.PRESENT, "failures are handed back as results"))
    if together != "first":
        return None
    collects = any(
        argument.keyword == "return_exceptions"
        and not (
            isinstance(argument.value, nodes.Literal) and argument.value.value is False
        )
        for argument in call.arguments
    )
    if collects:
        return Isolation(Evidence(Seen.PRESENT, "failures are handed back as results"))
    return Isolation(Evidence(Seen.ABSENT, "the first failure ends it"), group=call)
