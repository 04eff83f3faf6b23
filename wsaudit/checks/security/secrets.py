"""Secrets stay between the two ends: not in logs, addresses or error messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.checks.lifecycle.admission import is_here
from wsaudit.model import Role, Side
from wsaudit.model.admission import Admission
from wsaudit.model.deployment import Deployment
from wsaudit.model.lifecycle import Notice
from wsaudit.model.protocol import Pair
from wsaudit.model.secrets import ErrorReply, Journal, Line, Query, Wrote
from wsaudit.rule import Pass, Problem, Related, check

if TYPE_CHECKING:
    from wsaudit.model import Connection, Project
    from wsaudit.rule import Verdicts

_OFF = {"False", "false", "0"}
_HOLDS = {
    Wrote.MESSAGE: "every message that comes in, with whatever secrets it carries",
    Wrote.PAYLOAD: "every message that is sent, with whatever secrets it carries",
    Wrote.HANDSHAKE: "headers or cookies of the handshake, tokens and sessions in them",
    Wrote.ADDRESS: "the address with the token in its query",
}


@check("WS173", on=Journal)
def raw_message_logged(journal: Journal, project: Project) -> Verdicts:
    """A log line holds parts of a message that were chosen, never the whole."""
    if not journal.connections[0].judged:
        return
    if not journal.lines:
        yield Pass(journal.at, "its code logs no message as a whole")
        return
    console = _is_page(journal.connections[0], project)
    worst = min(journal.lines, key=lambda line: (_order(line), line.at))
    if worst.wrote is Wrote.ADDRESS:
        return  # The secret in the address is the cause.
    yield Problem(
        worst.at,
        f"`{worst.call}()` writes `{worst.text}` to the "
        f"{'console' if console else 'log'}: {_HOLDS[worst.wrote]}",
        variant=_grade(worst) or ("console" if console else ""),
        related=tuple(
            Related(line.at, f"`{line.text}` is logged whole, too")
            for line in journal.lines
            if line.at != worst.at
        ),
    )


def _is_page(connection: Connection, project: Project) -> bool:
    """Whether what is logged stays with the user, in the console of a browser."""
    own = connection.library == "browser" or bool(project.of(Notice, connection))
    return connection.side is Side.CLIENT and own


def _grade(line: Line) -> str:
    if line.debug:
        return "debug"
    return "excerpt" if line.cut else "failed" if line.failed else ""


def _order(line: Line) -> tuple[bool, bool]:
    return line.wrote is Wrote.ADDRESS, bool(_grade(line))


@check("WS172", on=Query)
def secret_in_url(query: Query, project: Project) -> Verdicts:
    """A credential that lasts travels in a header or message, not in the address."""
    connection = query.connections[0]
    if not connection.judged or connection.role is Role.LIBRARY:
        return
    if not query.secret:
        yield Pass(query.at, f"`{query.once}` in its address is for one use")
    elif connection.side is Side.CLIENT or not _said_by_client(connection, project):
        logged = _logged(connection, project)
        verb = "puts" if connection.side is Side.CLIENT else "takes"
        yield Problem(
            query.at,
            f"`{connection.name}` {verb} `{query.secret}` in the address of the "
            f"WebSocket, which {'is' if logged else 'servers and proxies'} "
            f"{'written to the log here' if logged else 'write to their logs'}",
            variant="logged" if logged else _kept_quiet(project),
            cause=(query.at.path, query.secret),
            related=(Related(logged.at, "logged here"),) if logged else (),
        )


def _said_by_client(connection: Connection, project: Project) -> bool:
    """Whether a client that is in sight is the one to mend."""
    clients = {
        pair.client for pair in project.all(Pair) if connection in pair.connections
    }
    return any(
        query.secret and query.connections[0] in clients for query in project.all(Query)
    )


def _logged(connection: Connection, project: Project) -> Line | None:
    return next(
        (
            line
            for journal in project.of(Journal, connection)
            for line in journal.lines
            if line.wrote is Wrote.ADDRESS
        ),
        None,
    )


def _kept_quiet(project: Project) -> str:
    """Whether the server program is told to write no log of requests."""
    told = [each.options for each in project.all(Deployment)]
    quiet = any(
        options.get("access_log") in _OFF or "no_access_log" in options
        for options in told
    )
    return "no-access-log" if quiet else ""


@check("WS175", on=ErrorReply)
def error_detail_leaked(reply: ErrorReply, project: Project) -> Verdicts:
    """A client is told that something failed, and not what the exception says."""
    if not reply.leaks:
        yield Pass(reply.at, "what the exception says is not told")
    elif not reply.broad:
        yield Pass(reply.at, "an error of a known kind is told")
    else:
        yield Problem(
            reply.at,
            f"`{reply.text}` tells the client what any exception says "
            f"(`{reply.leaks}`): paths, queries and parts of other people's data",
            variant="local" if _stays_here(reply, project) else "",
        )


def _stays_here(reply: ErrorReply, project: Project) -> bool:
    """Whether only programs on the machine itself are told."""
    doors = project.of(Admission, reply.connections[0])
    return bool(doors) and all(is_here(each, project) for each in doors)
