"""Clients that come back and do not ask what they missed."""

from __future__ import annotations

from wsaudit.model import Project, Role
from wsaudit.model.protocol import Pair
from wsaudit.model.reconnection import Greeting, Resync
from wsaudit.rule import (
    Confidence,
    Pass,
    Problem,
    Related,
    Undecided,
    Verdicts,
    check,
)

NOT_JUDGED = frozenset({Role.TEST, Role.ONE_SHOT, Role.BRIDGE, Role.LIBRARY})


@check("WS127", on=Resync)
def reconnect_without_resync(resync: Resync, project: Project) -> Verdicts:
    """What came in while the client was away is never caught up with."""
    if resync.connections[0].role in NOT_JUDGED:
        return
    if resync.caught_up.present:
        yield Pass(resync.caught_up.at or resync.at, resync.caught_up.why)
    elif not resync.written:
        if resync.doubt:
            yield Undecided(resync.at, resync.doubt)
        else:
            yield Pass(resync.at, _nothing_missed(resync))
    elif resync.caught_up.unknown:
        yield Undecided(resync.at, resync.caught_up.why)
    else:
        yield _judged(resync, _greetings(resync, project), project)


def _nothing_missed(resync: Resync) -> str:
    if resync.passing:
        return f"nobody misses what `{resync.passing}` lacks: it soon is over"
    return "each message replaces the whole state"


def _greetings(resync: Resync, project: Project) -> tuple[Greeting, ...]:
    """What the endpoints send that the client talks to."""
    return tuple(
        greeting
        for pair in project.of(Pair, resync.connections[0])
        for greeting in project.of(Greeting, pair.endpoint.connection)
    )


def _judged(
    resync: Resync, greetings: tuple[Greeting, ...], project: Project
) -> Problem | Pass | Undecided:
    """The verdict on a client that asks for nothing, by what it is sent."""
    for greeting in greetings:
        if greeting.snapshot.present:
            return Pass(greeting.snapshot.at or greeting.at, greeting.snapshot.why)
        if greeting.snapshot.unknown:
            return Undecided(resync.at, greeting.snapshot.why)
    elsewhere = () if greetings else project.all(Greeting)
    for greeting in elsewhere:
        if not greeting.snapshot.absent and greeting.connections[0].judged:
            return Undecided(resync.at, "whether its server sends what there is")
    if resync.asks is None:
        return _problem(resync, _forgets(resync, served=bool(greetings)), "")
    if not greetings or any(greeting.answers.present for greeting in greetings):
        return Undecided(resync.asks, "what the server answers to this message")
    return _problem(
        resync,
        f"the server does not answer what is sent on opening, so after a reconnect "
        f"`{resync.written}` lacks what came meanwhile",
        "resubscribe-only",
    )


def _forgets(resync: Resync, *, served: bool) -> str:
    unless = "" if served else ", unless the server sends it on connecting"
    return (
        f"reconnects without asking what it missed, so `{resync.written}` lacks what "
        f"came meanwhile{unless}"
    )


def _problem(resync: Resync, message: str, variant: str) -> Problem:
    related: tuple[Related, ...] = ()
    if resync.write is not None:
        related = (Related(resync.write, "messages add to it here"),)
    if resync.connections[0].role is Role.TASK_SCOPED:
        variant = "task-scoped"
    return Problem(
        resync.at, message, variant, confidence=Confidence.MEDIUM, related=related
    )
