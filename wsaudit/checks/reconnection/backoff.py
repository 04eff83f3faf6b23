"""How long a client waits before it tries again: growing, capped, random, reset."""

from __future__ import annotations

from wsaudit.model import Endpoint, Project, Role
from wsaudit.model.reconnection import Delay, Growth, Limit, ReconnectPolicy
from wsaudit.rule import (
    Confidence,
    Option,
    Pass,
    Problem,
    Related,
    Undecided,
    Verdicts,
    check,
)

FEW = Option(
    "WS123", "few-attempts", 3, "attempts that harm nobody, however they are timed"
)
FEW_ALIKE = Option(
    "WS124", "few-attempts", 3, "attempts that harm nobody, however they are timed"
)
BOUNDED = 10
LONGEST = Option(
    "WS125", "longest-delay", 120, "seconds up to which a cap is taken for one"
)
MINUTE, HOUR = 60, 3600


@check("WS123", on=ReconnectPolicy)
def reconnect_without_backoff(policy: ReconnectPolicy, project: Project) -> Verdicts:
    """A client retries at once, or always after the same time."""
    delay = policy.delay
    if not policy.expected or delay is None:
        return
    match delay.growth:
        case Growth.GROWING:
            yield Pass(delay.at, "the delay grows")
        case Growth.UNKNOWN:
            yield Undecided(delay.at, delay.why)
        case _ if policy.library and policy.halts:
            yield Undecided(delay.at, policy.halts)
        case Growth.CONSTANT | Growth.IMMEDIATE:
            few = _few(policy.limit, FEW.of(project))
            if few is not None:
                yield few
                return
            yield Problem(
                delay.at,
                _without_backoff(policy, delay),
                variant=_graveness(policy, delay),
                confidence=_confidence(policy),
            )


def _few(limit: Limit | None, most: float) -> Pass | None:
    """A pass for so few attempts that it does not matter when they are made."""
    if limit is None or limit.attempts is None or limit.attempts > most:
        return None
    return Pass(limit.at, f"gives up after {_times(limit.attempts)}")


def _graveness(policy: ReconnectPolicy, delay: Delay) -> str:
    limit = policy.limit
    if policy.role is Role.TASK_SCOPED:
        return "task-scoped"
    if delay.repeats:
        return "poller"
    if limit and (limit.attempts is None or _is_bounded(delay, limit.attempts)):
        return "bounded"
    if policy.service and (delay.growth is Growth.CONSTANT or delay.paced):
        return "service"
    if delay.growth is Growth.CONSTANT and delay.jitter.present:
        return "jittered"
    return ""


def _is_bounded(delay: Delay, attempts: int) -> bool:
    slow = delay.seconds is None or delay.seconds >= 1
    return attempts <= BOUNDED and slow and delay.growth is Growth.CONSTANT


def _without_backoff(policy: ReconnectPolicy, delay: Delay) -> str:
    often = ""
    if policy.limit and policy.limit.attempts is not None:
        often = f", up to {_times(policy.limit.attempts)}"
    if delay.growth is Growth.IMMEDIATE:
        return (
            f"reconnects at once when the connection is lost{often}, so clients pound "
            f"on a server that is down"
        )
    if delay.repeats:
        every = f"every {_time(delay.seconds)}" if delay.seconds else "at one rate"
        return (
            f"this interval reopens the connection {every}, however long the server "
            f"has been down"
        )
    if policy.service and not delay.seconds:
        return (
            f"this client waits equally long before each retry{often}, however long "
            f"the server has been down"
        )
    if policy.service:
        return (
            f"this client retries after {_time(delay.seconds)} every time{often}, "
            f"however long the server has been down"
        )
    if delay.jitter.present:
        after = f"about {_time(delay.seconds)}" if delay.seconds else "a like time"
        return (
            f"retries {after} after every failure{often}, however long the server has "
            f"been down"
        )
    if not delay.seconds:
        return (
            f"every client waits equally long before each retry{often}, so all return "
            f"at once when the server restarts"
        )
    return (
        f"every client retries exactly {_time(delay.seconds)} after a drop{often}, so "
        f"all return at once when the server restarts"
    )


@check("WS124", on=ReconnectPolicy)
def backoff_without_jitter(policy: ReconnectPolicy, project: Project) -> Verdicts:
    """Clients that were dropped together come back together."""
    delay, few = _growing(policy), _few(policy.limit, FEW_ALIKE.of(project))
    if delay is None:
        return
    if few is not None:
        yield few
    elif delay.jitter.present:
        yield Pass(delay.at, "the delay is random")
    elif delay.jitter.unknown:
        yield Undecided(delay.at, f"whether {delay.jitter.why} is random")
    elif policy.connections[0].loopback and not project.all(Endpoint):
        yield Pass(delay.at, "its server is a program on the same machine")
    else:
        yield Problem(
            delay.computed or delay.at,
            "this backoff grows but has no jitter, so clients that were dropped "
            "together retry together",
            variant=_lowered(policy),
            confidence=_confidence(policy),
            related=_waited(delay),
        )


