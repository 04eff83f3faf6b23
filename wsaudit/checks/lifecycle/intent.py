"""Clients that come back from a close that was meant."""

from __future__ import annotations

from wsaudit.model import Project, Role
from wsaudit.model.reconnection import ReconnectPolicy
from wsaudit.rule import Problem, Related, Verdicts, check, judged


@check("WS101", on=ReconnectPolicy)
def reconnect_ignores_close_intent(
    policy: ReconnectPolicy, project: Project
) -> Verdicts:
    """The way back cannot tell a lost connection from one that was closed."""
    intent = policy.intent
    if intent is None or policy.role is Role.TEST:
        return
    yield judged(
        intent.told,
        intent.at,
        Problem(
            intent.at,
            _UNMOUNTED if intent.unmounts else _CLOSED,
            related=(Related(intent.closed, "closed on purpose here"),),
        ),
        there=True,
    )


_UNMOUNTED = (
    "this reconnects after every close, also after that of the component's own "
    "cleanup, so the end of the component opens a new connection"
)
_CLOSED = (
    "this reconnects after every close, also when the code has closed the socket "
    "itself, so a connection that was ended on purpose comes back"
)
