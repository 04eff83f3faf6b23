"""Effects: what a component opens and starts ends with the component."""

from __future__ import annotations

from wsaudit.model import Project, Role
from wsaudit.model.lifecycle import Leftover, MountedSocket
from wsaudit.rule import (
    Confidence,
    Problem,
    Related,
    Verdicts,
    check,
    judged,
)

_MISSES = {
    "connecting": "closed only if it is open",
    "stale": "this is the state of an earlier render",
}


@check("WS105", on=MountedSocket)
def effect_socket_not_closed(socket: MountedSocket, project: Project) -> Verdicts:
    """A socket that a component opens and no end of it closes."""
    sure = socket.moment in {"effect", "mounted"} and not socket.for_page
    related: tuple[Related, ...] = ()
    if socket.missed is not None:
        related = (Related(socket.missed.at, _MISSES[socket.missed.how]),)
    elif socket.cleanup is not None:
        related = (Related(socket.cleanup, "this cleanup closes something else"),)
    problem = Problem(
        socket.at,
        _never_closed(socket),
        variant=_variant(socket),
        confidence=None if sure else Confidence.MEDIUM,
        related=related,
    )
    yield judged(socket.closed, socket.at, problem, there=True)


def _variant(socket: MountedSocket) -> str:
    """A request is over by itself once it is answered."""
    return "one-shot" if socket.connections[0].role is Role.ONE_SHOT else ""


def _never_closed(socket: MountedSocket) -> str:
    if socket.missed is not None and socket.missed.how == "stale":
        return (
            f"`{socket.missed.text}()` closes what was there when the effect began, so "
            "the WebSocket that it has opened since stays open"
        )
    if socket.missed is not None:
        return (
            "this WebSocket is closed only if it is open by then: one that is still "
            "connecting is left behind, and opens"
        )
    if socket.ignored:
        return (
            "React ignores what an async effect returns, so nothing closes this "
            "WebSocket when the component unmounts"
        )
    if _variant(socket):
        return (
            "nothing closes the WebSocket of this request when the component unmounts: "
            "the answer comes in to its end, for nobody"
        )
    if socket.moment == "effect":
        until = f" or `{socket.depends}` changes" if socket.depends else ""
        return (
            "the WebSocket opened in this effect is never closed: it stays open when "
            f"the component unmounts{until}"
        )
    if socket.moment == "event":
        return (
            "this WebSocket stays open when the component unmounts: no effect of "
            f"`{socket.component}` closes it"
        )
    return (
        f"nothing closes this WebSocket when `{socket.component}` unmounts, "
        "so it stays open and keeps its handlers alive"
    )


@check("WS108", on=Leftover)
def work_outlives_connection(work: Leftover, project: Project) -> Verdicts:
    """A timer, listener or request that goes on when its connection is over."""
    stopped, stacks = work.stopped, False
    if work.restarted is not None and (stopped is None or stopped.present):
        stacks = not work.restarted.present
        stopped = work.restarted if stacks else stopped
    if stopped is None:
        return
    related: tuple[Related, ...] = ()
    if work.ends_at is not None:
        related = (Related(work.ends_at, "the connection ends here"),)
    yield judged(
        stopped,
        work.at,
        Problem(
            work.at,
            _STACKS if stacks else _goes_on(work),
            variant="pending-fetch" if work.kind == "fetch" else "",
            confidence=Confidence.MEDIUM if work.kind == "fetch" else None,
            related=related,
        ),
        there=True,
    )


_STACKS = (
    "each reconnection starts another interval here and none of them is cleared until "
    "the end, so their messages multiply"
)


def _goes_on(work: Leftover) -> str:
    if work.rearmed:
        return (
            "this timer is cleared at the end, and then the close starts it again: "
            "when it fires, it opens a new socket"
        )
    match work.kind:
        case "reconnect":
            return (
                "nothing clears this timer when the connection is ended on purpose: "
                "when it fires, it opens a new socket"
            )
        case "interval":
            return (
                "nothing clears this interval when the connection ends: it goes on "
                "using a socket that is closed"
            )
        case "listener":
            return (
                "the cleanup does not remove this listener: each mount adds one more, "
                "and it runs after the component is gone"
            )
        case _:
            return (
                "this request is not aborted when the effect is over: its answer is "
                "written to state that belongs to something else by then"
            )
