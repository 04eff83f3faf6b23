"""Errors of WebSocket work that nobody ever hears of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.errors import Catch, Catching
from wsaudit.rule import Confidence, Pass, Problem, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS150", on=Catch)
def swallowed_websocket_error(handler: Catch, _project: Project) -> Verdicts:
    """Whoever catches an error says so, or does something about it."""
    for known in (handler.acts, handler.fine):
        if known.present:
            yield Pass(handler.at, known.why)
            return
    yield Problem(
        handler.at,
        _message(handler),
        variant=_variant(handler),
        confidence=Confidence.MEDIUM if handler.catching is Catching.GATHER else None,
    )


def _variant(handler: Catch) -> str:
    if handler.cancellation:
        return "swallows-cancellation"
    return "commented" if handler.commented else ""


def _message(handler: Catch) -> str:
    if handler.catching is Catching.GATHER:
        return (
            f"errors while {handler.work} become results that nobody looks at: a "
            f"delivery that fails leaves no trace"
        )
    if handler.cancellation:
        return (
            f"this discards every error while {handler.work}, and the cancellation of "
            f"the task too, which then cannot be stopped"
        )
    what = "this `except:`" if handler.bare else "this"
    return (
        f"{what} discards every error while {handler.work}: what fails here leaves no "
        f"trace and nobody is told"
    )
