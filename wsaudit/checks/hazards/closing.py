"""Closes of connections whose other end has left already."""

from __future__ import annotations

from wsaudit.model import Close, Project
from wsaudit.rule import Pass, Problem, Related, Undecided, Verdicts, check


@check("WS184", on=Close)
def close_after_disconnect(close: Close, project: Project) -> Verdicts:
    """A handler or ``finally`` closes a socket that the client has left."""
    end = close.after_end
    if end is None or not close.connections[0].judged:
        return
    if end.present:
        met = (Related(end.at, "the client's leaving is met here"),) if end.at else ()
        message = (
            f"`{close.text}()` also runs when the client has left: it raises an error "
            "of its own, which hides the first one"
        )
        yield Problem(close.at, message, related=met)
    elif end.unknown:
        yield Undecided(close.at, end.why)
    else:
        yield Pass(close.at, end.why)
