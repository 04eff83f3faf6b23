"""Limits: one client cannot take the server from all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.lifecycle.admission import also, more
from wsaudit.checks.security.access import named
from wsaudit.model import Role, Side
from wsaudit.model.limits import MessageSize, Workload
from wsaudit.rule import (
    Confidence,
    Option,
    Pass,
    Problem,
    Related,
    Undecided,
    check,
    judged,
)

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

MOST = Option(
    "WS169", "most-bytes", 64 * 1024**2, "bytes of one message that a limit may allow"
)
_GENEROUS = 100 * 1024**2
_EXEMPT = {Role.TEST, Role.LIBRARY, Role.BRIDGE}


@check("WS168", on=Workload)
def missing_message_rate_limit(load: Workload, project: Project) -> Verdicts:
    """Something holds back who sends more messages than a person would."""
    if load.endpoint.connection.role in _EXEMPT:
        return
    alike = project.together(Workload, _unpaced).get(
        (load.project, load.costly), [load]
    )
    if load.paced.absent and load is not alike[0]:
        return
    problem = Problem(
        load.at,
        f"nothing limits how often a client sends to {named(load.endpoint)}, and "
        f"each message {load.does}{more(alike)}",
        confidence=None if load.costly else Confidence.LOW,
        related=(Related(load.done_at, "done for each message"), *also(alike)),
    )
    yield judged(load.paced, load.at, problem)


def _unpaced(load: Workload, _project: Project) -> tuple[str, bool] | None:
    """Where what nothing holds back belongs; None for what something does."""
    exempt = load.endpoint.connection.role in _EXEMPT
    return None if exempt or not load.paced.absent else (load.project, load.costly)


@check("WS169", on=MessageSize)
def unlimited_message_size(size: MessageSize, project: Project) -> Verdicts:
    """A message that is too large is refused before it is in memory."""
    bridge = any(each.role is Role.BRIDGE for each in size.connections)
    most = MOST.of(project)
    if not size.known:
        yield Undecided(size.at, f"`{size.option}` does not fold")
    elif size.option and (size.most is None or size.most > most):
        yield Problem(
            size.at,
            f"`{size.option}` lets one message take all the memory there is",
            variant="bridge" if bridge else "",
        )
    elif size.most is not None and size.most >= _GENEROUS and not size.option:
        server = any(each.side is Side.SERVER for each in size.connections)
        if size.text and server:
            yield Problem(
                size.at,
                f"{size.title} takes messages of up to 100 MiB unless it is told "
                "otherwise, and these are JSON",
                variant="generous-default",
            )
    elif size.most is not None:
        how = f"`{size.option}`" if size.option else f"the default of {size.title}"
        yield Pass(size.at, f"{how} limits it")
