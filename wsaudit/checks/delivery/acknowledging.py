"""Acknowledgement: messages of weight whose sender never hears that they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.delivery import Errand, Reply
from wsaudit.model.protocol import Pair
from wsaudit.model.reconnection import Greeting, Resync
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsaudit.model import Evidence, Project
    from wsaudit.rule import Verdicts


@check("WS132", on=Errand)
def critical_message_without_ack(errand: Errand, project: Project) -> Verdicts:
    """What a user has done for good must be known to have arrived."""
    told = [errand.confirmed, *_elsewhere(errand, project)]
    unclear = next((each for each in told if not each.absent), errand.confirmed)
    evidence = next((each for each in told if each.present), unclear)
    kinds = ", ".join(f"`{kind}`" for kind in errand.kinds)
    are = "is" if len(errand.kinds) == 1 else "are"
    problem = Problem(
        errand.at,
        f"{kinds} {are} sent with nothing to know an answer by, and no message that "
        "comes in tells of it: what is lost on the way is lost without a word",
    )
    yield judged(evidence, errand.at, problem)


def _elsewhere(errand: Errand, project: Project) -> Iterator[Evidence]:
    """What else may tell: a server that answers, or state that is read anew."""
    client = errand.connections[0]
    for resync in project.of(Resync, client):
        yield resync.caught_up
    for pair in project.of(Pair, client):
        end = pair.endpoint.connection
        yield from (one.snapshot for one in project.of(Greeting, end))
        for reply in project.of(Reply, end):
            if reply.kind in errand.kinds:
                yield reply.sent
