"""Refusals after which a client comes back as if the line had been lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Close, Role
from wsaudit.model.codes import FORBIDDEN, OWN, UNAUTHORIZED, Code
from wsaudit.model.endings import Comeback
from wsaudit.model.handshake import CodeTest, Refusal
from wsaudit.model.protocol import Pair
from wsaudit.rule import Confidence, Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

EXEMPT = frozenset({Role.TEST, Role.ONE_SHOT, Role.TASK_SCOPED, Role.BRIDGE})


_REFUSALS = (Code.POLICY_VIOLATION, UNAUTHORIZED, FORBIDDEN)
_SIGNED_OUT = re.compile(
    r"auth|forbid|expired|session|token|denied|permission|sign|log.?in|banned|kicked|"
    r"limit|too many|credential|invalid",
    re.IGNORECASE,
)
_PASSES = re.compile(r"time.?out|idle|heartbeat|restart|again|busy|slow", re.IGNORECASE)


@check("WS154", on=Comeback)
def reconnects_on_terminal_code(comeback: Comeback, project: Project) -> Verdicts:
    """A refusal ends the attempts."""
    if comeback.connections[0].role in EXEMPT or not comeback.codes:
        return
    final = list(_final(comeback, project))
    retried = [(close, code) for close, code in final if comeback.after(code).present]
    codes = dict(comeback.codes)
    refusals = [codes[code] for code in {*_REFUSALS, *comeback.asked} & set(codes)]
    looks = comeback.reads.present and (comeback.chosen or comeback.asked)
    if retried:
        yield _retried(comeback, retried)
    elif looks and all(end.present for end in codes.values()):
        yield Problem(
            comeback.at,
            f"`{comeback.event}` looks at the close code and reconnects after each: a "
            f"refusal (1008, 4001) is retried like a network drop",
        )
    elif not comeback.reads.absent and any(end.unknown for end in refusals):
        yield Undecided(comeback.at, next(e.why for e in refusals if e.unknown))
    elif stops := [str(code) for code, end in comeback.codes if end.absent]:
        yield Pass(comeback.at, f"it does not come back after {', '.join(stops)}")
    yield from _never_sent(comeback, project)


def closes_of(comeback: Comeback, project: Project) -> list[Close]:
    """The closes of the endpoints that a client talks to."""
    return [
        close
        for pair in project.of(Pair, comeback.connections[0])
        for close in project.of(Close, pair.endpoint.connection)
    ]


def _final(
    comeback: Comeback, project: Project
) -> Iterator[tuple[Close | Refusal, int]]:
    """What the server says, and the codes, by which there is no coming back.

    A code before the handshake is complete never arrives. Of what a helper closes with
    for others, too, only what this endpoint is known to refuse with counts.
    """
    early = {one.at for one in project.all(Refusal) if not one.accepted.present}
    refused = {
        one.code: one
        for pair in project.of(Pair, comeback.connections[0])
        for one in project.of(Refusal, pair.endpoint.connection)
    }
    for close in closes_of(comeback, project):
        for code in close.codes:
            shared = len(close.codes) > 1 and refused
            said = refused.get(code) if shared else close
            if (
                said is not None
                and said.at not in early
                and not _PASSES.search(said.reason or "")
                and (code == _REFUSALS[0] or code in OWN)
            ):
                yield said, code


def _retried(comeback: Comeback, retried: list[tuple[Close | Refusal, int]]) -> Problem:
    refusing = [one for one in retried if _refuses(*one)]
    close, code = min(refusing or retried, key=lambda one: one[0].at)
    why = f" ({close.reason})" if close.reason else ""
    return Problem(
        comeback.at,
        f"the server closes with {code}{why}, and this client reconnects after "
        f"it as after a network drop",
        variant="refusal-sent" if refusing else "code-sent",
        related=(Related(close.at, "closed here"),),
    )


def _refuses(close: Close | Refusal, code: int) -> bool:
    """Whether a close turns somebody away who has to sign in, or may not come."""
    usual = code in {*_REFUSALS, 4401, 4403}
    return usual or _SIGNED_OUT.search(close.reason or "") is not None


def _never_sent(comeback: Comeback, project: Project) -> Iterator[Problem]:
    """The codes of its own that a client asks for and its servers do not send."""
    closes = closes_of(comeback, project)
    if not closes or any(close.coded and not close.codes for close in closes):
        return
    client = project.of(Close, comeback.connections[0])
    sent = {code for close in (*closes, *client) for code in close.codes}
    sent |= {one.code for one in project.all(Refusal)}
    for test in project.of(CodeTest, comeback.connections[0]):
        if test.code in OWN and test.code not in sent and not test.listed:
            yield Problem(
                test.at,
                f"no server in sight closes with {test.code}: what this asks for never "
                f"comes",
                variant="dead-branch",
                confidence=Confidence.MEDIUM,
            )
