"""Blocking: which calls of a coroutine wait without awaiting, through any helper."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wsaudit.model.blocking import BlockingCall, Step, Waits
from wsaudit.program import flow, tree
from wsaudit.program.tree import last_name
from wsaudit.recognise.scene import REACH, written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Word
    from wsaudit.recognise.scene import Scene, Socket

_MOST_SINKS = 3
_SOCKET = re.compile(r"_?(.*_)?(websocket|web_socket|socket|ws)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sink:
    """A call that waits, and the calls that lead to it, outermost first."""

    call: nodes.Call
    word: Word
    chain: tuple[nodes.Call, ...] = ()


@dataclass(slots=True)
class Blocking:
    """Answers for one scene what blocks; summaries of functions are kept."""

    scene: Scene
    _summaries: dict[nodes.Function, tuple[Sink, ...]] = field(default_factory=dict)

    def calls_of(self, socket: Socket) -> tuple[tuple[BlockingCall, ...], int]:
        """The blocking calls of a socket's coroutines, and how many were followed."""
        by_cause: dict[nodes.Call, list[BlockingCall]] = defaultdict(list)
        coroutines = self._coroutines(socket)
        for function, per_message in coroutines.items():
            for call in flow.block_calls(function.body):
                sinks = self._sinks(call, REACH)
                if sinks:
                    cause = (*sinks[0].chain, sinks[0].call)[1 if sinks[0].chain else 0]
                    inside = per_message or self._in_receive_loop(call)
                    by_cause[cause].append(
                        self._blocking(function, call, sinks[0], per_message=inside)
                    )
        return tuple(_one(found) for found in by_cause.values()), len(coroutines)

    def offloads(self, socket: Socket) -> Iterator[str]:
        """What a socket's coroutines hand to a thread, as written."""
        for function in self._coroutines(socket):
            for call in flow.block_calls(function.body):
                word = self.scene.word("offload", call)
                if word is not None and len(call.arguments) > (word.takes or 0):
                    yield written(call.arguments[word.takes or 0].value)

    def _coroutines(self, socket: Socket) -> dict[nodes.Function, bool]:
        """The coroutine functions a socket runs; true for those run per message."""
        found: dict[nodes.Function, bool] = {}
        queue = [(function, per) for function, per in _starts(self.scene, socket)]
        while queue:
            function, per_message = queue.pop()
            if found.get(function, False) or found.get(function) is per_message:
                continue
            found[function] = per_message
            for call in flow.block_calls(function.body):
                inside = per_message or self._in_receive_loop(call)
                queue += [
                    (callee, inside)
                    for callee in self.scene.program.callees(call)
                    if callee.is_async
                ]
        return dict(sorted(found.items(), key=lambda pair: _place(pair[0])))

    def _in_receive_loop(self, call: nodes.Call) -> bool:
        """Whether a call runs again for each message: in a loop that receives."""
        return any(
            self._receives(loop)
            for loop in flow.loops(call, self.scene.program.parents)
        )

    def _receives(self, loop: nodes.Loop) -> bool:
        if loop.is_async and loop.source is not None:
            return True
        return any(
            (use := self.scene.use(call)) is not None
            and use.op.means in {"receive", "iterate"}
            for call in flow.own_calls(loop)
        )

    def _sinks(self, call: nodes.Call, depth: int) -> tuple[Sink, ...]:
        """What a call waits for, itself or in the plain functions that it calls."""
        if isinstance(self.scene.program.parents.get(call), nodes.Await):
            return ()
        if _without_socket(self.scene, call):
            return ()
        word = self.scene.word("blocking", call)
        if word is not None:
            return (Sink(call, word),)
        if depth == 0:
            return ()
        found: list[Sink] = []
        for callee in self.scene.program.callees(call):
            if not callee.is_async and not _endless(callee):
                found += [
                    Sink(sink.call, sink.word, (call, *sink.chain))
                    for sink in self._summary(callee, depth - 1)
                ]
        return tuple(found[:_MOST_SINKS])

    def _summary(self, function: nodes.Function, depth: int) -> tuple[Sink, ...]:
        if function in self._summaries:
            return self._summaries[function]
        self._summaries[function] = ()
        found: list[Sink] = []
        for call in flow.block_calls(function.body):
            found += self._sinks(call, depth)
            if len(found) >= _MOST_SINKS:
                break
        self._summaries[function] = tuple(found[:_MOST_SINKS])
        return self._summaries[function]

    def _blocking(
        self,
        function: nodes.Function,
        call: nodes.Call,
        sink: Sink,
        *,
        per_message: bool,
    ) -> BlockingCall:
        scene = self.scene
        below = (*sink.chain[1:], sink.call) if sink.chain else ()
        return BlockingCall(
            at=scene.callee_place(call),
            text=f"{written(call.function)}()",
            function=scene.program.name_of(function),
            waits=Waits(sink.word.group),
            sink=f"{written(sink.call.function)}()",
            chain=tuple(self._step(inner) for inner in below),
            per_message=per_message,
            raises=sink.word.label,
        )

    def _step(self, call: nodes.Call) -> Step:
        around = self.scene.program.function_of(call)
        return Step(
            self.scene.callee_place(call),
            f"{written(call.function)}()",
            self.scene.program.name_of(around) if around else "",
        )


