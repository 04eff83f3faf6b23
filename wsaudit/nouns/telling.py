"""Telling: whether the client, or its user, hears of an error."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    BASE_EXCEPTION,
    EXCEPTION,
    OS_ERROR,
    ancestry,
    caught_names,
)
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.effects import Does, Effect, When, effects_of_block
from wsaudit.analysis.failures.handling import tells_peer
from wsaudit.analysis.failures.risks import PARSE_ERROR, is_harmless, may_fail
from wsaudit.analysis.messages.dispatches import dispatches
from wsaudit.analysis.roots import entries
from wsaudit.analysis.runs import above, spread
from wsaudit.analysis.states import write_of
from wsaudit.analysis.traces import writes_log
from wsaudit.flow.ways import breaks_off
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.errors import ErrorMessage, Tried
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.cases import Case, DispatchSite
    from wsaudit.connections.scene import Scene, Socket

MAKES = (Tried, ErrorMessage)

_ERROR = re.compile(
    r"(^|[^a-zA-Z])(err|errors?|fail|failed|failure|exception)(?![a-z])|Error|Fail",
)
_NOT_OPEN = "builtins.RuntimeError"
"""What a send raises where the connection is over."""


def find(scene: Scene) -> Iterator[Tried | ErrorMessage]:
    """The work of servers that is tried, and the errors that clients are told of."""
    yield from _tried(scene)
    for site in dispatches(scene):
        for case in site.cases:
            if any(map(_is_kind_of_error, case.values)):
                yield from _error_message(scene, site, case)


# -- servers ---------------------------------------------------------------------------


def _tried(scene: Scene) -> Iterator[Tried]:
    """Each handler around work whose result is sent to a client."""
    served = [s for s in scene.sockets if s.fact.side is Side.SERVER and s.fact.judged]
    serving: dict[nodes.Function, list[Socket]] = defaultdict(list)
    for socket in served:
        for function in socket.unit:
            serving[function].append(socket)
    started = entries(scene).keys()
    for function in scene.in_order(serving):
        if not any(each in started for each in above(scene, function)):
            continue
        sockets = tuple(serving[function])
        for node in tree.own_of(function):
            if isinstance(node, nodes.Try):
                yield from _of_try(scene, node, function, sockets)


def _of_try(
    scene: Scene,
    node: nodes.Try,
    function: nodes.Function,
    sockets: tuple[Socket, ...],
) -> Iterator[Tried]:
    work = _work(scene, node)
    sent = [e for e in effects_of_block(scene, node.body) if _is_answer(scene, e)]
    if work is None or not sent or _has_loop(scene, node):
        return
    for handler in node.handlers:
        if _is_about_work(scene, handler) and _goes_on(
            scene, node, handler, function, sockets
        ):
            yield Tried(
                at=scene.line_head(handler, handler.head_end),
                connections=tuple(socket.fact for socket in sockets),
                work=f"{scene.text(work.function)}()",
                told=tells_peer(scene, handler.body),
                sent=scene.place(sent[0].node),
            )


def _is_answer(scene: Scene, effect: Effect) -> bool:
    """Whether an effect is a message to one client, before the code goes on."""
    return (
        effect.does is Does.SENDS
        and effect.when is When.NOW
        and effect.use is not None
        and all(socket.fact.side is Side.SERVER for socket in effect.use.sockets)
        and not any(
            loop.kind == "in" and not loop.is_async
            for node in (*effect.path, effect.node)
            for loop in tree.loops(node, scene.program.parents)
        )
    )


def _work(scene: Scene, node: nodes.Try) -> nodes.Call | None:
    """The first call of a ``try`` that may fail, other than what uses sockets."""
    for call in tree.block_calls(node.body):
        word = scene.word("parse", call) or scene.word("encode", call)
        if scene.use(call) is None and word is None and may_fail(scene, call):
            return call
    return None


def _has_loop(scene: Scene, node: nodes.Try) -> bool:
    """Whether messages are received inside: what fails there ends the connection."""
    loops = {one.loop for one in receive_loops(scene)}
    return any(each in loops for each in tree.own_in(node.body))


def _is_about_work(scene: Scene, handler: nodes.Handler) -> bool:
    """Whether a handler is for more than sends that fail and texts that do not parse.

    One that puts something else in the place of the result has an answer.
    """
    names = caught_names(scene, handler)
    if names and all(_is_expected(scene, name) for name in names):
        return False
    return not any(isinstance(node, nodes.Bind) for node in tree.own_in(handler.body))


def _is_expected(scene: Scene, name: str) -> bool:
    """Whether a class is for the end of a connection, or for what does not parse."""
    parsing = ancestry(scene, PARSE_ERROR) - {EXCEPTION, BASE_EXCEPTION}
    return (
        name in parsing
        or name == _NOT_OPEN
        or OS_ERROR in ancestry(scene, name)
        or any(
            scene.dialects.match_word(kind, name) is not None
            for kind in ("disconnect", "cancelled")
        )
    )


def _goes_on(
    scene: Scene,
    node: nodes.Try,
    handler: nodes.Handler,
    function: nodes.Function,
    sockets: tuple[Socket, ...],
) -> bool:
    """Whether the connection lasts after a failure, and the work is not tried again."""
    loops = list(tree.loops(node, scene.program.parents))
    receiving = {one.loop for one in receive_loops(scene)}
    if loops and loops[0] not in receiving:
        return False
    if loops:
        return not breaks_off(scene.program, handler.body, loop=True)
    return all(function is not socket.entry for socket in sockets)


# -- clients ---------------------------------------------------------------------------


def _error_message(
    scene: Scene, site: DispatchSite, case: Case
) -> Iterator[ErrorMessage]:
    sockets = [s for s in site.sockets if s.fact.side is Side.CLIENT and s.fact.judged]
    if not sockets or case.handles or not case.body:
        return
    value = next(filter(_is_kind_of_error, case.values))
    yield ErrorMessage(
        at=scene.place(case.node),
        connections=tuple(socket.fact for socket in sockets),
        value=value,
        shown=_shown(scene, site, case),
        logged=_log(scene, case),
    )


def _is_kind_of_error(value: str) -> bool:
    """Whether a kind of message is called an error; a text with spaces is no kind."""
    return " " not in value and _ERROR.search(value) is not None


def _log(scene: Scene, case: Case) -> str:
    for call in tree.block_calls(case.body):
        if writes_log(call):
            return f"{scene.text(call.function)}()"
    return ""


def _shown(scene: Scene, site: DispatchSite, case: Case) -> Evidence:
    """Whether an error changes anything that a user may see, or reaches who asked."""
    unsure: Evidence | None = None
    for effect in effects_of_block(scene, case.body):
        node = effect.node
        at = scene.place(effect.path[0] if effect.path else node)
        if effect.does in {Does.RAISES, Does.SHOWS, Does.CLOSES, Does.SENDS}:
            return Evidence(Seen.PRESENT, "something is done about it", at)
        if effect.does is Does.WRITES and _lasts(scene, node):
            return Evidence(Seen.PRESENT, "it is kept", at)
        if isinstance(node, nodes.Call):
            if effect.does is Does.LOGS and not writes_log(node):
                return Evidence(Seen.PRESENT, "it is shown", at)
            if effect.does in {Does.UNSEEN, Does.TOO_FAR}:
                what = f"what `{last_name(node.function)}()` does"
                unsure = unsure or Evidence(Seen.UNKNOWN, what, at)
    for call in _reached(scene, case):
        if _is_handed_on(scene, call):
            why = f"`{scene.text(call.function)}()` gets it"
            return Evidence(Seen.PRESENT, why, scene.place(call))
    return _for_all(scene, site) or unsure or Evidence(Seen.ABSENT)


def _reached(scene: Scene, case: Case) -> Iterator[nodes.Call]:
    """The calls of a case, and of what it calls."""
    calls = tuple(tree.block_calls(case.body))
    yield from calls
    callees = [callee for call in calls for callee in scene.program.callees(call)]
    yield from scene.calls_in(spread(scene, callees, hows=AT_ONCE, deep=2))


def _for_all(scene: Scene, site: DispatchSite) -> Evidence | None:
    """What keeps every message, whichever case it is."""
    inside = {node for case in site.cases for node in tree.own_in(case.body)}
    for node in tree.own_of(site.function) if site.function is not None else ():
        state = isinstance(node, nodes.Call) and write_of(scene, node) is not None
        keeps = (state or _lasts(scene, node)) and _has_local(scene, node)
        if node not in inside and keeps:
            why = "each message is kept before it is told apart"
            return Evidence(Seen.PRESENT, why, scene.place(node))
    return None


def _has_local(scene: Scene, node: nodes.Node) -> bool:
    """Whether what is written is made of something of the function, not of a clock."""
    value = node.value if isinstance(node, nodes.Bind | nodes.Assign) else node
    return any(
        isinstance(part, nodes.Name)
        and (binding := scene.program.binding(part)) is not None
        and binding.scope.function_scope().node is scene.program.function_of(node)
        for part in (tree.walk(value) if value is not None else ())
    )


def _lasts(scene: Scene, node: nodes.Node) -> bool:
    """Whether a write goes to more than a variable of the function that it is in."""
    match node:
        case (
            nodes.Bind(target=nodes.Name() as name)
            | nodes.Assign(target=nodes.Name() as name)
        ):
            binding = scene.program.binding(name)
            home = scene.program.function_of(node)
            return (
                binding is not None and binding.scope.function_scope().node is not home
            )
        case nodes.Bind(target=nodes.Record() | nodes.Sequence()):
            return False
        case nodes.Bind() | nodes.Assign() | nodes.Unary():
            return True
        case _:
            return False


def _is_handed_on(scene: Scene, call: nodes.Call) -> bool:
    """A call of a library, or of a setter, that is no log."""
    if writes_log(call) or scene.program.callees(call):
        return False
    found = scene.program.values(call.function)
    return any(
        isinstance(v, values.External | values.Instance) for v in found
    ) and not (is_harmless(scene, call))
