"""Spinning: loops that go round for ever once their socket is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import Catcher, disconnects
from wsaudit.analysis.effects import Does
from wsaudit.analysis.exceptions import Ends, ends
from wsaudit.analysis.failures.handling import uses_in
from wsaudit.analysis.paths import chains
from wsaudit.analysis.runs import below
from wsaudit.flow.conditions import deciding
from wsaudit.flow.ways import breaks_off, exits
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.lifecycle.loops import Received, made_inside
from wsaudit.program import folding, tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a loop does once its socket is gone, and the handler that it meets."""

    ends: Evidence
    catcher: Catcher | None = None
    pauses: bool = False
    raises: bool = False

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """How bad it is: unknown most of all, since it may be the worst."""
        order = (Seen.PRESENT, Seen.ABSENT, Seen.UNKNOWN)
        return order.index(self.ends.seen), not self.raises, not self.pauses


def _ended(why: str, catcher: Catcher | None = None) -> Outcome:
    return Outcome(Evidence(Seen.PRESENT, why), catcher)


def outcome(scene: Scene, one: Received, loop: nodes.Loop) -> Outcome | None:
    """What becomes of a loop when what it receives from is gone.

    None when the library does not say so with an exception.
    """
    pairs = disconnects(scene, one.sockets[0].dialect)
    if not pairs:
        return None
    reopened = [made_inside(scene, socket, loop) for socket in one.sockets]
    if all(made is True for made in reopened):
        return _ended("the loop opens a new socket each time")
    ending = _ended(_LEFT)
    for first, again in pairs:
        returns = one.op is not None and one.op.ends == "returns"
        if returns and any(exits(scene.program, loop)):
            return _ended("the loop looks for the disconnect itself")
        meets = [again] if returns else list(dict.fromkeys((first, again)))
        caught = [_met(scene, one, loop, exception) for exception in meets]
        ended = [each for each in caught if each.ends.present]
        if ended:
            ending = ended[0]
            continue
        if any(made is None for made in reopened):
            why = "the socket may be replaced elsewhere"
            return Outcome(Evidence(Seen.UNKNOWN, why))
        return max(caught, key=lambda each: each.rank)
    return ending


_LEFT = "the disconnect leaves the loop"


def _met(scene: Scene, one: Received, loop: nodes.Loop, exception: str) -> Outcome:
    """What one exception of the receive does to the loop."""
    found = ends(scene, one.chain, exception, loop)
    catcher = found.catcher
    if found.how is Ends.UNKNOWN:
        return Outcome(Evidence(Seen.UNKNOWN, "a handler does not resolve"), catcher)
    if not found.caught or catcher is None:
        return _ended(_LEFT)
    why = _way_out(scene, catcher, loop)
    if why:
        return _ended(why, catcher)
    return Outcome(
        Evidence(Seen.ABSENT),
        catcher,
        pauses=_pauses(scene, catcher, loop),
        raises=_fails(scene, catcher, loop),
    )


def _way_out(scene: Scene, catcher: Catcher, loop: nodes.Loop) -> str:
    """How the loop may end once a handler has run; "" when it cannot."""
    if any(_leaves(scene, node, loop) for node in tree.own_in(catcher.body)):
        return "its handler leaves the loop"
    if any(_may_raise(scene, call) for call in tree.block_calls(catcher.body)):
        return "its handler may raise"
    home = scene.program.function_of(catcher.at)
    if home is not scene.program.function_of(loop):
        return "the loop may look at what was caught" if _looks(scene, loop) else ""
    changed = set(_changed(scene, catcher.body))
    if loop.test is not None and _looks_at(scene, loop.test, changed):
        return "the loop's own test ends it"
    for node in exits(scene.program, loop):
        if _is_under(scene, node, catcher.scope):
            continue
        after = node.start > catcher.scope.end and not breaks_off(
            scene.program, catcher.body
        )
        tests = deciding(scene.program, node)
        if after or any(_looks_at(scene, test, changed) for test in tests):
            return "the loop is left once the handler has run"
    return ""