def _one(found: list[BlockingCall]) -> BlockingCall:
    """The calls of one function that blocks, as one: the first, and the others."""
    first, *rest = sorted(found, key=lambda call: (not call.per_message, call.at))
    return replace(first, also=tuple(call.at for call in rest))


def _starts(scene: Scene, socket: Socket) -> Iterator[tuple[nodes.Function, bool]]:
    """The coroutines that a server calls for a socket; true for message handlers."""
    if socket.entry is not None and socket.entry.is_async:
        yield socket.entry, False
        yield from ((function, False) for function in _dependencies(scene, socket))
    for attached in socket.attached:
        for function in attached.functions:
            if function.is_async:
                yield function, attached.event.value == "message"


def _dependencies(scene: Scene, socket: Socket) -> Iterator[nodes.Function]:
    """The coroutines that an endpoint depends on; plain ones run in a thread."""
    if socket.entry is None:
        return
    for parameter in socket.entry.parameters:
        for part in (parameter.default, parameter.annotation):
            if part is None:
                continue
            for node in (part, *tree.own(part)):
                if isinstance(node, nodes.Call) and scene.word("dependency", node):
                    for argument in node.arguments[:1]:
                        yield from (
                            function
                            for function in scene.functions_of(argument.value)
                            if function.is_async
                        )


def _without_socket(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is in the branch for those that have no socket: the console."""
    return any(
        _is_missing(scene, test, holds=holds)
        for guard in flow.guards(call, scene.program.parents)
        for test, holds in flow.facts_of(guard.test, holds=guard.holds)
    )


def _is_missing(scene: Scene, test: nodes.Expression, *, holds: bool) -> bool:
    match test:
        case nodes.Logical(op="and", operands=operands) if not holds:
            return any(_is_missing(scene, each, holds=False) for each in operands)
        case nodes.Binary(op=op, left=left, right=nodes.Literal(kind="null")):
            return holds == (op in {"is", "=="}) and _is_socket(scene, left)
        case _:
            return not holds and _is_socket(scene, test)


def _is_socket(scene: Scene, node: nodes.Expression) -> bool:
    named = bool(_SOCKET.fullmatch(last_name(node)))
    return isinstance(node, nodes.Name | nodes.Member) and (
        named or bool(scene.sockets_of(node))
    )


def _endless(function: nodes.Function) -> bool:
    """A generator runs only as far as it is asked; nothing is said of it here."""
    return function.is_generator


def _place(node: nodes.Node) -> tuple[int, int]:
    return node.start, node.end
