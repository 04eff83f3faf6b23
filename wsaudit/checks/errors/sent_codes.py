"""Close codes and reasons that cannot be sent, or say something else than is meant."""

from __future__ import annotations

from wsaudit.model import Close, Project, Side
from wsaudit.model.codes import Code, is_open_to_all, is_registered
from wsaudit.rule import Pass, Problem, Related, Undecided, Verdicts, check

_LONGEST = 123
"""Bytes that a close frame has for its reason (RFC 6455, section 5.5)."""


@check("WS155", on=Close)
def invalid_close_code(close: Close, project: Project) -> Verdicts:
    """A code or reason that no end may send, or a planned end after a failure."""
    if not close.connections[0].judged:
        return
    if close.reason is not None and (size := len(close.reason.encode())) > _LONGEST:
        yield Problem(close.at, f"the reason has {size} bytes {_TOO_LONG}")
    elif close.retells:
        yield Problem(close.at, _RETOLD, variant="unbounded-reason")
    elif close.coded and not close.codes:
        yield Undecided(close.at, "the close code does not fold")
    elif wrong := [code for code in close.codes if not _may_be_sent(close, code)]:
        if _is_declared(close) and all(map(is_registered, wrong)):
            yield Undecided(close.at, "a type alone says which socket this is")
        else:
            yield Problem(close.at, _message(close, wrong[0]))
    elif close.codes == (Code.NORMAL,) and close.failed and _is_server(close):
        why = (Related(close.failed, "this handles a failure"),)
        yield Problem(close.at, _PLANNED, variant="normal-code-for-error", related=why)
    elif close.codes:
        codes = " or ".join(map(str, close.codes))
        yield Pass(close.at, f"closes with {codes}, which may be sent")


_TOO_LONG = (
    f"and a close frame has room for {_LONGEST}: the close itself fails with an error"
)
_RETOLD = (
    "the reason is the text of an exception: beyond 123 bytes closing fails, and the "
    "other end reads what went wrong inside"
)
_PLANNED = (
    "1000 after a failure says that all went as planned: clients take it for the end "
    "and do not come back"
)


def _is_server(close: Close) -> bool:
    return all(one.side is Side.SERVER for one in close.connections)


def _is_declared(close: Close) -> bool:
    """Whether its socket may only be one that was made out of sight, by a server."""
    return all(one.declared for one in close.connections)


def _may_be_sent(close: Close, code: int) -> bool:
    """RFC 6455, section 7.4, and the registry of IANA; browsers allow less."""
    if close.own_codes_only:
        return code == Code.NORMAL or is_open_to_all(code)
    return is_registered(code)


def _message(close: Close, code: int) -> str:
    if close.own_codes_only:
        return (
            f"`close({code})` throws InvalidAccessError and the socket stays "
            "open: 1000 and 3000 to 4999 are all that may be sent from here"
        )
    return (
        f"{code} must not be sent: the close fails or breaks the connection, and "
        "the other end never sees this code"
    )
