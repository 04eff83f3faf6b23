"""Catching up: what a client does, once it is back, about what it missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.absence import first, search
from wsaudit.analysis.components import effects
from wsaudit.analysis.origins import given
from wsaudit.analysis.timers import timers
from wsaudit.analysis.triggers import after, handlers_of, run_after
from wsaudit.connections.capabilities import capability
from wsaudit.connections.roles.jobs import polled
from wsaudit.dialects.language import words_in
from wsaudit.limits import STEPS
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.reconnection.doubts import unfollowed
from wsaudit.program import tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.runs import Below
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

_NEAR = 3
"""How many names deep an address is looked into."""


@dataclass(frozen=True, slots=True, eq=False)
class CatchUp:
    """Whether a client asks for what it missed.

    ``asks`` is the first message it sends when it is back that only a server could take
    for such a question: a subscription, say.
    """

    evidence: Evidence
    asks: nodes.Call | None = None


def catch_up(scene: Scene, socket: Socket) -> CatchUp:
    """What is done on every opening, or put into the address, about missed messages."""
    cursor = _cursor_in_address(scene, socket)
    if cursor:
        why = f"the address carries `{cursor}`"
        return CatchUp(Evidence(Seen.PRESENT, why, socket.fact.at))
    if polled(scene, socket):
        return CatchUp(Evidence(Seen.PRESENT, "the same is asked for at intervals"))
    opened = _opened(scene, socket)
    fetched = search(
        scene.program,
        opened,
        lambda node: _told(scene, node, _fetches, "`{}()` runs when it opens"),
        lambda node: _told(scene, node, unfollowed, "what `{}()` does"),
    )
    if fetched.present:
        return CatchUp(fetched)
    asks = None
    for use in _sent(scene, socket, opened):
        words = frozenset(_words(scene, use.call))
        if words & scene.dialects.spoken("catches-up"):
            why = "asks for what it missed when it opens"
            return CatchUp(Evidence(Seen.PRESENT, why, scene.place(use.call)))
        if not words & scene.dialects.spoken("greets"):
            asks = asks or use.call
    return CatchUp(first(*_elsewhere(scene, socket), fetched), asks)


def _elsewhere(scene: Scene, socket: Socket) -> Iterator[Evidence]:
    """What else may catch up: the library, a handler out of sight, a message."""
    recovery = capability(scene, socket, "state_recovery")
    if recovery is not None and recovery.seen is not Seen.ABSENT:
        yield Evidence(recovery.seen, "the library may replay what was missed")
    for attached in scene.handlers(socket, Event.OPEN):
        if not attached.resolved:
            yield Evidence(Seen.UNKNOWN, f"what `{attached.name}` runs")
    asked = search(
        scene.program,
        after(scene, socket, Event.MESSAGE),
        lambda node: _told(scene, node, _refetches, "messages make `{}()` run"),
    )
    if asked.present:
        yield Evidence(Seen.UNKNOWN, asked.why)


def _told(
    scene: Scene, node: Node, test: Callable[[Scene, nodes.Call], bool], text: str
) -> str | None:
    """What a call that passes a test is said to do."""
    if isinstance(node, nodes.Call) and test(scene, node):
        return text.format(scene.text(node.function))
    return None


def _refetches(scene: Scene, call: nodes.Call) -> bool:
    return _fetches(scene, call) and last_name(call.function) != "invalidateQueries"


def _opened(scene: Scene, socket: Socket) -> Below:
    """What runs because the connection opened, also by a state of the library's."""
    states = {
        op.name
        for op in scene.dialects.ops(socket.dialect, "result")
        if op.means == "state"
    }
    callbacks = [
        effect.callback
        for effect in effects(scene)
        if any(_is_state(scene, d, socket, states) for d in effect.dependencies or ())
    ]
    return run_after(scene, (*handlers_of(scene, socket, Event.OPEN), *callbacks))


