"""What tests simulate of all that happens to connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.observability import Rehearsal
from wsaudit.model.reconnection import ReconnectPolicy, Resync
from wsaudit.rule import Confidence, Pass, Problem, Undecided, check, judged
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS280", on=Rehearsal)
def missing_reconnect_tests(rehearsal: Rehearsal, project: Project) -> Verdicts:
    """A test must end a connection, and one that comes back be seen to do so."""
    name, at = rehearsal.name, rehearsal.at
    if not rehearsal.tests and rehearsal.unread:
        yield Undecided(at, "tests that do not speak of sockets may use its code")
        return
    if not rehearsal.tests:
        yield Problem(
            at, f"there are tests, and none opens or imports {name}", variant="untested"
        )
        return
    files = f"{amount(rehearsal.tests, 'file')} of tests"
    use = "uses" if rehearsal.tests == 1 else "use"
    if not rehearsal.drops.present:
        problem = Problem(at, f"{files} {use} {name}, and none of them ends it")
        yield judged(rehearsal.drops, at, problem, there=True)
    elif _comes_back(rehearsal, project) and rehearsal.returns.absent:
        yield Problem(at, f"{files} {use} {name}, and none of them sees it come back")
    else:
        yield Pass(rehearsal.drops.at or at, rehearsal.drops.why)


def _comes_back(rehearsal: Rehearsal, project: Project) -> bool:
    return any(
        policy.reopens.present and not policy.library
        for connection in rehearsal.connections
        for policy in project.of(ReconnectPolicy, connection)
    )


@check("WS281", on=Rehearsal)
def missing_message_ordering_tests(rehearsal: Rehearsal, project: Project) -> Verdicts:
    """Where the order of messages decides the state, a test must change the order."""
    written = [
        resync.written
        for connection in rehearsal.connections
        for resync in project.of(Resync, connection)
        if resync.written
    ]
    if not written or not rehearsal.tests:
        return
    problem = Problem(
        rehearsal.at,
        f"`{written[0]}` depends on the order of messages, and no test delivers them "
        f"out of order or at once",
        confidence=Confidence.LOW,
    )
    yield judged(rehearsal.disorders, rehearsal.at, problem, there=True)
