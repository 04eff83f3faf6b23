"""Errors that the service for errors does not hear of."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.errors import Reported
from wsaudit.rule import Pass, Problem, Undecided, Verdicts, check


@check("WS152", on=Reported)
def unreported_socket_errors(reported: Reported, project: Project) -> Verdicts:
    """A project has a service for errors, and no socket tells it of any."""
    reports = reported.reports
    if reports.present:
        yield Pass(reports.at or reported.at, reports.why)
    elif reports.unknown:
        yield Undecided(reports.at or reported.at, reports.why)
    else:
        yield Problem(
            reported.at,
            f"`{reported.service}` is installed, but no error, end or bad message of a "
            f"connection is reported to it",
        )
