"""Ends of connections that nobody asks the reason of."""

from __future__ import annotations

from wsaudit.model import Project, Role
from wsaudit.model.reconnection import CloseHandling
from wsaudit.rule import Pass, Problem, Undecided, Verdicts, check


@check("WS153", on=CloseHandling)
def close_code_ignored(handling: CloseHandling, project: Project) -> Verdicts:
    """A client treats every end of its connection alike."""
    role = handling.connections[0].role
    if role in {Role.TEST, Role.ONE_SHOT}:
        return
    if not handling.retries and not handling.shows:
        return
    if handling.reads.present:
        yield Pass(handling.reads.at or handling.at, handling.reads.why)
    elif handling.reads.unknown:
        yield Undecided(handling.at, handling.reads.why)
    else:
        yield Problem(handling.at, _message(handling), variant=_graveness(handling))


def _graveness(handling: CloseHandling) -> str:
    if handling.decides:
        return "library-decides"
    if handling.caught:
        return "service"
    return "" if handling.retries else "shown"


def _message(handling: CloseHandling) -> str:
    name = handling.event
    if handling.decides:
        return (
            f"`{name}` ignores its reason: when the server threw the client out, which "
            f"nothing reopens, it looks like a network drop"
        )
    if handling.caught:
        return (
            f"`{name}` is caught without a look at its code, so a refused login (1008 "
            f"or 4001) is retried like a network drop"
        )
    if handling.retries:
        return (
            f"`{name}` ignores the close code, so an expired login (1008 or 4001) is "
            f"retried like a network drop"
        )
    return (
        f"`{name}` ignores the close code, so an expired login (1008 or 4001) looks "
        f"like a network drop"
    )
