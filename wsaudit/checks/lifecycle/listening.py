"""Ends of connections that nobody notices."""

from __future__ import annotations

from wsaudit.model import Project, Role, Side
from wsaudit.model.lifecycle import Listening
from wsaudit.rule import Pass, Problem, Undecided, Verdicts, check

_JUDGED = frozenset({Role.PERSISTENT, Role.TASK_SCOPED})


@check("WS102", on=Listening)
def missing_close_handler(listening: Listening, project: Project) -> Verdicts:
    """A client that shows messages and does not notice that there are no more."""
    connection, close = listening.connections[0], listening.close
    if connection.side is Side.SERVER or connection.role not in _JUDGED:
        return
    if not listening.messages:
        return
    if close.present:
        yield Pass(close.at or listening.at, close.why)
    elif close.unknown:
        yield Undecided(listening.at, close.why)
    else:
        scoped = connection.role is Role.TASK_SCOPED
        variant = "task-scoped" if scoped else ""
        yield Problem(listening.at, _message(listening), variant=variant)


def _message(listening: Listening) -> str:
    gone = "this WebSocket has no close handler: a dropped connection changes nothing"
    lost = listening.reopens is not None and listening.reopens.absent
    return f"{gone} in the app, and nothing opens it again" if lost else f"{gone} in it"
