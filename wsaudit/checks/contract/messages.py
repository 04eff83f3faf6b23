"""Messages: what one end says, the other end has to know."""

from __future__ import annotations

import re

from wsaudit.model import Project
from wsaudit.model.protocol import Channel, Said
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, Verdicts, check

_ANSWERS = re.compile(
    r"(.*[_.:/-])?(pong|ping|ack|acknowledged|received|heartbeat|keep[_-]?alive)",
    re.IGNORECASE,
)
"""Kinds that say no more than that the other end is there, or has heard."""
_REST = {
    "logs": "its default branch only logs it",
    "throws": "its default branch throws",
    "empty": "it is dropped without a word",
    "returns": "it is dropped without a word",
    "none": "nothing is done about it",
}


@check("WS300", on=Channel)
def server_message_unhandled(channel: Channel, project: Project) -> Verdicts:
    """Each kind of message that the server sends and the client has no case for."""
    if channel.hearing.open:
        yield Undecided(channel.at, channel.hearing.open)
        return
    if channel.key is None:
        yield Undecided(channel.at, "the client tells messages apart by a nested key")
        return
    spoken = channel.spoken
    if not spoken:
        why = channel.speech.open or f"no message of the server carries `{channel.key}`"
        yield Undecided(channel.at, why)
        return
    for said in channel.unheard:
        yield Problem(
            channel.at,
            f"the server sends `{said.value}`, for which this client has no case; "
            f"{_REST.get(channel.hearing.rest, 'it is not handled')}",
            variant=_variant(channel, said),
            confidence=Confidence.MEDIUM if channel.speech.open else None,
            related=(
                Related(said.at, f"`{said.value}` is sent here"),
                Related(channel.endpoint.at, "the endpoint"),
            ),
        )
    if channel.unheard:
        return
    if channel.speech.open:
        yield Undecided(channel.at, f"the server sends {channel.speech.open}")
    else:
        known = len({said.value for said in spoken})
        yield Pass(channel.at, f"all {known} kinds that the server sends are known")


def _variant(channel: Channel, said: Said) -> str:
    if _ANSWERS.fullmatch(said.value):
        return "answer"
    return "other-client" if said.value in channel.elsewhere else ""
