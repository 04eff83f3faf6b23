"""Tasks that nobody holds."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.tasks import Task
from wsaudit.rule import Problem, Verdicts, check, judged


@check("WS182", on=Task)
def unreferenced_task(task: Task, project: Project) -> Verdicts:
    """A task that is started and let go of."""
    if not any(one.judged for one in task.connections):
        return
    message = (
        f"nothing holds the task of `{task.runs}`: it may be collected while it "
        "waits, and what it raises is lost"
    )
    # What keeps the tasks of a module is written once.
    problem = Problem(task.at, message, cause=task.at.path)
    yield judged(task.kept, task.at, problem)
