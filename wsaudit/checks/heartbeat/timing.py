"""Heartbeats that are slower than what they are there for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.heartbeat.ends import EXEMPT, partners
from wsaudit.model.heartbeat import Heartbeat
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.model.deployment import Proxy
    from wsaudit.model.heartbeat import Rhythm
    from wsaudit.rule import Verdicts

_USUAL = 60
"""After so many seconds proxies cut a silent connection, unless told otherwise."""
_CLOSE = 55


@check("WS143", on=Heartbeat)
def heartbeat_slower_than_proxy(heartbeat: Heartbeat, project: Project) -> Verdicts:
    """Between two beats a proxy takes the connection for dead."""
    connection = heartbeat.connection
    if not connection.judged or connection.role in EXEMPT or connection.loopback:
        return
    ends = (heartbeat, *partners(heartbeat, project))
    all_of = [(one.seconds, one) for end in ends for one in end.rhythms]
    known = [(every, one) for every, one in all_of if every is not None]
    fastest = min(known, key=lambda one: (one[0], one[1].at), default=None)
    if not heartbeat.rhythms or (fastest and fastest[1] not in heartbeat.rhythms):
        return  # The other end is spoken of.
    found = [end.proxy for end in ends if end.proxy is not None]
    proxy = min(found, key=lambda one: one.seconds, default=None)
    waits = proxy.seconds if proxy is not None else _USUAL
    told = proxy is not None and proxy.told
    if fastest is not None and fastest[0] < (waits if told else min(waits, _CLOSE)):
        before = f"the {waits:g} s of {proxy.title}" if proxy else "proxies give up"
        text = f"{fastest[1].text} sends every {fastest[0]:g} s, before {before}"
        yield Pass(fastest[1].at, text)
    elif fastest is None or len(known) < len(all_of):
        unknown = next(one for every, one in all_of if every is None)
        yield Undecided(unknown.at, "how often it sends does not fold")
    elif fastest[1].default and proxy is None:
        yield Undecided(fastest[1].at, f"whether a proxy waits {fastest[0]:g} s for it")
    else:
        yield _problem(*fastest, proxy)


def _problem(every: float, rhythm: Rhythm, proxy: Proxy | None) -> Problem:
    waits = proxy.seconds if proxy is not None else _USUAL
    who = f"{proxy.title} cuts" if proxy is not None else "many proxies cut"
    hardly = every < waits
    is_slow = f"sends every {every:g} s, {'hardly' if hardly else 'not'} faster"
    return Problem(
        rhythm.at,
        f"{rhythm.text} {is_slow} than the {waits:g} s after which {who} a silent "
        f"connection",
        variant="close-call" if hardly else "",
        related=(Related(proxy.at, "the proxy waits so long"),) if proxy else (),
    )