@check("WS125", on=ReconnectPolicy)
def backoff_without_cap(policy: ReconnectPolicy, project: Project) -> Verdicts:
    """The delay grows until the client as good as gives up."""
    delay = _growing(policy)
    if delay is None:
        return
    limit, longest = policy.limit, LONGEST.of(project)
    bounded = delay.within(limit.attempts if limit is not None else None)
    if delay.cap.present:
        yield from _capped(policy, delay, longest)
    elif bounded is not None and bounded <= longest:
        most = _time(bounded)
        yield Pass(delay.at, f"the limit of attempts keeps it below {most}")
    elif delay.cap.unknown:
        yield Undecided(delay.at, "whether the delay is capped")
    elif limit is not None and (limit.attempts is None or not delay.waits):
        yield Undecided(delay.at, "how long the delay gets before it gives up")
    else:
        yield Problem(
            delay.computed or delay.at,
            _uncapped(delay),
            variant=_lowered(policy),
            confidence=_confidence(policy),
            related=_waited(delay),
        )


def _capped(policy: ReconnectPolicy, delay: Delay, longest: float) -> Verdicts:
    if delay.longest is None or delay.longest <= longest:
        most = f" at {_time(delay.longest)}" if delay.longest else ""
        yield Pass(delay.at, f"the delay is capped{most}")
        return
    yield Problem(
        delay.at,
        f"this delay grows up to {_time(delay.longest)}, so after an outage clients "
        f"stay away long after the server is back",
        variant="high-cap",
        confidence=_confidence(policy),
    )


def _uncapped(delay: Delay) -> str:
    grows = "doubles" if delay.doubles else "grows"
    late = delay.beyond(HOUR)
    if late is None:
        return (
            f"this delay {grows} without a cap: after a long outage clients wait hours"
        )
    failures, seconds = late
    waits = "over an hour" if seconds >= HOUR else _time(seconds)
    return (
        f"this delay {grows} without a cap: after {failures} failures the client waits "
        f"{waits}"
    )


@check("WS126", on=ReconnectPolicy)
def backoff_never_reset(policy: ReconnectPolicy, project: Project) -> Verdicts:
    """A delay, or a number of attempts, that no success sets back."""
    delay, limit = policy.delay, policy.limit
    if not policy.expected or delay is None:
        return
    if delay.spoiled is not None:
        yield Problem(
            delay.spoiled,
            f"`{delay.counter}` starts again with every attempt, so the delay never "
            f"grows while the server is down",
            variant="reset-too-early",
            related=(Related(delay.at, "the delay that is to grow"),),
        )
    elif delay.growth is Growth.GROWING and not delay.reset.present:
        yield from _never_reset(policy, delay)
    elif limit is not None and limit.counter and not limit.reset.present:
        yield from _gives_up(policy, limit)
    elif delay.growth is Growth.GROWING:
        yield Pass(delay.reset.at or delay.at, delay.reset.why)
    elif limit is not None and limit.counter:
        yield Pass(limit.reset.at or limit.at, limit.reset.why)


def _never_reset(policy: ReconnectPolicy, delay: Delay) -> Verdicts:
    if delay.reset.unknown:
        yield Undecided(delay.at, delay.reset.why)
        return
    yield Problem(
        delay.at,
        f"`{delay.counter}` is never reset after a successful connection, so the next "
        f"drop starts where the last outage ended",
        variant=_lowered(policy),
    )


def _gives_up(policy: ReconnectPolicy, limit: Limit) -> Verdicts:
    if limit.reset.unknown:
        yield Undecided(limit.at, limit.reset.why)
        return
    number = (
        f"drop number {limit.attempts + 1}" if limit.attempts else "one drop too many"
    )
    yield Problem(
        limit.at,
        f"`{limit.counter}` is never reset after a successful connection, so {number} "
        f"ends reconnection for good, if days later",
        variant=_lowered(policy) or "gives-up",
    )


# -- shared ----------------------------------------------------------------------------


def _growing(policy: ReconnectPolicy) -> Delay | None:
    """The delay of a connection that has to come back, if it grows."""
    delay = policy.delay
    if not policy.expected or delay is None or delay.growth is not Growth.GROWING:
        return None
    return delay


def _waited(delay: Delay) -> tuple[Related, ...]:
    """Where a delay is waited for that is computed elsewhere."""
    return (Related(delay.at, "waited for here"),) if delay.computed else ()


def _lowered(policy: ReconnectPolicy) -> str:
    return "task-scoped" if policy.role is Role.TASK_SCOPED else ""


def _confidence(policy: ReconnectPolicy) -> Confidence | None:
    """Low for a library's own choice: it is no mistake of the application."""
    if policy.default:
        return Confidence.LOW
    return Confidence.MEDIUM if policy.role is Role.TASK_SCOPED else None


def _time(seconds: float | None) -> str:
    """A time as people say it: 3 s, 2 minutes, 1.5 hours."""
    if seconds is None:
        return "some time"
    if seconds < 2 * MINUTE:
        return f"{seconds:g} s" if seconds == round(seconds, 2) else f"{seconds:.1f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.3g} minutes"
    return f"{seconds / HOUR:.3g} hours"


def _times(number: int) -> str:
    return "1 attempt" if number == 1 else f"{number} attempts"
