"""Ends of connections that nobody notices."""

from __future__ import annotations

from wsaudit.model import Project, Role, Side
from wsaudit.model.lifecycle import Listening
from wsaudit.rule import Problem, Verdicts, check, judged

_JUDGED = frozenset({Role.PERSISTENT, Role.TASK_SCOPED})


@check("WS102", on=Listening)
def missing_close_handler(listening: Listening, project: Project) -> Verdicts:
    """A client that shows messages and does not notice that there are no more."""
    connection, close = listening.connections[0], listening.close
    if connection.side is Side.SERVER or connection.role not in _JUDGED:
        return
    if not listening.messages:
        return
    variant = "task-scoped" if connection.role is Role.TASK_SCOPED else ""
    problem = Problem(listening.at, _message(listening), variant=variant)
    yield judged(close, listening.at, problem, there=True)


def _message(listening: Listening) -> str:
    gone = "this WebSocket has no close handler: a dropped connection changes nothing"
    lost = listening.reopens is not None and listening.reopens.absent
    return f"{gone} in the app, and nothing opens it again" if lost else f"{gone} in it"
