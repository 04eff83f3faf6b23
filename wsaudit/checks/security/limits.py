"""Limits: one client cannot take the server from all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.lifecycle.admission import also, more
from wsaudit.checks.security.access import named
from wsaudit.model import Role
from wsaudit.model.limits import Workload
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_EXEMPT = {Role.TEST, Role.LIBRARY, Role.BRIDGE}


@check("WS168", on=Workload)
def missing_message_rate_limit(load: Workload, project: Project) -> Verdicts:
    """Something holds back who sends more messages than a person would."""
    alike = [
        each
        for each in project.all(Workload)
        if each.project == load.project
        and each.paced.absent
        and each.endpoint.connection.role not in _EXEMPT
    ]
    if load.endpoint.connection.role in _EXEMPT:
        return
    if load.paced.present:
        yield Pass(load.at, load.paced.why)
    elif load.paced.unknown:
        yield Undecided(load.at, load.paced.why)
    elif load is alike[0]:
        yield Problem(
            load.at,
            f"nothing limits how often a client sends to {named(load.endpoint)}, and "
            f"each message {load.does}{more(alike)}",
            related=(
                Related(load.done_at, "done for each message"),
                *also(alike),
            ),
        )
