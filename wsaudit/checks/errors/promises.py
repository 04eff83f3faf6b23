"""Async work whose failure nobody hears of."""

from __future__ import annotations

from wsaudit.model import Handler, Project
from wsaudit.model.errors import Reporter
from wsaudit.model.tasks import AsyncCall, Task
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, Verdicts, check


@check("WS159", on=AsyncCall)
def floating_promise_in_handler(call: AsyncCall, project: Project) -> Verdicts:
    """A promise, or a coroutine, that nothing takes."""
    if not any(one.judged for one in call.connections):
        return
    if call.taken.present:
        yield Pass(call.at, call.taken.why)
    elif call.coroutine:
        yield Problem(
            call.at,
            f"`{call.text}` is not awaited, so it never runs",
            variant="coroutine-never-awaited",
            confidence=Confidence.HIGH,
        )
    elif call.fails.absent:
        yield Pass(call.at, call.fails.why)
    elif call.fails.unknown:
        yield Undecided(call.at, f"whether {call.fails.why} fails is not in sight")
    else:
        where = (Related(call.fails.at, "this may fail"),) if call.fails.at else ()
        yield Problem(
            call.at,
            _message(call),
            variant=_variant(call, project),
            confidence=Confidence.LOW if call.meant else None,
            related=where if call.fails.why else (),
            cause=call.fails.at if call.fails.why else None,
        )


def _variant(call: AsyncCall, project: Project) -> str:
    if call.meant:
        return "void"
    return "reported" if project.all(Reporter) else ""


def _message(call: AsyncCall) -> str:
    what = f"`{call.text}` is async and nothing handles its failure"
    if call.fatal:
        return f"{what}, which ends the Node process"
    if call.connects:
        return f"{what}: when it fails no further attempt is made and nobody is told"
    return f"{what}, so nobody learns that it did not happen"


@check("WS158", on=Handler)
def unguarded_async_handler(handler: Handler, project: Project) -> Verdicts:
    """An async handler's promise goes to nobody."""
    rejects = handler.rejects
    if rejects is None or not any(one.judged for one in handler.connections):
        return
    if rejects.absent:
        yield Pass(handler.at, rejects.why)
    elif rejects.unknown:
        yield Undecided(handler.at, f"whether {rejects.why} fails is not in sight")
    else:
        costs = "ends the Node process" if handler.fatal else "leaves it half done"
        reported = "reported" if project.all(Reporter) else ""
        yield Problem(
            handler.at,
            f"nothing waits for this async `{handler.name}` handler: a failure "
            f"({rejects.why}) {costs} and nobody is told",
            variant=reported or ("node" if handler.fatal else ""),
            related=(Related(rejects.at, "this may fail"),) if rejects.at else (),
        )


@check("WS158", on=Task)
def unguarded_async_handler_in_a_task(task: Task, project: Project) -> Verdicts:
    """A task that goes on beside the connection, whose exception nobody asks for."""
    if not task.lasting or not any(one.judged for one in task.connections):
        return
    if task.watched.present:
        yield Pass(task.at, task.watched.why)
    elif task.fails.absent:
        yield Pass(task.at, task.fails.why)
    elif task.watched.unknown:
        yield Undecided(task.at, task.watched.why)
    elif task.fails.unknown:
        yield Undecided(task.at, f"whether {task.fails.why} fails is not in sight")
    else:
        yield Problem(
            task.at,
            f"nobody asks how the task of `{task.runs}` ended: when it fails "
            f"({task.fails.why}) it is over, and the connection goes on without it",
            variant="task",
            confidence=Confidence.MEDIUM,
            related=(Related(task.fails.at, "this may fail"),) if task.fails.at else (),
        )
