"""Clients that try to come back for ever."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.reconnection import CloseHandling, Delay, Growth, ReconnectPolicy
from wsaudit.rule import Pass, Problem, Undecided, Verdicts, check


@check("WS268", on=ReconnectPolicy)
def unbounded_reconnect(policy: ReconnectPolicy, project: Project) -> Verdicts:
    """No number of failures makes a client stop and say so."""
    if not policy.expected or not policy.reopens.present:
        return
    delay, limit = policy.delay, policy.limit
    if limit is not None:
        often = "" if limit.attempts is None else f" ({limit.attempts} attempts)"
        yield Pass(limit.at, f"it gives up at a limit{often}")
    elif delay is None:
        yield Undecided(policy.at, "what makes it try again")
    elif delay.growth is Growth.UNKNOWN or policy.halts:
        yield Undecided(delay.at, policy.halts or delay.why)
    elif policy.service and _is_slow(delay):
        yield Pass(delay.at, "a service, which waits longer each time, up to a limit")
    else:
        ends = project.of(CloseHandling, policy.connections[0])
        asked = policy.gated or any(one.reads.present for one in ends)
        shown = any(one.shows for one in ends)
        yield Problem(
            delay.at,
            _NEVER if asked else _NEVER + _UNASKED,
            variant=_variant(policy, delay, polite=asked and shown),
        )


_NEVER = "reconnection never gives up: no number of failures ends in a state of its own"
_UNASKED = (
    ", and the close code is not examined, so a rejected session retries for ever"
)


def _variant(policy: ReconnectPolicy, delay: Delay, *, polite: bool) -> str:
    """A slow retry that is shown and stops on final codes is legitimate for many."""
    if policy.service:
        return "service"
    return "polite" if polite and _is_slow(delay) else ""


def _is_slow(delay: Delay) -> bool:
    return delay.growth is Growth.GROWING and delay.longest is not None
