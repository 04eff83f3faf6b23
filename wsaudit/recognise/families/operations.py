"""Every operation on a socket as a fact: accepts, receives, sends and closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Accept, Close, Operation, Receive, Send
from wsaudit.program import folding
from wsaudit.recognise.scene import written

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Use

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
            code = _code(scene, use)
            yield Close(at=at, connections=connections, text=text, code=code)
        elif use.op.means in _KINDS:
            yield _KINDS[use.op.means](at=at, connections=connections, text=text)


def _code(scene: Scene, use: Use) -> int | None:
    """The close code, when it folds."""
    for index, argument in enumerate(use.call.arguments):
        if argument.keyword == "code" or (
            argument.keyword is None and index == use.op.code
        ):
            number = folding.fold_number(scene.program, argument.value)
            return int(number) if number is not None else None
    return None
