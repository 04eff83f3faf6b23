"""Cleanups of servers: what a connection leaves behind when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.registry import Cleanup, Covers, Held, Registration
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS107", on=Cleanup)
def cleanup_not_in_finally(cleanup: Cleanup, _project: Project) -> Verdicts:
    """What undoes a registration must run on every way out."""
    skipped = (
        (Related(cleanup.skipped_at, "a failure here skips it"),)
        if cleanup.skipped_at
        else ()
    )
    match cleanup.covers:
        case Covers.ALWAYS:
            yield Pass(cleanup.at, f"`{cleanup.text}` runs on every way out")
        case Covers.UNKNOWN:
            yield Undecided(cleanup.at, cleanup.why)
        case Covers.BEFORE_TRY:
            yield _before_try(cleanup)
        case Covers.NOT_ON_CANCEL:
            yield Problem(
                cleanup.at,
                f"`{cleanup.text}` runs in `except` clauses only: when the handler is "
                f"cancelled the dead socket stays registered",
                variant="not-on-cancel",
                confidence=Confidence.MEDIUM,
                related=skipped,
            )
        case Covers.NOT_ON_RETURN:
            yield Problem(
                cleanup.at,
                f"`{cleanup.text}` waits for an exception, but {_ending(cleanup)} "
                f"without one: the dead socket stays registered",
                variant="not-on-return",
                related=skipped,
            )
        case Covers.AFTER_LOOP:
            yield Problem(
                cleanup.at,
                f"`{cleanup.text}` runs after a normal end only: a failure in "
                f"`{cleanup.skipped}` leaves the dead socket registered",
                variant="after-loop",
                related=skipped,
            )
        case Covers.ONLY_ON_DISCONNECT:
            yield Problem(
                cleanup.at,
                f"`{cleanup.text}` runs only on `{cleanup.waits_for}`: any other "
                f"failure in `{cleanup.skipped}` leaves the dead socket registered",
                variant="only-on-disconnect",
                related=skipped,
            )


def _ending(cleanup: Cleanup) -> str:
    if cleanup.skipped.endswith("()"):
        return f"`{cleanup.skipped}` ends"
    return "the connection can end"


def _before_try(cleanup: Cleanup) -> Problem:
    at = cleanup.skipped_at or cleanup.at
    sure = Confidence.MEDIUM if cleanup.on_socket else Confidence.LOW
    return Problem(
        at,
        f"a failure here comes before the `try`, so `{cleanup.text}` does not run and "
        f"the dead socket stays registered",
        variant="before-try",
        confidence=sure,
        related=(Related(cleanup.at, "the cleanup that is skipped"),),
    )


@check("WS107", on=Registration)
def cleanup_not_in_finally_for_callbacks(
    registration: Registration, _project: Project
) -> Verdicts:
    """A callback that uses the socket must be taken back when the socket is gone."""
    if registration.held is not Held.CALLBACK:
        return
    undone, removal = registration.undone, registration.removal
    if undone.unknown:
        yield Undecided(registration.at, undone.why)
    elif undone.absent:
        other = (Related(removal.at, removal.why),) if removal.at else ()
        yield Problem(
            registration.at,
            f"the callback put into `{registration.registry}` is not taken out when "
            f"the connection ends: it is still called once the socket is dead",
            variant="never-undone",
            confidence=Confidence.HIGH if removal.absent else Confidence.MEDIUM,
            related=(Related(registration.added_at, "put in here"), *other),
        )
