"""Closures: a socket's handler outlives the render whose values it captured."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.races import SocketCallback
from wsaudit.rule import Confidence, Pass, Problem, Related, Verdicts, check


@check("WS205", on=SocketCallback)
def stale_closure_in_socket_handler(
    callback: SocketCallback, project: Project
) -> Verdicts:
    """A captured value that the handler still reads after it has changed."""
    if not callback.by_effect and not callback.stale:
        return
    sure = callback.by_effect
    for capture in callback.stale:
        yield Problem(
            capture.at,
            f"`{capture.name}` is the value of the render that attached this handler; "
            "after it changes the handler still uses the old one",
            confidence=None if sure and capture.kind != "prop" else Confidence.MEDIUM,
            related=(
                Related(capture.declared, f"`{capture.name}` changes here"),
                Related(callback.at, "the handler is attached here"),
            ),
        )
    if not callback.stale:
        yield Pass(callback.at, callback.fresh or "it reads no value of a render")


@check("WS206", on=SocketCallback)
def snapshot_write_loses_messages(
    callback: SocketCallback, project: Project
) -> Verdicts:
    """A new value built from the captured one: what came between is gone."""
    for write in callback.snapshots:
        yield Problem(
            write.at,
            f"each message rebuilds `{write.name}` from the value captured when this "
            "handler was attached, so what earlier messages added is lost",
            related=(Related(write.declared, f"`{write.name}` is declared here"),),
        )
    if not callback.snapshots:
        yield Pass(callback.at, callback.fresh or "it writes no state from a snapshot")
