"""Errors of sockets that nobody listens to."""

from __future__ import annotations

from dataclasses import replace

from wsaudit.model import Evidence, Project, Side
from wsaudit.model.lifecycle import Emitter, Listening
from wsaudit.rule import Problem, Verdicts, check, judged


@check("WS151", on=Listening)
def missing_error_handler(listening: Listening, project: Project) -> Verdicts:
    """A socket whose errors reach nobody."""
    if isinstance(listening, Emitter):
        heard = listening.error
        problem = Problem(listening.at, _ends_process(listening), variant="node")
    else:
        heard = _heard(listening)
        problem = (
            Problem(listening.at, _LOGGED, variant="logged")
            if listening.logged
            else Problem(listening.at, _MESSAGE)
        )
    yield judged(heard, listening.at, problem, there=True)


def _heard(listening: Listening) -> Evidence:
    """Whether an error is heard of, be it by the end that follows it."""
    close, error = listening.close, listening.error
    if not error.absent or close.absent:
        return error
    if close.unknown:
        return close
    why = f"{close.why}, and each error is an end"
    return replace(close, why=why) if listening.closes_after_error else error


_MESSAGE = (
    "nothing listens to errors of this connection: when it cannot be opened nobody is "
    "told"
)
_LOGGED = (
    "nothing listens to errors of this connection: the library writes them to its log, "
    "and the program goes on as if it were connected"
)


def _ends_process(listening: Listening) -> str:
    server = listening.connections[0].side is Side.SERVER
    whose = "of one client" if server else "on this socket"
    return f"a network error {whose} ends the Node process: nothing listens to `error`"
