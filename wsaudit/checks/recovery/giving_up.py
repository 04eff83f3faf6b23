"""What is left to a user when a client has given up."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.reconnection import LastAttempt
from wsaudit.rule import Problem, Verdicts, check, judged


@check("WS269", on=LastAttempt)
def missing_failed_state_or_retry(last: LastAttempt, project: Project) -> Verdicts:
    """After the last attempt nothing is said, and nothing but a reload helps."""
    if last.told.absent:
        says = "nothing on the page changes, and only a reload opens the connection"
    else:
        says = "the user can only reload: no control opens the connection"
    problem = Problem(
        last.at,
        f"after the last attempt {says} again",
        variant="" if last.told.absent else "no-retry",
    )
    yield judged(last.retry, last.at, problem, there=True)
