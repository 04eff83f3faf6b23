"""One bad message must not end a connection, let alone the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.receiving import Boundary, Processing, Taking
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_LEFT = {
    Taking.LOOP: "leaves this loop",
    Taking.METHOD: "leaves this method",
    Taking.LISTENER: "leaves this listener",
}
_FINE = {
    Boundary.KEPT: "an error is caught for each message",
    Boundary.REFUSED: "a bad message closes the connection on purpose",
}


@check("WS265", on=Processing)
def missing_per_message_error_boundary(
    processing: Processing, _project: Project
) -> Verdicts:
    """An exception in the processing of one message costs that message alone."""
    weakest = processing.weakest
    boundary = weakest.boundary
    if boundary in _FINE:
        yield Pass(processing.at, _FINE[boundary])
        return
    if boundary is Boundary.UNKNOWN:
        yield Undecided(
            processing.at, f"what `{weakest.text}` does with errors is not in sight"
        )
        return
    if processing.fatal and _in_library(processing):
        yield Undecided(
            processing.at,
            "this is a library: its errors are those of the application it serves",
        )
        return
    yield Problem(
        processing.at,
        _message(processing),
        variant=_variant(processing),
        related=(Related(weakest.at, "this may raise"),),
    )


def _in_library(processing: Processing) -> bool:
    return all(connection.role is Role.LIBRARY for connection in processing.connections)


def _variant(processing: Processing) -> str:
    if processing.fatal:
        return "node"
    return {Boundary.NARROW: "narrow", Boundary.CLOSED: "closes"}.get(
        processing.weakest.boundary, ""
    )


def _message(processing: Processing) -> str:
    left = _LEFT[processing.taking]
    weakest = processing.weakest
    if processing.fatal:
        return (
            f"an error in `{weakest.text}` {left} uncaught and ends the process: "
            f"one bad message disconnects everyone"
        )
    if weakest.boundary is Boundary.NARROW:
        return (
            f"only some errors are caught for each message: any other in "
            f"`{weakest.text}` {left} and closes the connection"
        )
    if weakest.boundary is Boundary.CLOSED:
        return (
            f"an error in `{weakest.text}` {left}: it is caught further out, but one "
            f"bad message ends the session"
        )
    return (
        f"an error in `{weakest.text}` {left} and drops the connection: one bad "
        f"message ends the session with {processing.code}"
    )
