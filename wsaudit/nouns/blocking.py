"""What the coroutines of a socket in Python keep their event loop from doing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import AT_ONCE, DIRECT
from wsaudit.analysis.effects import Does, Effect, When, does, effects
from wsaudit.analysis.origins import parameter_of
from wsaudit.analysis.runs import spread
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import deciding, holding
from wsaudit.limits import NEAR
from wsaudit.model import Side
from wsaudit.model.blocking import BlockingCall, EventLoopWork, Step, Waits
from wsaudit.program import folding, tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_SOCKET = re.compile(r"_?(.*_)?(websocket|web_socket|socket|ws)", re.IGNORECASE)
Cause = tuple[nodes.Function | None, "Node"]
"""What one change would mend: a function, and what it waits on there."""

MAKES = (EventLoopWork,)


def find(scene: Scene) -> Iterator[EventLoopWork]:
    """One fact for each end of a connection in Python that has a coroutine."""
    for socket in scene.sockets:
        fact = socket.fact
        server = fact.side is Side.SERVER
        if fact.node_server or not fact.judged or (server and not socket.endpoint):
            continue
        coroutines = _coroutines(scene, socket)
        if coroutines:
            yield EventLoopWork(
                at=socket.endpoint.at if socket.endpoint else fact.at,
                connections=(fact,),
                functions=len(coroutines),
                calls=tuple(_blocking(scene, coroutines)),
                offloaded=tuple(dict.fromkeys(_offloaded(scene, coroutines))),
            )


def _coroutines(scene: Scene, socket: Socket) -> dict[nodes.Function, bool]:
    """The coroutine functions a socket runs; true for those run per message.

    What a client sets going further down is the application's, no longer the socket's.
    """
    found: dict[nodes.Function, bool] = {}
    near = None if socket.fact.side is Side.SERVER else _near(scene, socket)
    queue = list(_starts(scene, socket))
    while queue:
        function, per_message = queue.pop()
        if found.get(function, False) or found.get(function) is per_message:
            continue
        if near is not None and function not in near:
            continue
        found[function] = per_message
        for call in tree.block_calls(function.body):
            inside = per_message or _is_per_message(scene, call)
            queue += [(each, inside) for each in scene.program.callees(call)]
    coroutines = [pair for pair in found.items() if pair[0].is_async]
    return dict(sorted(coroutines, key=lambda pair: (pair[0].start, pair[0].end)))


def _near(scene: Scene, socket: Socket) -> frozenset[nodes.Function]:
    """The functions that a client's coroutines call, and those that these call."""
    starts = {function for function, _ in _starts(scene, socket)}
    return frozenset(spread(scene, starts, hows=DIRECT | AT_ONCE).near(NEAR))


def _starts(scene: Scene, socket: Socket) -> Iterator[tuple[nodes.Function, bool]]:
    """The coroutines that belong to a socket; true for message handlers.

    A server calls an endpoint's, and those it depends on (plain ones run in a thread);
    a client runs in the one that opens it.
    """
    entry = socket.entry
    if entry is None and socket.fact.side is Side.CLIENT:
        entry = socket.creator
    if entry is not None and entry.is_async:
        yield entry, False
        for parameter in entry.parameters:
            for function in _depended_on(scene, parameter):
                yield function, False
    for attached in socket.attached:
        for function in attached.functions:
            if function.is_async:
                yield function, attached.event.value == "message"


def _depended_on(scene: Scene, part: Node) -> Iterator[nodes.Function]:
    for node in tree.walk(part):
        if isinstance(node, nodes.Call) and scene.word("dependency", node):
            for argument in node.arguments[:1]:
                for function in scene.functions_of(argument.value):
                    if function.is_async:
                        yield function


