"""One bad message must not end a connection, let alone the process."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.codes import BAD_MESSAGE
from wsaudit.model.receiving import Processing, Taking, Work
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_LEFT = {
    Taking.LOOP: "leaves this loop",
    Taking.METHOD: "leaves this method",
    Taking.LISTENER: "leaves this listener",
}


class _Costs(IntEnum):
    """What an exception in the processing of one message costs, the worst first."""

    DROPPED = 0
    """The connection, without a close frame."""
    SOME = 1
    """Some kinds of exceptions are caught, others end the connection."""
    ENDED = 2
    """The connection: it is caught further out, where it ends or is closed."""
    REFUSED = 3
    """The connection, on purpose: it is closed with a code for bad messages."""
    UNKNOWN = 4
    """Better than all that is sure, and worse than nothing."""
    NOTHING = 5


_FINE = {
    _Costs.NOTHING: "an error is caught for each message",
    _Costs.REFUSED: "a bad message closes the connection on purpose",
}


def _costs(work: Work) -> _Costs:
    fate = work.fate
    if fate.stopped.unknown:
        return _Costs.UNKNOWN
    if any(code in BAD_MESSAGE or code >= 4000 for code in fate.codes):
        return _Costs.REFUSED
    if fate.lasts:
        return _Costs.NOTHING
    if fate.stopped.present:
        return _Costs.ENDED
    if not work.sure:
        return _Costs.UNKNOWN
    return _Costs.SOME if fate.narrow or work.odd else _Costs.DROPPED


def _counted(processing: Processing) -> list[Work]:
    """The work that counts: a relay that fails with its far end is none.

    Where what does not parse is caught, a message of quite another type is left.
    """
    parses = [_costs(one) in _FINE for one in processing.work if one.parses]
    guarded = bool(parses) and all(parses)
    return [
        one
        for one in processing.work
        if _costs(one) in _FINE
        or not (one.relay or (one.odd and not guarded))
        or (one.odd and one.fate.narrow)
    ]


@check("WS265", on=Processing)
def missing_per_message_error_boundary(
    processing: Processing, _project: Project
) -> Verdicts:
    """An exception in the processing of one message costs that message alone."""
    found = _counted(processing)
    if not found:
        return
    weakest = min(found, key=lambda one: (_costs(one), -one.likely))
    costs = _costs(weakest)
    if costs in _FINE:
        yield Pass(processing.at, _FINE[costs])
    elif costs is _Costs.UNKNOWN:
        why = f"what `{weakest.text}` does with errors is not in sight"
        yield Undecided(processing.at, why)
    elif processing.fatal and _in_library(processing):
        why = "this is a library: its errors are those of the application it serves"
        yield Undecided(processing.at, why)
    else:
        variant = {_Costs.SOME: "narrow", _Costs.ENDED: "closes"}.get(costs, "")
        yield Problem(
            processing.at,
            _message(processing, weakest, costs),
            variant="node" if processing.fatal else variant,
            related=_related(weakest),
        )


def _related(weakest: Work) -> tuple[Related, ...]:
    may = Related(weakest.at, "this may raise")
    at = weakest.fate.stopped.at
    return (may, Related(at, "it is caught here")) if at is not None else (may,)


def _in_library(processing: Processing) -> bool:
    return all(connection.role is Role.LIBRARY for connection in processing.connections)


def _message(processing: Processing, weakest: Work, costs: _Costs) -> str:
    left = _LEFT[processing.taking]
    if processing.fatal:
        return (
            f"an error in `{weakest.text}` {left} uncaught and ends the process: "
            f"one bad message disconnects everyone"
        )
    if costs is _Costs.SOME:
        return (
            f"only some errors are caught for each message: any other in "
            f"`{weakest.text}` {left} and closes the connection"
        )
    if costs is _Costs.ENDED:
        return (
            f"what catches an error in `{weakest.text}` ends the session: one bad "
            f"message costs the client its connection"
        )
    return (
        f"an error in `{weakest.text}` {left} and drops the connection: one bad "
        f"message ends the session with {processing.code}"
    )
