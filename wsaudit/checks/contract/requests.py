"""Requests: what clients say, their endpoint has to know, and to be there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.protocol import Pair, Requests, Target
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_BEATS = frozenset({"ping", "pong", "heartbeat", "keepalive", "keep-alive"})
_REST = {
    "logs": "its default branch only logs it",
    "throws": "its default branch refuses it",
    "never-check": "its default branch refuses it",
    "answers": "its default branch refuses it",
}


@check("WS301", on=Requests)
def client_message_unhandled(requests: Requests, _project: Project) -> Verdicts:
    """Each kind of message that a client sends and its endpoint has no case for."""
    hearing = requests.hearing
    if hearing.deaf:
        yield from _unread(requests)
        return
    if hearing.open or requests.key is None:
        why = hearing.open or "the endpoint tells messages apart by a nested key"
        yield Undecided(requests.at, why)
        return
    missing = [said for said in requests.unheard if said.value.lower() not in _BEATS]
    for said in missing:
        yield Problem(
            requests.at,
            f"a client sends `{said.value}`, for which {requests.endpoint.shown} has "
            f"no case; {_REST.get(hearing.rest, 'it is dropped without a word')}",
            confidence=Confidence.MEDIUM if requests.speech.open else None,
            related=(Related(said.at, f"`{said.value}` is sent here"),),
        )
    if missing:
        return
    if requests.speech.open or not requests.spoken:
        why = requests.speech.open or "no message of a client that is told apart here"
        yield Undecided(requests.at, f"what its clients send: {why}")
    else:
        kinds = len({said.value for said in requests.spoken})
        yield Pass(requests.at, f"all {kinds} kinds that its clients send are known")


def _unread(requests: Requests) -> Verdicts:
    """The verdict on an endpoint that looks at nothing it is sent."""
    for said in requests.speech.said:
        if said.value.lower() not in _BEATS:
            yield Problem(
                requests.endpoint.at,
                f"a client sends `{said.value}` to {requests.endpoint.shown}, where "
                f"nothing is done about any message: {requests.hearing.deaf}",
                variant="never-read",
                related=(Related(said.at, f"`{said.value}` is sent here"),),
            )
            return


@check("WS306", on=Target)
def endpoint_not_served(target: Target, project: Project) -> Verdicts:
    """A client connects to a path that an endpoint in sight has."""
    nearest = target.nearest
    near = f"; nearest is {nearest.shown}" if nearest else ""
    problem = Problem(
        target.at,
        f"no endpoint in sight serves `{target.path}`{near}: the handshake is refused, "
        "and reconnecting repeats that",
        confidence=None if project.all(Pair) else Confidence.MEDIUM,
        related=(Related(nearest.at, "the nearest endpoint"),) if nearest else (),
    )
    yield judged(target.served, target.at, problem)
