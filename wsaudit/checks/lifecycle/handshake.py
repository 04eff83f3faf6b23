"""The handshake of servers: what a client that is turned away can learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Connection, Endpoint, Side
from wsaudit.model.handshake import CodeTest, Refusal
from wsaudit.model.protocol import Channel
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS112", on=Refusal)
def close_code_before_accept(refusal: Refusal, project: Project) -> Verdicts:
    """A close code only travels once the handshake is complete."""
    if refusal.accepted.present:
        yield Pass(refusal.at, refusal.accepted.why)
        return
    if refusal.accepted.unknown:
        yield Undecided(refusal.at, refusal.accepted.why)
        return
    asked = _asked(refusal, project)
    related = tuple(Related(test.at, "the client asks for this code") for test in asked)
    if asked and not refusal.also_later:
        yield Problem(
            refusal.at,
            f"`{refusal.text}()` with {refusal.code} before the handshake is complete "
            f"becomes HTTP 403: the client waits for {refusal.code} and never sees it",
            variant="client-waits",
            related=related,
            cause=refusal.connections[:1],
        )
    else:
        yield Problem(
            refusal.at,
            f"`{refusal.text}()` with {refusal.code} before the handshake is complete "
            f"becomes HTTP 403: the client sees 1006 instead",
            related=related,
            cause=refusal.connections[:1],
        )


def _asked(refusal: Refusal, project: Project) -> list[CodeTest]:
    """Where a client of this endpoint compares its close code with this one."""
    return [
        test
        for test in project.all(CodeTest)
        if test.code == refusal.code and _talks(test.connections[0], refusal, project)
    ]


def _talks(client: Connection, refusal: Refusal, project: Project) -> bool:
    """Whether a client talks to the endpoint: they are paired, or the only ones."""
    paired = [channel.connections[1] for channel in project.of(Channel, client)]
    if paired:
        return bool(set(paired) & set(refusal.connections))
    clients = [
        each
        for each in project.all(Connection)
        if each.side is Side.CLIENT and each.judged
    ]
    served = [each for each in project.all(Endpoint) if each.connection.judged]
    return (
        clients == [client]
        and len(served) == 1
        and served[0].connection in refusal.connections
    )
