"""Ends of connections that nobody asks the reason of."""

from __future__ import annotations

from wsaudit.model import Close, Project, Role
from wsaudit.model.access import Access
from wsaudit.model.codes import PLANNED
from wsaudit.model.handshake import Refusal
from wsaudit.model.protocol import Pair
from wsaudit.model.reconnection import CloseHandling, ReconnectPolicy
from wsaudit.rule import Option, Problem, Verdicts, check, judged

FEW = Option(
    "WS153", "few-attempts", 10, "attempts after which a client that gives up is fine"
)


@check("WS153", on=CloseHandling)
def close_code_ignored(handling: CloseHandling, project: Project) -> Verdicts:
    """A client treats every end of its connection alike."""
    role = handling.connections[0].role
    if role in {Role.TEST, Role.ONE_SHOT}:
        return
    if not handling.retries and not handling.shows:
        return
    variant = _graveness(handling, project)
    problem = Problem(
        handling.at, _message(handling, variant, project), variant=variant
    )
    yield judged(handling.reads, handling.at, problem, there=True)


def _graveness(handling: CloseHandling, project: Project) -> str:
    if handling.library:
        return "library-decides"
    if handling.caught:
        return "service"
    if not handling.retries:
        return "shown"
    if _nobody_refused(handling, project):
        return "nobody-refused"
    if handling.reads.at is not None:
        return "only-logged"
    return "limited" if _gives_up(handling, project) else ""


def _gives_up(handling: CloseHandling, project: Project) -> bool:
    """Whether a client tries again a few times only."""
    limits = [p.limit for p in project.of(ReconnectPolicy, handling.connections[0])]
    few = FEW.of(project)
    return any(
        limit is not None and limit.attempts is not None and limit.attempts <= few
        for limit in limits
    )


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
        and all(
            set(close.codes) <= PLANNED and (close.codes or not close.coded)
            for close in project.of(Close, server)
        )
    )


def _message(handling: CloseHandling, variant: str, project: Project) -> str:
    name, end = handling.event, "an expired login (1008 or 4001)"
    ignores = f"`{name}` ignores the close code"
    if handling.reads.at is not None:
        ignores = f"`{name}` only tells people the close code"
    match variant:
        case "nobody-refused":
            return (
                f"{ignores}, so an end that the server wants (1000 or 1001) is retried "
                f"like a network drop"
            )
        case "library-decides" if _is_gated(handling, project):
            return (
                f"`{name}` ignores its reason: when the server threw the client out, "
                f"which nothing reopens, it looks like a network drop"
            )
        case "library-decides":
            return f"{ignores}, and the library retries {end} like a network drop"
        case "service":
            return (
                f"`{name}` is caught without a look at its code, so a refused login "
                f"(1008 or 4001) is retried like a network drop"
            )
        case "shown":
            return f"{ignores}, so {end} looks like a network drop"
        case "limited":
            return f"{ignores}, so {end} is retried a few times like a network drop"
        case _:
            return f"{ignores}, so {end} is retried like a network drop"


def _is_gated(handling: CloseHandling, project: Project) -> bool:
    """Whether the library asks for the reason before it reopens."""
    return any(
        policy.gated for policy in project.of(ReconnectPolicy, handling.connections[0])
    )
