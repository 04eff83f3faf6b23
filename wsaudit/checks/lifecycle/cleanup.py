"""Cleanups of servers: what a connection leaves behind when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.lifecycle import WayOut
from wsaudit.model.registry import Cleanup, Held, Registration
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS107", on=Cleanup)
def cleanup_not_in_finally(cleanup: Cleanup, _project: Project) -> Verdicts:
    """What undoes a registration must run on every way out."""
    if cleanup.doubt:
        yield Undecided(cleanup.at, cleanup.doubt)
    elif cleanup.missed is None:
        yield Pass(cleanup.at, f"`{cleanup.text}` runs on every way out")
    elif cleanup.before_try:
        yield _before_try(cleanup)
    else:
        yield _missed(cleanup, cleanup.missed)


def _missed(cleanup: Cleanup, out: WayOut) -> Problem:
    variant, message = _of_way(cleanup, out)
    skips = cleanup.skipped_at
    return Problem(
        cleanup.at,
        f"`{cleanup.text}` {message}",
        variant=variant,
        confidence=Confidence.MEDIUM if out is WayOut.CANCEL else None,
        related=(Related(skips, "a failure here skips it"),) if skips else (),
    )


def _of_way(cleanup: Cleanup, out: WayOut) -> tuple[str, str]:
    """The variant for a way out that is missed, and what happens there."""
    dead = "the dead socket registered"
    match out:
        case WayOut.CANCEL:
            return "not-on-cancel", (
                "runs in `except` clauses only: when the handler is cancelled the dead "
                "socket stays registered"
            )
        case WayOut.END:
            return "not-on-return", (
                f"waits for an exception, but {_ending(cleanup)} without one: the dead "
                "socket stays registered"
            )
        case _ if not cleanup.handled:
            return "after-loop", (
                f"runs after a normal end only: a failure in `{cleanup.skipped}` "
                f"leaves {dead}"
            )
        case _:
            return "only-on-disconnect", (
                f"runs only on `{cleanup.waits_for}`: any other failure in "
                f"`{cleanup.skipped}` leaves {dead}"
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