def _looks(scene: Scene, loop: nodes.Loop) -> bool:
    """Whether a loop may end by what it is given, and not only by an exception."""
    if loop.test is not None and folding.fold(scene.program, loop.test) is None:
        return True
    parents = scene.program.parents
    return any(
        all(region.part != "handler" for region in tree.tries(each, parents))
        for each in exits(scene.program, loop)
    )


def _leaves(scene: Scene, node: Node, loop: nodes.Loop) -> bool:
    match node:
        case nodes.Raise():
            return True
        case nodes.Return():
            # From a function that the loop calls it only leads back into the loop.
            function_of = scene.program.function_of
            return function_of(node) is function_of(loop)
        case nodes.Break(label=label):
            nearest = next(tree.loops(node, scene.program.parents), None)
            return bool(label) or nearest is loop
        case _:
            return False


def _is_under(scene: Scene, node: Node, around: Node) -> bool:
    return any(each is around for each in tree.within(node, scene.program.parents))


def _may_raise(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call of a project function may end in a ``raise`` or an exit."""
    if last_name(call.function) in {"exit", "_exit"}:
        return True
    return any(
        isinstance(node, nodes.Raise)
        for callee in scene.program.callees(call)
        for function in below(scene, callee).near(2)
        for node in tree.own_of(function)
    )


def _changed(scene: Scene, block: tuple[nodes.Statement, ...]) -> Iterator[str]:
    """The names of what a block, or what it calls, assigns or calls a method of."""
    yield from _changed_in(block)
    for call in tree.block_calls(block):
        for callee in scene.program.callees(call):
            for function in below(scene, callee).near(2):
                yield from _changed_in(function.body)


def _changed_in(block: tuple[nodes.Statement, ...]) -> Iterator[str]:
    for node in tree.own_in(block):
        match node:
            case nodes.Bind(target=target) | nodes.Assign(target=target):
                yield last_name(target)
            case nodes.Unary(op="delete" | "++" | "--", value=value):
                yield last_name(value)
            case nodes.Call(function=nodes.Member(object=inner)):
                yield last_name(inner)
            case _:
                continue


def _looks_at(scene: Scene, test: nodes.Expression, changed: set[str]) -> bool:
    """Whether a test reads something that changed, or a socket."""
    for node in tree.walk(test):
        if isinstance(node, nodes.Name | nodes.Member):
            if last_name(node) in changed - {""}:
                return True
            if scene.sockets_of(node):
                return True
    return False


def _fails(scene: Scene, catcher: Catcher, loop: nodes.Loop) -> bool:
    """Whether what a handler sends always fails, and so ends the loop."""
    return any(
        use.op.not_open.startswith("raise")
        and _always_raises(scene, catcher, use.call, loop)
        for use in uses_in(scene, catcher.body, Does.SENDS, Does.CLOSES)
    )


def _pauses(scene: Scene, catcher: Catcher, loop: nodes.Loop) -> bool:
    """Whether a loop that does not end waits in each round."""
    return any(
        scene.word("sleep", call) is not None
        and (
            not _is_under(scene, call, catcher.scope)
            or _is_under(scene, call, catcher.at)
        )
        for call in tree.block_calls(loop.body)
    )


def _always_raises(
    scene: Scene, catcher: Catcher, call: nodes.Call, loop: nodes.Loop
) -> bool:
    """Whether a send in a handler runs each time and its exception leaves the loop."""
    for chain in chains(scene, catcher.body, call):
        if any(_is_conditional(scene, node, catcher) for node in chain):
            continue
        if ends(scene, chain, "builtins.RuntimeError", loop).escapes:
            return True
    return False


def _is_conditional(scene: Scene, node: Node, catcher: Catcher) -> bool:
    for around in tree.within(node, scene.program.parents):
        if around is catcher.at:
            return False
        if isinstance(
            around, nodes.If | nodes.Conditional | nodes.Logical | nodes.Loop
        ):
            return True
    return False
