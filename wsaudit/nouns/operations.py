"""Every operation on a socket as a fact: accepts, receives, sends and closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import is_end_of_connection
from wsaudit.analysis.closing import codes_of
from wsaudit.analysis.destinations import goes
from wsaudit.analysis.runs import spread
from wsaudit.connections.capabilities import capability
from wsaudit.connections.origins import argument_of
from wsaudit.connections.scene import written
from wsaudit.model import (
    Accept,
    Close,
    Evidence,
    Operation,
    Receive,
    Seen,
    Send,
)
from wsaudit.nouns.lifecycle.handshakes import starts
from wsaudit.nouns.server.leaving import after_end
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use

MAKES = (Operation,)

_KINDS: dict[str, type[Operation]] = {
    "accept": Accept,
    "receive": Receive,
    "iterate": Receive,
    "send": Send,
}


def find(scene: Scene) -> Iterator[Operation]:
    """One fact for each call of such an operation."""
    for use in scene.uses:
        connections = tuple(socket.fact for socket in use.sockets)
        at = scene.callee_place(use.call)
        text = written(use.call.function)
        if use.op.means == "close":
            yield _close(scene, use)
        elif use.op.means in _KINDS:
            yield _KINDS[use.op.means](at=at, connections=connections, text=text)
    yield from _raised(scene)


def _raised(scene: Scene) -> Iterator[Close]:
    """The exceptions by which a library closes the socket: with a code of theirs."""
    for call in scene.program.calls_of(scene.dialects.word_ends("rejects")):
        word = scene.word("rejects", call)
        around = scene.program.function_of(call)
        sockets = [
            socket
            for socket in scene.sockets
            if around in socket.unit or around in spread(scene, starts(scene, socket))
        ]
        if (
            word is None
            or word.group != "close-code"
            or not isinstance(scene.program.parents.get(call), nodes.Raise)
            or not sockets
        ):
            continue
        codes = codes_of(scene, call, word.takes)
        reason = argument_of(call, 1, "reason")
        yield _closing(
            scene,
            call,
            tuple(sockets),
            codes,
            reason,
            own=False,
            after=None,
        )


def _close(scene: Scene, use: Use) -> Close:
    own = [capability(scene, each, "own_close_codes_only") for each in use.sockets]
    return _closing(
        scene,
        use.call,
        use.sockets,
        codes_of(scene, use.call, use.op.code),
        argument_of(use.call, use.op.reason, "reason"),
        own=all(one is not None and one.seen is Seen.PRESENT for one in own),
        after=_after_end(scene, use),
    )


def _closing(
    scene: Scene,
    call: nodes.Call,
    sockets: tuple[Socket, ...],
    codes: tuple[int, ...] | None,
    reason: nodes.Expression | None,
    *,
    own: bool,
    after: Evidence | None,
) -> Close:
    failed = _failure(scene, call)
    return Close(
        at=scene.callee_place(call),
        connections=tuple(socket.fact for socket in sockets),
        text=written(call.function),
        codes=codes or (),
        coded=codes is not None,
        own_codes_only=own,
        reason=folding.fold_text(scene.program, reason) if reason is not None else None,
        retells=reason is not None and _retells(scene, reason),
        failed=scene.line_head(failed, failed.head_end) if failed is not None else None,
        after_end=after,
    )


def _after_end(scene: Scene, use: Use) -> Evidence | None:
    """The worst of what is known of its sockets, where a late close is an error."""
    lost = all(each.way == "dropped" for each in goes(scene.program, use.call))
    if use.op.not_open != "raise" or (use.op.awaited and lost):
        return None
    found = [after_end(scene, use, socket) for socket in use.sockets]
    order = (Seen.PRESENT, Seen.UNKNOWN, Seen.ABSENT)
    return min(found, key=lambda one: order.index(one.seen), default=None)


def _failure(scene: Scene, call: nodes.Call) -> nodes.Handler | None:
    """The handler around a call that is about more than the end of a connection."""
    for around in tree.within(call, scene.program.parents):
        if isinstance(around, nodes.Handler):
            failure = not around.types or not is_end_of_connection(scene, around)
            return around if failure else None
    return None


def _retells(scene: Scene, reason: nodes.Expression) -> bool:
    """Whether a text is, or ends in, what a caught exception says: ``str(error)``."""
    match reason:
        case nodes.Template(parts=parts):
            return any(_retells(scene, part) for part in parts)
        case nodes.Call(
            function=nodes.Name(id="str" | "repr" | "String"), arguments=[one]
        ):
            return _retells(scene, one.value)
        case nodes.Member(object=inner, name="message"):
            return _retells(scene, inner)
        case nodes.Name():
            binding = scene.program.binding(reason)
            return binding is not None and all(
                write.kind == "caught" for write in binding.writes
            )
        case _:
            return False
