"""Errors of sockets that nobody listens to."""

from __future__ import annotations

from wsaudit.model import Project, Side
from wsaudit.model.lifecycle import Emitter, Listening
from wsaudit.rule import Pass, Problem, Undecided, Verdicts, check


@check("WS151", on=Listening)
def missing_error_handler(listening: Listening, project: Project) -> Verdicts:
    """A socket whose errors reach nobody."""
    close, error = listening.close, listening.error
    if error.present:
        yield Pass(error.at or listening.at, error.why)
    elif error.unknown:
        yield Undecided(listening.at, error.why)
    elif isinstance(listening, Emitter):
        yield Problem(listening.at, _ends_process(listening), variant="node")
    elif close.unknown:
        yield Undecided(listening.at, close.why)
    elif close.present and listening.closes_after_error:
        yield Pass(close.at or listening.at, f"{close.why}, and each error is an end")
    elif listening.logged:
        yield Problem(listening.at, _LOGGED, variant="logged")
    else:
        yield Problem(listening.at, _MESSAGE)


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
