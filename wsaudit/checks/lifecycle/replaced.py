"""Sockets that give way to others."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.lifecycle import LateEvent, LateKind, Overwrite
from wsaudit.rule import Confidence, Pass, Problem, Related, Verdicts, check, judged


@check("WS104", on=LateEvent)
def replaced_socket_still_heard(late: LateEvent, project: Project) -> Verdicts:
    """A handler of the old socket that does something to the new one."""
    problem = Problem(
        late.at,
        _message(late),
        variant=late.kind.value,
        confidence=None if late.sure else Confidence.MEDIUM,
        related=(
            Related(late.closed, "the old socket is closed here"),
            Related(late.replaced, "another one is opened here"),
            *(Related(at, "this does not ask either") for at in late.also),
        ),
    )
    yield judged(late.asked, late.at, problem, there=True)


def _message(late: LateEvent) -> str:
    old = f"a late `{late.event}` of the old socket"
    match late.kind:
        case LateKind.HOLDER:
            return (
                f"{old} empties `{late.name}`, which holds its successor by then: "
                f"nothing can be sent or closed any more"
            )
        case LateKind.STATE:
            return (
                f"{old} writes `{late.name}` although its successor is connected by "
                f"then: the state is wrong until the next change"
            )
        case LateKind.RECONNECT:
            return (
                f"{old} runs `{late.name}` although its successor is connected by "
                f"then: there are two connections"
            )
        case LateKind.AFTER_AWAIT:
            return (
                f"after this await the socket may have been replaced: `{late.name}` "
                f"writes a message of the old session into the new one"
            )
        case LateKind.MESSAGE:
            return (
                f"messages come after a close here: `{late.name}` writes one of the "
                f"old session into the new one"
            )


@check("WS117", on=Overwrite)
def live_socket_overwritten(overwrite: Overwrite, project: Project) -> Verdicts:
    """A socket is lost from sight, and stays open."""
    again = (Related(overwrite.again, "it is called again here"),)
    if overwrite.only_open:
        yield Problem(
            overwrite.at,
            f"a socket in `{overwrite.holder}` is kept only once it is open: two calls "
            f"of `{overwrite.function}` while it connects open two",
            variant="guard-misses-connecting",
            related=again,
        )
    elif overwrite.former.present:
        yield Pass(overwrite.former.at or overwrite.at, overwrite.former.why)
    else:
        yield Problem(
            overwrite.at,
            f"`{overwrite.function}` puts a new socket into `{overwrite.holder}` and "
            f"does not close the one there: both stay open and every message is "
            f"handled twice",
            variant="called-again",
            confidence=Confidence.MEDIUM,
            related=again,
        )
