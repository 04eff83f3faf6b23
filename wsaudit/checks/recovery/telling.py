"""Errors that are not handed on: from the server to the client, from it to its user."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.errors import ErrorMessage, Tried
from wsaudit.rule import Problem, Related, Verdicts, check, judged


@check("WS266", on=Tried)
def server_error_not_sent(tried: Tried, project: Project) -> Verdicts:
    """A server keeps to itself that what a client waits for has failed."""
    problem = Problem(
        tried.at,
        f"when `{tried.work}` fails the client is not told: it goes on waiting for "
        f"an answer that does not come",
        related=(Related(tried.sent, "the answer is sent here"),),
    )
    yield judged(tried.told, tried.at, problem, there=True)


@check("WS267", on=ErrorMessage)
def client_drops_error_message(message: ErrorMessage, project: Project) -> Verdicts:
    """A client keeps to itself that its server has failed."""
    ends = f"end in `{message.logged}`" if message.logged else "are dropped here"
    problem = Problem(
        message.at,
        f"messages `{message.value}` {ends}: the user sees nothing and goes on waiting",
    )
    yield judged(message.shown, message.at, problem, there=True)
