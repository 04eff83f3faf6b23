"""Receive loops that do not notice that their socket is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.receiving import Disconnect, Spin
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS183", on=Disconnect)
def receive_loop_swallows_disconnect(end: Disconnect, _project: Project) -> Verdicts:
    """What ends a connection must end the loop that receives from it."""
    loop = (Related(end.loop, f"the loop around `{end.receive}`"),)
    match end.spin:
        case Spin.ENDS:
            yield Pass(end.at, end.ends.why)
        case Spin.UNKNOWN:
            yield Undecided(end.at, end.ends.why)
        case Spin.TIGHT:
            yield Problem(
                end.at,
                f"this catches the disconnect and loops: once the peer is gone "
                f"`{end.receive}` fails at once, for ever, and blocks the event loop",
                related=loop,
            )
        case Spin.PAUSED:
            yield Problem(
                end.at,
                f"this catches the disconnect and loops: once the peer is gone "
                f"`{end.receive}` fails again after every pause and nothing is cleaned "
                f"up",
                variant="paused",
                related=loop,
            )
        case Spin.ACCIDENT:
            yield Problem(
                end.at,
                "this catches the disconnect too, and what it then sends fails: every "
                "client that leaves ends in an unhandled error",
                variant="send-in-handler",
                related=loop,
            )
