"""Endpoints that only send hear of no end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Role
from wsaudit.model.receiving import Pushing
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS147", on=Pushing)
def push_only_endpoint_misses_disconnect(
    pushing: Pushing, _project: Project
) -> Verdicts:
    """Something receives for as long as an endpoint sends."""
    if pushing.connections[0].role in {Role.TEST, Role.ONE_SHOT}:
        return
    if pushing.polls:
        variant = "polls-client-state"
        why = f"`{pushing.polls}` is a state that only a receive changes"
    else:
        variant = "waits-before-first-send" if pushing.waits else ""
        why = "this endpoint never receives while it sends"
    yield judged(
        pushing.hears,
        pushing.at,
        Problem(
            pushing.at,
            f"{why}: it does not notice that its client has left until a send fails",
            variant=variant,
        ),
    )
