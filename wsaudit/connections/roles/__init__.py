"""Roles: what a connection is for, which decides which absences matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.held import messages
from wsaudit.connections.declared import declaration_of
from wsaudit.connections.roles import errands, jobs, packages
from wsaudit.connections.scene import restate
from wsaudit.model import Role, Side
from wsaudit.program import folding

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax import nodes


def assign(scene: Scene) -> None:
    """Give every socket its role; before any family makes facts of it.

    What a comment declares comes first, then tests, bridges, one request, one job and
    libraries. Where nothing speaks for a role the connection is persistent, to which
    every rule applies.
    """
    bridges = _bridges(scene)
    mocked = _mocked(scene)
    for socket in scene.sockets:
        role, why = _declared(scene, socket)
        if role is None:
            role, why = _told(scene, socket, bridges, mocked)
        polled = role is Role.TASK_SCOPED and jobs.polled(scene, socket)
        if role is not socket.fact.role or why or polled:
            fact = replace(socket.fact, role=role, role_why=why, polled=polled)
            restate(scene, socket, fact)


def _declared(scene: Scene, socket: Socket) -> tuple[Role | None, str]:
    """The role in a comment on or above the creation or the endpoint."""
    declaration = declaration_of(scene, socket, "role")
    if declaration is None:
        return None, ""
    return Role(declaration.value), "declared in a comment"


def _told(
    scene: Scene, socket: Socket, bridges: dict[Socket, str], mocked: frozenset[str]
) -> tuple[Role, str]:
    """The role that the code tells, and what tells it."""
    path = socket.fact.at.path
    if socket.fact.role is Role.TEST:
        return Role.TEST, "test, mock or example code"
    if path in mocked:
        return Role.TEST, "its file replaces `WebSocket` with a stub"
    server = socket.fact.side is Side.SERVER
    why = packages.dev_mock(scene, path) if server else ""
    if why:
        return Role.TEST, why
    if socket in bridges:
        return Role.BRIDGE, bridges[socket]
    why = errands.one_request(scene, socket)
    if why:
        return Role.ONE_SHOT, why
    why = jobs.one_job(scene, socket)
    if why:
        return Role.TASK_SCOPED, why
    why = packages.library(scene, path)
    if why:
        return Role.LIBRARY, why
    return Role.PERSISTENT, ""


def _mocked(scene: Scene) -> frozenset[str]:
    """The files that put a stub in the place of ``WebSocket``, as only tests do."""
    return frozenset(
        scene.place(call).path
        for call in scene.program.calls_named("stubGlobal")
        if call.arguments
        and folding.fold_text(scene.program, call.arguments[0].value) == "WebSocket"
    )


# -- bridges -----------------------------------------------------------------------


def _bridges(scene: Scene) -> dict[Socket, str]:
    """The sockets that only hand messages on: what one receives the other sends.

    One of the two is opened by the code of the other, and messages go both ways.
    """
    passed = {pair for use in scene.uses for pair in _passes(scene, use)}
    found: dict[Socket, str] = {}
    for first, second in sorted(passed, key=lambda pair: pair[0].fact.at):
        if (second, first) in passed and _opened_by(second, first):
            found[first] = f"hands its messages to and from `{second.fact.name}`"
            found[second] = f"hands its messages to and from `{first.fact.name}`"
    return found


def _passes(scene: Scene, use: Use) -> Iterator[tuple[Socket, Socket]]:
    """From which socket to which a send hands a message on."""
    payload = _payload(use)
    if use.op.means != "send" or payload is None:
        return
    for message in messages(scene, payload):
        for target in use.sockets:
            if target is not message.socket:
                yield message.socket, target


def _payload(use: Use) -> nodes.Expression | None:
    arguments = use.call.arguments
    position = use.op.payload
    if position is None or position >= len(arguments):
        return None
    return arguments[position].value


def _opened_by(inner: Socket, outer: Socket) -> bool:
    return inner.creation is not None and inner.creator in outer.unit
