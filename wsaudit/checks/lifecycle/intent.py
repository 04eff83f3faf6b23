"""Clients that come back from a close that was meant."""

from __future__ import annotations

from wsaudit.model import Project, Role
from wsaudit.model.reconnection import ReconnectPolicy
from wsaudit.rule import Pass, Problem, Related, Undecided, Verdicts, check


@check("WS101", on=ReconnectPolicy)
def reconnect_ignores_close_intent(
    policy: ReconnectPolicy, project: Project
) -> Verdicts:
    """The way back cannot tell a lost connection from one that was closed."""
    intent = policy.intent
    if intent is None or policy.role is Role.TEST:
        return
    if intent.told.present:
        yield Pass(intent.told.at or intent.at, intent.told.why)
    elif intent.told.unknown:
        yield Undecided(intent.at, intent.told.why)
    else:
        yield Problem(
            intent.at,
            _UNMOUNTED if intent.unmounts else _CLOSED,
            related=(Related(intent.closed, "closed on purpose here"),),
        )


_UNMOUNTED = (
    "this reconnects after every close, also after that of the component's own "
    "cleanup, so the end of the component opens a new connection"
)
_CLOSED = (
    "this reconnects after every close, also when the code has closed the socket "
    "itself, so a connection that was ended on purpose comes back"
)
