"""What comes in is looked at before it is relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Side
from wsaudit.model.messages import ITEM, Inbound, Trust, Trusted
from wsaudit.model.protocol import Channel
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_MANY = 4
_COSTS = {
    Trust.KEPT: "whatever the message holds becomes state",
    Trust.VISITED: "the sender chooses where the page goes",
    Trust.MARKUP: "the sender can run script in the page",
}


@check("WS164", on=Inbound)
def unvalidated_inbound_message(inbound: Inbound, project: Project) -> Verdicts:
    """A part of a message is used only after something has looked at it."""
    if inbound.vetted.present:
        yield Pass(inbound.at, inbound.vetted.why)
    elif inbound.vetted.unknown:
        yield Undecided(inbound.at, inbound.vetted.why)
    else:
        yield Problem(
            inbound.at,
            _message(inbound),
            variant=_variant(inbound, project),
            confidence=Confidence.MEDIUM if _half_checked(inbound) else None,
            related=_related(inbound),
        )


def _message(inbound: Inbound) -> str:
    first = inbound.uses[0]
    if first.unchecked:
        return (
            f"`{first.text}` needs a type that nothing has asked for: a message with "
            f"another one {first.throws} here"
        )
    how = "as it came in"
    if inbound.assumed:
        how = f"on the word of the type `{inbound.assumed}`"
    return f"`{first.text}` is used {how}: {_cost(first)}"


def _cost(use: Trusted) -> str:
    if use.how is not Trust.OPENED:
        return _COSTS[use.how]
    if use.contained:
        return "a wrong message fails half way or goes on into the program"
    if use.needs == ITEM:
        return f"an item that is null {use.throws} here"
    lack = f"`{use.needs}`" if use.needs else "it"
    return f"a message without {lack} {use.throws} here"


def _variant(inbound: Inbound, project: Project) -> str:
    if inbound.typed:
        return "typed-events"
    if all(_by_us(each, project) for each in inbound.connections):
        return "own-server"
    if all(use.contained for use in inbound.uses):
        return "contained"
    if _half_checked(inbound):
        return "type-unchecked"
    if all(each.side is Side.CLIENT for each in inbound.connections) and (
        inbound.told_apart
    ):
        return "told-apart"
    return "cast" if inbound.assumed else ""


def _half_checked(inbound: Inbound) -> bool:
    """Whether of all that is used it was seen that it is there."""
    return all(use.unchecked for use in inbound.uses)


def _by_us(connection: object, project: Project) -> bool:
    """Whether a client hears only servers of this project that send models."""
    channels = [
        channel for channel in project.all(Channel) if channel.client is connection
    ]
    return bool(channels) and all(channel.speech.modelled for channel in channels)


def _related(inbound: Inbound) -> tuple[Related, ...]:
    found = [
        Related(use.at, f"`{use.text}` is used unchecked, too")
        for use in inbound.uses[1:_MANY]
    ]
    if inbound.parse is not None:
        found.insert(0, Related(inbound.parse, "the message becomes data here"))
    return tuple(found)