def _is_per_message(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call runs again for each message: in a loop that receives or sends."""
    return any(
        (loop.is_async and loop.source is not None)
        or any(
            effect.does in {Does.RECEIVES, Does.SENDS}
            for node in tree.own(loop)
            for effect in does(scene, node)
        )
        for loop in tree.loops(call, scene.program.parents)
    )


def _offloaded(scene: Scene, coroutines: dict[nodes.Function, bool]) -> Iterator[str]:
    """What coroutines hand to a thread, as written."""
    for function in coroutines:
        for call in tree.block_calls(function.body):
            word = scene.word("offload", call)
            if word is not None and len(call.arguments) > (word.takes or 0):
                yield written(call.arguments[word.takes or 0].value)


# -- what blocks ---------------------------------------------------------------------


def _blocking(
    scene: Scene, coroutines: dict[nodes.Function, bool]
) -> Iterator[BlockingCall]:
    """The calls of coroutines that block, one for each cause."""
    found: dict[Cause, list[BlockingCall]] = defaultdict(list)
    for function, per_message in coroutines.items():
        seen: set[Node] = set()
        for effect in effects(scene, function):
            if not _holds_up(scene, effect):
                continue
            way = _way(effect)
            if way[0] in seen:
                continue
            seen.add(way[0])
            one = _of_effect(scene, function, effect, per_message=per_message)
            found[_cause(scene, way)].append(one)
    for each in found.values():
        first, *rest = sorted(each, key=lambda call: (not call.per_message, call.at))
        yield replace(first, also=tuple(call.at for call in rest))


def _holds_up(scene: Scene, effect: Effect) -> bool:
    """Whether an effect blocks, in plain functions that the coroutine calls."""
    if effect.does is not Does.BLOCKS or effect.when is When.LATER:
        return False
    way = _way(effect)
    return (
        not any(_is_in_coroutine(scene, node) for node in way[1:])
        and not any(_without_socket(scene, node) for node in way)
        and not any(_is_second_best(scene, node) for node in way)
        and not _is_told_not_to(scene, way[-1])
        and not any(_never_run(scene, *pair) for pair in pairwise(way))
        and not any(
            _is_of_others(scene, *steps)
            for steps in zip(way, way[1:], way[2:], strict=False)
        )
    )


def _is_of_others(
    scene: Scene, site: nodes.Call, call: nodes.Call, after: nodes.Call
) -> bool:
    """Whether a call leads on only for other callers: by what those pass.

    ``site`` runs the function that ``call`` is in, ``after`` is where that leads.
    """
    function = scene.program.function_of(call)
    callee = tree.strip(call.function)
    root = callee.object if isinstance(callee, nodes.Member) else callee
    parameter = parameter_of(scene.program, root)
    if function is None or parameter not in function.parameters or parameter is None:
        return False
    passed = scene.program.argument_for(site, function, parameter)
    if not isinstance(passed, nodes.Node):
        return False
    found = scene.program.values(passed)
    if isinstance(callee, nodes.Member):
        found = tuple(
            each for owner in found for each in scene.program.member(owner, callee.name)
        )
    home = scene.program.function_of(after)
    return values.known(found) and not any(
        isinstance(value, values.Func) and value.function is home for value in found
    )


def _way(effect: Effect) -> tuple[nodes.Call, ...]:
    """The calls from the coroutine's own to the one that waits."""
    last = effect.node
    return (*effect.path, last) if isinstance(last, nodes.Call) else effect.path


def _is_in_coroutine(scene: Scene, node: Node) -> bool:
    function = scene.program.function_of(node)
    return function is not None and function.is_async


def _is_second_best(scene: Scene, call: nodes.Call) -> bool:
    """A function that is called only where it cannot be handed over: to a thread, say.

    ``if thread.is_alive(): queue.put(function)``, ``else: function()``.
    """
    if not isinstance(call.function, nodes.Name):
        return False
    binding = scene.program.binding(call.function)
    at: Node = call
    for around in tree.within(call, scene.program.parents):
        if isinstance(around, nodes.If) and binding is not None:
            branches = (around.then, around.other)
            other = [b for b in branches if not any(at is each for each in b)]
            if len(other) == 1 and any(
                isinstance(node, nodes.Name)
                and scene.program.binding(node) is binding
                and not isinstance(scene.program.parents.get(node), nodes.Call)
                for node in tree.own_in(other[0])
            ):
                return True
        at = around
    return False


def _never_run(scene: Scene, site: nodes.Call, node: Node) -> bool:
    """Whether a node runs only without an argument that its caller always gives."""
    function = scene.program.function_of(node)
    for test, holds in holding(scene.program, node):
        match test:
            case nodes.Binary(
                op="is" | "==",
                left=nodes.Name() as name,
                right=nodes.Literal(kind="null"),
            ) if holds and function:
                if _is_given(scene, name, function, site):
                    return True
            case _:
                continue
    return False


def _is_given(
    scene: Scene, name: nodes.Name, function: nodes.Function, site: nodes.Call
) -> bool:
    """Whether a call gives a parameter something that is not None."""
    binding = scene.program.binding(name)
    written_by = {write.source for write in binding.writes} if binding else set()
    parameter = next((p for p in function.parameters if p in written_by), None)
    if parameter is None:
        return False
    given = scene.program.argument_for(site, function, parameter)
    return isinstance(given, nodes.Sequence | nodes.Record | nodes.Template) or (
        isinstance(given, nodes.Literal) and given.kind != "null"
    )


def _is_told_not_to(scene: Scene, node: nodes.Call) -> bool:
    """``sock.setblocking(False)`` for the one that a call is made on."""
    held = _receivers(scene, node)
    return bool(held) and any(
        scene.word("unblocks", call) is not None
        and any(_is_off(scene, argument.value) for argument in call.arguments)
        and held & _receivers(scene, call)
        for call in scene.program.calls_of(scene.dialects.word_ends("unblocks"))
    )


def _is_off(scene: Scene, node: nodes.Expression) -> bool:
    constant = folding.fold(scene.program, node)
    return constant is not None and not constant.value


def _receivers(scene: Scene, call: nodes.Call) -> set[Node]:
    """Where that comes from which a call is made on, in the end."""
    found: set[Node] = set()
    for value in scene.program.values(call.function):
        receiver = value.receiver if isinstance(value, values.External) else None
        while receiver is not None and receiver.receiver is not None:
            receiver = receiver.receiver
        if receiver is not None:
            found.add(receiver.site)
    return found


def _cause(scene: Scene, way: tuple[nodes.Call, ...]) -> Cause:
    """What to mend: in one function, all that waits on the same thing."""
    at = way[1] if len(way) > 1 else way[0]
    held = _receivers(scene, way[-1])
    on = min(held, key=lambda node: node.start) if held else way[-1]
    function = scene.program.function_of(at)
    return (function, on) if len(way) < 3 else (function, at)


def _of_effect(
    scene: Scene, function: nodes.Function, effect: Effect, *, per_message: bool
) -> BlockingCall:
    way = _way(effect)
    call, sink, word = way[0], way[-1], effect.word
    return BlockingCall(
        at=scene.callee_place(call),
        text=f"{written(call.function)}()",
        function=scene.program.name_of(function),
        waits=Waits(word.group if word else ""),
        sink=f"{written(sink.function)}()",
        chain=tuple(_step(scene, inner) for inner in way[1:]),
        per_message=per_message or _is_per_message(scene, call),
        many=any(_is_in_walk(scene, node) for node in way),
        raises=word.label if word else "",
    )


def _step(scene: Scene, call: nodes.Call) -> Step:
    around = scene.program.function_of(call)
    name = scene.program.name_of(around) if around else ""
    return Step(scene.callee_place(call), f"{written(call.function)}()", name)


def _is_in_walk(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call runs for each file of a tree."""
    return any(
        isinstance(node, nodes.Call) and scene.word("walks", node) is not None
        for loop in tree.loops(call, scene.program.parents)
        if loop.source is not None
        for node in tree.walk(loop.source)
    )


def _without_socket(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is in the branch for those that have no socket: the console."""
    held = dict(holding(scene.program, call))
    return any(
        _is_missing(scene, test, holds=came_out)
        for test in deciding(scene.program, call)
        for came_out in ((held[test],) if test in held else (True, False))
    )


def _is_missing(scene: Scene, test: nodes.Expression, *, holds: bool) -> bool:
    match test:
        case nodes.Binary(op=op, left=left, right=nodes.Literal(kind="null")):
            return holds == (op in {"is", "=="}) and _is_socket(scene, left)
        case _:
            return not holds and _is_socket(scene, test)


def _is_socket(scene: Scene, node: nodes.Expression) -> bool:
    named = bool(_SOCKET.fullmatch(last_name(node)))
    return isinstance(node, nodes.Name | nodes.Member) and (
        named or bool(scene.sockets_of(node))
    )
