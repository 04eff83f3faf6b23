"""Tasks of servers that go on when their connection is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.lifecycle import WayOut
from wsaudit.model.tasks import Task
from wsaudit.rule import Confidence, Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_SKIPPED = ("skipped", "on one way out of its handler nothing cancels it")
_WAYS = {
    None: ("never", "nothing cancels it when the connection ends"),
    WayOut.DISCONNECT: _SKIPPED,
    WayOut.END: _SKIPPED,
    WayOut.FAILURE: ("on-failure", "a failure in its handler skips what ends it"),
    WayOut.CANCEL: (
        "not-on-cancel",
        "nothing cancels it when its handler is cancelled",
    ),
}


@check("WS109", on=Task)
def task_outlives_connection(task: Task, _project: Project) -> Verdicts:
    """A task that uses the socket must end on every way out of the connection."""
    if task.ending is None or not any(one.judged for one in task.connections):
        return
    over = task.ending.over
    variant, why = _WAYS[task.ending.missed]
    sure = variant in {"never", "skipped"}
    yield judged(
        over,
        task.at,
        Problem(
            task.at,
            f"the task of `{task.runs}` goes on using the socket: {why}",
            variant=variant,
            confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
            related=(Related(over.at, "from here on"),) if over.at else (),
        ),
    )
