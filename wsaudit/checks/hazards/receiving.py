"""Receive loops that do not notice that their socket is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.receiving import Disconnect
from wsaudit.rule import Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


_GONE = "this catches the disconnect and loops: once the peer is gone"
_BLOCKS = "and blocks the event loop"
_DIRTY = "and nothing is cleaned up"
_FAILS = (
    "this catches the disconnect too, and what it then sends fails: every client that "
    "leaves ends in an unhandled error"
)


@check("WS183", on=Disconnect)
def receive_loop_swallows_disconnect(end: Disconnect, _project: Project) -> Verdicts:
    """What ends a connection must end the loop that receives from it."""
    variant, message = "", f"{_GONE} `{end.receive}` fails at once, for ever, {_BLOCKS}"
    if end.raises:
        variant, message = "send-in-handler", _FAILS
    elif end.pauses:
        variant = "paused"
        message = f"{_GONE} `{end.receive}` fails again after every pause {_DIRTY}"
    loop = Related(end.loop, f"the loop around `{end.receive}`")
    problem = Problem(end.at, message, variant=variant, related=(loop,))
    yield judged(end.ends, end.at, problem)
