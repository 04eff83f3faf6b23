"""Loops for all connections that end unnoticed."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.tasks import Background, Guard
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, Verdicts, check


@check("WS272", on=Background)
def background_task_dies_unnoticed(loop: Background, project: Project) -> Verdicts:
    """One error ends a loop that all connections depend on."""
    if loop.fails.absent:
        yield Pass(loop.at, loop.fails.why)
    elif loop.watched.present:
        yield Pass(loop.watched.at or loop.at, loop.watched.why)
    elif loop.watched.unknown:
        yield Undecided(loop.at, loop.watched.why)
    elif loop.fails.unknown:
        yield Undecided(loop.at, f"whether {loop.fails.why} fails is not in sight")
    else:
        outside = loop.guard is Guard.OUTSIDE and loop.handler is not None
        yield Problem(
            loop.handler if outside and loop.handler else loop.at,
            _message(loop),
            variant="thread" if loop.thread else loop.guard.value,
            confidence=Confidence.MEDIUM if loop.guard is Guard.NARROW else None,
            related=_related(loop),
        )


def _message(loop: Background) -> str:
    if loop.guard is Guard.OUTSIDE:
        return (
            f"this handler stands outside of the loop: after one error "
            f"({loop.fails.why}) `{loop.name}` is over, and clients get nothing more"
        )
    return (
        f"one error in this loop ({loop.fails.why}) ends `{loop.name}` for good: "
        f"nobody starts it again or looks at it, and clients get nothing more"
    )


def _related(loop: Background) -> tuple[Related, ...]:
    started = Related(loop.started, "started here")
    if loop.fails.at is None:
        return (started,)
    return (started, Related(loop.fails.at, "this may fail"))
