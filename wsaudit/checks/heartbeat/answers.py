"""Pings by messages that the other end leaves without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Side
from wsaudit.model.errors import Parse
from wsaudit.model.heartbeat import Heartbeat, Pinging
from wsaudit.model.protocol import Pair
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Connection, Project
    from wsaudit.model.protocol import Said
    from wsaudit.rule import Verdicts

_TELLS = ("heart", "hb", "keep")
"""How messages are called that say something, and ask for nothing."""


@check("WS148", on=Pinging)
def app_ping_unanswered(pinging: Pinging, project: Project) -> Verdicts:
    """What asks whether this end is there hears nothing."""
    own = pinging.connections[0]
    answers = {(said.key, said.value): found for said, found in pinging.answers}
    for other in _asking(own, project):
        for said in other.asks:
            found = answers[said.key, said.value]
            deadline = _enforces(other, own, project)
            tells = said.value.lower().startswith(_TELLS)
            if found.present:
                yield Pass(found.at or pinging.at, found.why)
            elif tells and not deadline and not other.hears.present:
                yield Pass(pinging.at, f"`{said.value}` asks for no answer")
            elif found.unknown:
                yield Undecided(pinging.at, found.why)
            else:
                yield _problem(pinging, other, said, found.why, project)


def _asking(own: Connection, project: Project) -> Iterator[Pinging]:
    """The other ends of a connection that send pings."""
    for pair in project.of(Pair, own):
        for end in pair.connections:
            yield from project.of(Pinging, end) if end is not own else ()


def _enforces(asking: Pinging, own: Connection, project: Project) -> bool:
    """Whether an end gives up without an answer, as nothing else comes at intervals."""
    watches = project.of(Heartbeat, asking.connections[0])
    fed = any(one.pings.present for one in project.of(Heartbeat, own))
    return not fed and any(one.watches.present for one in watches)


def _problem(
    pinging: Pinging, other: Pinging, said: Said, why: str, project: Project
) -> Problem:
    own = pinging.connections[0]
    deadline = _enforces(other, own, project)
    server = own.side is Side.SERVER
    asks = (
        f"a client sends `{said.value}`"
        if server
        else f"the server sends `{said.value}`"
    )
    parses = [one for one in project.of(Parse, own) if one.stopped.absent]
    if not said.key and parses:
        breaks = f"{asks} as plain text, on which `{parses[0].text}` here throws"
        related = (Related(said.at, "sent here"),)
        return Problem(parses[0].at, breaks, "ping-breaks-parser", related=related)
    gives_up = " and gives up without an answer" if deadline else ""
    here = "this endpoint" if server else "this client"
    return Problem(
        pinging.at,
        f"{asks}{gives_up}, but {here} does not answer: {why}",
        variant="deadline" if deadline else "",
        confidence=None if deadline or other.hears.present else Confidence.MEDIUM,
        related=(Related(said.at, "sent here"),),
    )
