"""Sends on sockets that may not be open."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.delivery import Delivery, Standing
from wsaudit.rule import (
    Confidence,
    Pass,
    Problem,
    Related,
    Undecided,
    Verdicts,
    check,
)

SAFE = {
    Standing.OPEN: "the socket is open here",
    Standing.QUEUED: "the library queues until the socket is open",
    Standing.HANDLED: "a failed send is taken care of",
}


@check("WS130", on=Delivery)
def send_without_ready_check(delivery: Delivery, project: Project) -> Verdicts:
    """Something is sent although the socket may not be open."""
    if not all(connection.judged for connection in delivery.connections):
        return
    if delivery.standing in SAFE:
        yield Pass(delivery.at, delivery.why or SAFE[delivery.standing])
    elif delivery.standing is Standing.UNKNOWN:
        yield Undecided(delivery.at, delivery.why)
    elif delivery.to:
        yield _to_another_client(delivery)
    else:
        yield _to_the_server(delivery)


def _to_another_client(delivery: Delivery) -> Problem:
    if delivery.throws:
        return Problem(
            delivery.at,
            f"`{delivery.text}` to a client in `{delivery.to}` that has just left "
            f"raises, and nothing here catches that or tests its state",
            variant="server-push-unguarded",
            related=_related(delivery, "called here"),
            cause=(delivery.to, *delivery.connections[:1]),
        )
    return Problem(
        delivery.at,
        f"`{delivery.text}` does not test `{delivery.state}`: a message to a client of "
        f"`{delivery.to}` that is closing is lost without an error",
        variant="server-push-unguarded",
        cause=(delivery.to, *delivery.connections[:1]),
    )


def _to_the_server(delivery: Delivery) -> Problem:
    text = delivery.text
    match delivery.standing:
        case Standing.FALLS_THROUGH:
            return Problem(
                delivery.at,
                f"the check before `{text}` does not leave, so the message is sent "
                f"although the socket is not open",
                variant="guard-falls-through",
                related=_related(delivery, "the check that does not leave"),
            )
        case Standing.STALE:
            return Problem(
                delivery.at,
                f"`{text}` runs after an `await`; the socket may have closed "
                f"meanwhile, and the message is lost",
                variant="stale-check",
                confidence=Confidence.MEDIUM,
                related=_related(delivery, "known to be open here"),
            )
        case Standing.EXISTS:
            return Problem(
                delivery.at,
                f"`{text}` is only guarded against a missing socket: "
                f"{_consequence(delivery)}",
                variant="checks-only-null",
                confidence=None if delivery.closed else Confidence.LOW,
                cause=delivery.connections[:1],
            )
        case Standing.PARTLY:
            return Problem(
                delivery.at,
                f"`{text}` is not guarded against every state but open: "
                f"{_consequence(delivery)}",
                related=_related(delivery, "one of the states is asked for here"),
                cause=delivery.connections[:1],
            )
        case _:
            return Problem(
                delivery.at,
                f"`{text}` is not guarded by `{delivery.state}`: "
                f"{_consequence(delivery)}",
                related=_related(delivery, "called here"),
                cause=delivery.connections[:1],
            )


def _consequence(delivery: Delivery) -> str:
    if delivery.throws:
        return "it throws unless the connection is open"
    if delivery.connecting and delivery.closed:
        return "it throws while connecting, and loses the message once closed"
    if delivery.connecting:
        return "it throws while the socket is still connecting"
    return "once the socket is closed the message is lost"


def _related(delivery: Delivery, message: str) -> tuple[Related, ...]:
    if delivery.because is None:
        return ()
    return (Related(delivery.because, message),)
