"""Ends of connections that nobody asks the reason of."""

from __future__ import annotations

from wsaudit.model import Close, Project, Role
from wsaudit.model.access import Access
from wsaudit.model.handshake import Refusal
from wsaudit.model.protocol import Pair
from wsaudit.model.reconnection import CloseHandling
from wsaudit.rule import Problem, Verdicts, check, judged

_PLANNED = frozenset({None, 1000, 1001})
"""The codes of ends that are no refusal; None where none is given."""


@check("WS153", on=CloseHandling)
def close_code_ignored(handling: CloseHandling, project: Project) -> Verdicts:
    """A client treats every end of its connection alike."""
    role = handling.connections[0].role
    if role in {Role.TEST, Role.ONE_SHOT}:
        return
    if not handling.retries and not handling.shows:
        return
    variant = _graveness(handling, project)
    problem = Problem(handling.at, _message(handling, variant), variant=variant)
    yield judged(handling.reads, handling.at, problem, there=True)


def _graveness(handling: CloseHandling, project: Project) -> str:
    if handling.decides:
        return "library-decides"
    if handling.caught:
        return "service"
    if not handling.retries:
        return "shown"
    return "nobody-refused" if _nobody_refused(handling, project) else ""


def _nobody_refused(handling: CloseHandling, project: Project) -> bool:
    """Whether the server is in sight, asks for no login and closes as planned only."""
    pairs = project.of(Pair, handling.connections[0])
    return bool(pairs) and all(_lets_all_in(pair, project) for pair in pairs)


def _lets_all_in(pair: Pair, project: Project) -> bool:
    server = pair.endpoint.connection
    doors = project.of(Access, server)
    return (
        bool(doors)
        and all(door.checked.absent and door.read_at is None for door in doors)
        and not project.of(Refusal, server)
        and all(close.code in _PLANNED for close in project.of(Close, server))
    )


def _message(handling: CloseHandling, variant: str) -> str:
    name = handling.event
    if variant == "nobody-refused":
        return (
            f"`{name}` ignores the close code, so an end that the server wants (1000 "
            f"or 1001) is retried like a network drop"
        )
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
