"""Blocking: one event loop serves every socket; a call that waits stops all."""

from __future__ import annotations

from wsaudit.model import Project, Side
from wsaudit.model.blocking import BlockingCall, EventLoopWork, Waits
from wsaudit.rule import Confidence, Pass, Problem, Related, Verdicts, check
from wsaudit.spelling import amount

_LONG = {Waits.NETWORK, Waits.DATABASE, Waits.WAIT}
"""What others decide about: another machine, a thread, a person."""
_WHAT = {
    Waits.SLEEP: "sleeps",
    Waits.NETWORK: "waits for another server",
    Waits.DATABASE: "waits for the database",
    Waits.PROCESS: "waits for a process",
    Waits.FILE: "waits for the disk",
    Waits.WAIT: "waits for a thread, a lock or a person",
}


@check("WS254", on=EventLoopWork)
def blocking_call_in_ws_handler(work: EventLoopWork, project: Project) -> Verdicts:
    """Every call that waits on the loop is a problem at the coroutine that makes it."""
    for call in work.calls:
        yield Problem(
            call.at,
            _message(call, work),
            variant=_variant(call, work),
            confidence=_confidence(call),
            related=(
                *(
                    Related(step.at, f"`{step.function}` calls `{step.text}`")
                    for step in call.chain
                ),
                *(Related(at, "the same call, made here too") for at in call.also),
            ),
        )
    if not work.calls:
        yield Pass(work.at, _evidence(work))


def _confidence(call: BlockingCall) -> Confidence | None:
    """A small local file is quick; it counts where it is read again and again."""
    if call.waits is not Waits.FILE or call.many:
        return None
    near = call.per_message and not call.chain
    return Confidence.MEDIUM if near else Confidence.LOW


def _is_client(work: EventLoopWork) -> bool:
    return work.connections[0].side is Side.CLIENT


def _variant(call: BlockingCall, work: EventLoopWork) -> str:
    if call.waits is Waits.FILE and not call.many:
        return "file"
    if _is_client(work):
        return "client"
    if call.per_message and call.waits in _LONG:
        return "per-message"
    return ""


def _message(call: BlockingCall, work: EventLoopWork) -> str:
    through = f" in `{call.sink}`" if call.chain else ""
    if call.raises:
        return (
            f"`{call.text}` {_WHAT[call.waits]}{through} on the event loop of "
            f"`{call.function}`; {call.raises}"
        )
    stands = "this socket" if _is_client(work) else "every other socket"
    return (
        f"`{call.text}` {_WHAT[call.waits]}{through} on the event loop of "
        f"`{call.function}`; {stands} stands still until it returns"
    )


def _evidence(work: EventLoopWork) -> str:
    if work.offloaded:
        return f"`{work.offloaded[0]}` runs in a thread"
    return f"no call that blocks in {amount(work.functions, 'coroutine')}"
