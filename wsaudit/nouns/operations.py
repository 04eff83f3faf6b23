"""Every operation on a socket as a fact: accepts, receives, sends and closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import is_end_of_connection
from wsaudit.analysis.destinations import goes
from wsaudit.connections.capabilities import capability
from wsaudit.connections.origins import argument_of
from wsaudit.connections.scene import written
from wsaudit.model import (
    Accept,
    Close,
    Connection,
    Evidence,
    Operation,
    Receive,
    Seen,
    Send,
)
from wsaudit.nouns.server.leaving import after_end
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Use
    from wsaudit.source import Place

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
            yield _close(scene, use, at, connections)
        elif use.op.means in _KINDS:
            yield _KINDS[use.op.means](at=at, connections=connections, text=text)


def _close(
    scene: Scene, use: Use, at: Place, connections: tuple[Connection, ...]
) -> Close:
    code = argument_of(use.call, use.op.code, "code")
    reason = argument_of(use.call, use.op.reason, "reason")
    number = folding.fold_number(scene.program, code) if code is not None else None
    own = [capability(scene, each, "own_close_codes_only") for each in use.sockets]
    failed = _failure(scene, use.call)
    return Close(
        at=at,
        connections=connections,
        text=written(use.call.function),
        code=int(number) if number is not None else None,
        coded=code is not None,
        own_codes_only=all(one is not None and one.seen is Seen.PRESENT for one in own),
        reason=folding.fold_text(scene.program, reason) if reason is not None else None,
        retells=reason is not None and _retells(scene, reason),
        failed=scene.line_head(failed, failed.head_end) if failed is not None else None,
        after_end=_after_end(scene, use),
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
