"""Ends of connections that would not notice that the other end is gone."""

from __future__ import annotations

from wsaudit.checks.heartbeat.ends import EXEMPT, hidden, partners
from wsaudit.model import Project, Seen, Side
from wsaudit.model.heartbeat import Heartbeat
from wsaudit.rule import (
    Confidence,
    Pass,
    Problem,
    Related,
    Undecided,
    Verdicts,
    check,
)


@check("WS140", on=Heartbeat)
def missing_heartbeat(heartbeat: Heartbeat, project: Project) -> Verdicts:
    """Neither a ping nor a watch on silence keeps this end from waiting for ever."""
    connection = heartbeat.connection
    if not connection.judged or connection.role in EXEMPT:
        return
    found = (heartbeat.library, heartbeat.pings, heartbeat.watches)
    for evidence in found:
        if evidence.present:
            yield Pass(heartbeat.at, evidence.why)
            return
    reason = hidden(connection) or next((e.why for e in found if e.unknown), "")
    if reason:
        yield Undecided(heartbeat.at, reason)
    elif connection.side is Side.SERVER:
        yield _server(heartbeat, _peer(heartbeat, project))
    else:
        yield _client(heartbeat, _peer(heartbeat, project))


def _peer(heartbeat: Heartbeat, project: Project) -> Seen:
    """Whether the other end pings; unknown where no other end is paired with it."""
    pinging = [
        evidence.seen
        for other in partners(heartbeat, project)
        for evidence in (other.library, other.pings)
    ]
    for seen in (Seen.PRESENT, Seen.UNKNOWN, Seen.ABSENT):
        if seen in pinging:
            return seen
    return Seen.UNKNOWN


def _server(heartbeat: Heartbeat, peer: Seen) -> Problem:
    others = len(heartbeat.also)
    count = f" ({others} more alike)" if others else ""
    if heartbeat.keepalive is not None:
        return Problem(
            heartbeat.at,
            "only TCP's keep-alive looks after this connection, so a client that "
            "vanished is noticed after hours, if at all",
            variant="tcp-keepalive-only",
            related=(Related(heartbeat.keepalive, "asked for here"),),
        )
    related = [Related(place, "the same holds here") for place in heartbeat.also]
    if heartbeat.library.at is not None:
        related.insert(0, Related(heartbeat.library.at, "started here"))
    return Problem(
        heartbeat.at,
        f"{heartbeat.library.why} and nothing here does: a client that vanished is "
        f"never noticed{count}",
        variant="client-pings" if peer is Seen.PRESENT else "",
        related=tuple(related),
    )


def _client(heartbeat: Heartbeat, peer: Seen) -> Problem:
    confidence = Confidence.LOW if heartbeat.partial else Confidence.MEDIUM
    if peer is Seen.PRESENT:
        return Problem(
            heartbeat.at,
            "the server's pings stay hidden from this code, and it has no deadline of "
            "its own: a dead connection looks connected for minutes",
            variant="server-pings",
            confidence=confidence,
        )
    return Problem(
        heartbeat.at,
        "nothing here notices when the server goes silent: a dead connection looks "
        "connected for minutes",
        variant="server-unknown" if peer is Seen.UNKNOWN else "",
        confidence=confidence,
    )