def _is_state(
    scene: Scene, node: nodes.Expression, socket: Socket, states: set[str]
) -> bool:
    """Whether a value is the library's state of the connection."""
    return bool(states) and any(
        isinstance(value, values.External)
        and value.receiver is not None
        and value.receiver.site is socket.site
        and value.name.rpartition(".")[2] in states
        for value in scene.program.values(node)
    )


def _fetches(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call asks for the state anew, by what it is called."""
    first, *others = (*words_in(last_name(call.function)), "")
    if scene.says("asks-anew", first):
        of_state = not scene.says("asks-for-anything", first)
        return of_state or not scene.says("no-state", others[0] if others else "")
    return scene.says("anew", (first, *others)[-2])


def _sent(scene: Scene, socket: Socket, opened: Below) -> Iterator[Use]:
    """The messages that are sent on opening, once: not by an interval."""
    repeated = {
        function
        for timer in timers(scene)
        if timer.repeats
        for function in timer.functions
    }
    once = opened - run_after(scene, repeated & opened)
    for use in socket.uses:
        if use.op.means == "send" and scene.program.function_of(use.call) in once:
            yield use


# -- words ---------------------------------------------------------------------------


def _cursor_in_address(scene: Scene, socket: Socket) -> str:
    """The word in a socket's address, or in what is put into it, that is a cursor."""
    given = [node for node in (socket.url, socket.options) if node is not None]
    heard = handlers_of(scene, socket, *Event)
    for node in given:
        for word in _words(scene, node, _NEAR, frozenset(heard)):
            if scene.says("catches-up", word):
                return word
    if socket.creator is None:
        return ""
    for call in scene.calls_in((socket.creator,)):
        if last_name(call.function) in {"set", "append"} and _is_query(call):
            for word in _around(scene, call):
                if scene.says("catches-up", word):
                    return word
    return ""


def _is_query(call: nodes.Call) -> bool:
    """``url.searchParams.set(name, value)``, ``params.append(name, value)``."""
    named = tree.dotted(call.function).lower()
    return "params" in named or "query" in named or "search" in named


def _around(scene: Scene, call: nodes.Call) -> Iterator[str]:
    """The words of a call, and of the loops around it."""
    yield from _words(scene, call)
    parents = scene.program.parents
    at = parents.get(call)
    while isinstance(at, nodes.Node) and not isinstance(at, nodes.Function):
        if isinstance(at, nodes.Loop) and at.source is not None:
            yield from _words(scene, at.source)
        at = parents.get(at)


def _words(
    scene: Scene,
    node: Node,
    depth: int = STEPS,
    besides: frozenset[nodes.Function] = frozenset(),
) -> Iterator[str]:
    """The words in the identifiers, keys and texts that an expression is made of.

    Those in the functions ``besides`` are others'.
    """
    seen = {node}
    level = [node]
    for _ in range(depth):
        following: list[Node] = []
        for each in level:
            for part in _parts(each, besides):
                yield from _written(part)
                following.extend(_behind(scene, part))
        level = [each for each in dict.fromkeys(following) if each not in seen]
        seen.update(level)


def _parts(root: Node, besides: frozenset[nodes.Function]) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in besides:
            yield node
            stack.extend(reversed(tree.children(node)))


def _written(part: Node) -> Iterator[str]:
    match part:
        case nodes.Name(id=text) | nodes.Member(name=text):
            yield from words_in(text)
        case nodes.Literal(value=str() as text):
            yield from words_in(text)
        case _:
            return


def _behind(scene: Scene, part: Node) -> Iterator[Node]:
    """What a name stands for, and the records that a member may be."""
    if isinstance(part, nodes.Member):
        for value in scene.program.values(part):
            if isinstance(value, values.Rec):
                yield value.node
    binding = scene.program.binding(part) if isinstance(part, nodes.Name) else None
    for write in binding.writes if binding is not None else ():
        if write.kind in {"assign", "augmented"} and write.value is not None:
            if not isinstance(write.value, nodes.Function):
                yield write.value
        elif isinstance(write.source, nodes.Parameter):
            for one in given(scene.program, write.source):
                if one.value is not None:
                    yield one.value
