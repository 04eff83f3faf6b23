"""Connections that nothing opens again."""

from __future__ import annotations

from wsaudit.model import Project, Role
from wsaudit.model.reconnection import ReconnectPolicy
from wsaudit.rule import Confidence, Problem, Verdicts, check, judged


@check("WS120", on=ReconnectPolicy)
def missing_reconnect(policy: ReconnectPolicy, project: Project) -> Verdicts:
    """A lost connection stays lost."""
    if not policy.expected:
        return
    yield judged(
        policy.reopens,
        policy.at,
        Problem(
            policy.at,
            _message(policy),
            variant="task-scoped" if policy.role is Role.TASK_SCOPED else "",
            confidence=Confidence.MEDIUM if policy.python else None,
        ),
        there=True,
    )


def _message(policy: ReconnectPolicy) -> str:
    if policy.role is Role.TASK_SCOPED:
        return (
            "nothing reopens this WebSocket when it drops, and nothing else asks how "
            "the job went on, so its end is never seen"
        )
    if policy.service:
        return (
            "nothing opens this connection again when it drops, so the client hears "
            "nothing more until it is restarted"
        )
    return (
        "nothing reopens this WebSocket when it drops, so the page stays disconnected "
        "until it is reloaded"
    )
