"""Tasks that nobody holds."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.tasks import Task
from wsaudit.rule import Pass, Problem, Undecided, Verdicts, check


@check("WS182", on=Task)
def unreferenced_task(task: Task, project: Project) -> Verdicts:
    """A task that is started and let go of."""
    if not any(one.judged for one in task.connections):
        return
    if task.kept.present:
        yield Pass(task.at, task.kept.why)
    elif task.kept.unknown:
        yield Undecided(task.at, task.kept.why)
    else:
        message = (
            f"nothing holds the task of `{task.runs}`: it may be collected while it "
            "waits, and what it raises is lost"
        )
        yield Problem(task.at, message)
