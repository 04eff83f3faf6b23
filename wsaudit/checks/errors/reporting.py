"""Errors that the service for errors does not hear of."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.errors import Reported
from wsaudit.rule import Problem, Verdicts, check, judged


@check("WS152", on=Reported)
def unreported_socket_errors(reported: Reported, project: Project) -> Verdicts:
    """A project has a service for errors, and no socket tells it of any."""
    problem = Problem(
        reported.at,
        f"`{reported.service}` is installed, but no error, end or bad message of a "
        f"connection is reported to it",
    )
    yield judged(reported.reports, reported.at, problem, there=True)
