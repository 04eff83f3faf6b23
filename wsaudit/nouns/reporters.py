"""Reporters: what hears of errors, and whether those of sockets are among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.absence import search
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.runs import spread
from wsaudit.analysis.triggers import after
from wsaudit.deployment import requirements
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence
from wsaudit.model.errors import Reported, Reporter
from wsaudit.program import folding
from wsaudit.program.tree import last_name
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (Reporter, Reported)

_DIALECT = "error-reporting"
_REPORTS = re.compile(r"(?i)report|capture|track|sentry|telemetry|monitor")


def find(scene: Scene) -> Iterator[Reporter | Reported]:
    """What is told of errors, and whether a project's clients tell it of theirs."""
    yield from _reporters(scene)
    yield from _reported(scene)


def _reporters(scene: Scene) -> Iterator[Reporter]:
    """One fact for each service that is set up, and each listener to such errors."""
    for call in _calls(scene):
        at = scene.callee_place(call)
        if not is_test_path(at.path):
            name = scene.text(call.function)
            yield Reporter(at=at, name=name, service=_is_service(scene, call))


def _calls(scene: Scene) -> Iterator[nodes.Call]:
    for call in scene.program.calls_of(scene.dialects.word_ends("reporter")):
        if _is_service(scene, call):
            yield call
    for call in scene.program.calls_of(scene.dialects.spoken("listens")):
        event = call.arguments[0].value if len(call.arguments) > 1 else None
        name = folding.fold_text(scene.program, event) if event is not None else None
        if name is not None and scene.dialects.speaks("unhandled", name):
            yield call


def _is_service(scene: Scene, call: nodes.Call) -> bool:
    return scene.word("reporter", call) is not None


# -- whether sockets report --------------------------------------------------------


def _reported(scene: Scene) -> Iterator[Reported]:
    """One fact for the clients of a project that has such a service."""
    service = _service(scene)
    clients = [
        socket
        for socket in scene.clients()
        if scene.program.module_of(socket.site).language == "typescript"
    ]
    if not service or not clients:
        return
    found = [_reports(scene, socket) for socket in clients]
    told = next((one for one in found if one.present), None)
    unsure = next((one for one in found if one.unknown), None)
    yield Reported(
        at=clients[0].fact.at,
        connections=tuple(socket.fact for socket in clients),
        service=service,
        reports=told or unsure or found[0],
    )


def _service(scene: Scene) -> str:
    """The package of a service for errors that a project asks for, "" without one."""
    known = scene.dialects.dialect(_DIALECT).dialect.packages
    wanted = {name for name, _ in requirements.in_packages(scene.program.files)}
    return next((name for name in known if name in wanted), "")


def _reports(scene: Scene, socket: Socket) -> Evidence:
    """Whether a client tells the service of an error, an end or a bad text."""
    ended = after(scene, socket, Event.ERROR, Event.CLOSE)
    starts = dict.fromkeys((*ended, *scene.in_order(socket.unit)))
    scope = spread(scene, starts, hows=AT_ONCE, deep=NEAR)

    def tells(node: Node) -> str | None:
        told = isinstance(node, nodes.Call) and scene.word("captures", node)
        return "it is reported" if told else None

    def hides(node: Node) -> str | None:
        if not isinstance(node, nodes.Call):
            return None
        name = last_name(node.function)
        return f"what `{name}()` does" if _REPORTS.search(name) else None

    return search(scene.program, scope, tells, hides)
