"""Whether a person can see that a connection is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.lifecycle import Notice
from wsaudit.model.reconnection import ReconnectPolicy
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS129", on=Notice)
def connection_status_not_shown(notice: Notice, project: Project) -> Verdicts:
    """The end of a connection must change something on the page."""
    policies = project.of(ReconnectPolicy, notice.connections[0])
    if any(policy.service for policy in policies):
        return
    problem = Problem(notice.at, _message(notice))
    yield judged(notice.shown, notice.at, problem, there=True)


def _message(notice: Notice) -> str:
    quiet = "nobody can tell a dead connection from a quiet one"
    if not notice.event:
        return f"the state of this connection is shown nowhere: {quiet}"
    if notice.tracked:
        return (
            f"`{notice.event}` calls `{notice.tracked}()`, and nothing on the page "
            f"shows what that writes: {quiet}"
        )
    return f"`{notice.event}` changes nothing that the page shows: {quiet}"
