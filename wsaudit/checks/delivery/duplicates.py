"""Duplicates: messages that come again and count again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.ordering import Addition, Replay
from wsaudit.model.protocol import Pair
from wsaudit.model.reconnection import Greeting
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS136", on=Addition)
def non_idempotent_message_handler(addition: Addition, project: Project) -> Verdicts:
    """What a client is sent again when it is back must not count again."""
    if addition.returns.absent:
        return
    if not addition.once.absent:
        known = addition.once.present
        yield (Pass if known else Undecided)(addition.at, addition.once.why)
        return
    pairs = project.of(Pair, addition.connections[0])
    ends = [pair.endpoint.connection for pair in pairs]
    sent = [one for end in ends for one in project.of(Replay, end)]
    again = next((one for one in sent if _meets(addition, one)), None)
    if again is not None:
        yield _problem(addition, again)
    elif not ends or any(
        g.snapshot.unknown for e in ends for g in project.of(Greeting, e)
    ):
        yield Undecided(addition.at, "what its server sends when it is back")
    elif sent:
        yield Pass(addition.at, "what is sent on connecting is of other kinds")
    else:
        yield Pass(addition.at, "the server sends nothing old when a client connects")


def _meets(addition: Addition, replay: Replay) -> bool:
    if replay.single == (addition.how == "several"):
        return False
    return any(map(addition.takes, replay.kinds)) or not (
        replay.kinds or addition.how == "several"
    )


def _problem(addition: Addition, replay: Replay) -> Problem:
    what = "a stored message" if replay.single else "what is stored"
    return Problem(
        addition.at,
        f"{what} is added to `{addition.name}` again after every reconnect: the server "
        "sends it to each client that connects, and nothing asks whether it was there",
        variant="replayed" if replay.kinds else "",
        confidence=Confidence.HIGH if replay.kinds else Confidence.MEDIUM,
        related=(Related(replay.at, "sent to each new client"),),
    )
