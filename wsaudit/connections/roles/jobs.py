"""Jobs: connections that last as long as some work on the server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.components import outermost
from wsaudit.analysis.runs import below, spread
from wsaudit.analysis.states import writes_in, written_cells
from wsaudit.analysis.triggers import after, effects_of
from wsaudit.connections.roles.endings import closes_when_done, texts
from wsaudit.flow.conditions import holding
from wsaudit.limits import STEPS
from wsaudit.model import Event, Side
from wsaudit.program import folding, tree
from wsaudit.program.cells import Cell
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_UNDER_WAY = re.compile(
    r"in[_-]?progress|processing|running|pending|queued|started|uploading|generating|"
    r"building|executing|working",
    re.IGNORECASE,
)
_IS_UNDER_WAY = re.compile(
    r"is_?(processing|running|uploading|generating|building|executing)", re.IGNORECASE
)
_JOB = (
    r"(job|task|upload|run|process|export|import|build|execution|generation|batch|"
    r"analysis|operation|progress|conversion|transcription|training|render|scan|ingest)"
)
_JOB_NAME = re.compile(rf".*{_JOB}s?_?(id|uuid|key)", re.IGNORECASE)
_JOB_PATH = re.compile(rf"/{_JOB}(s|es|ing)?([/?]|$)", re.IGNORECASE)
_FETCH = re.compile(
    r"fetch\w*|refetch|mutate|axios|(.*\.)?(api|axios|http|client)\.\w+"
)
_NAMELESS = Cell("variable", None)


def one_job(scene: Scene, socket: Socket) -> str:
    """Why a client's connection lasts as long as a job, "" when it is not known to."""
    if socket.fact.side is not Side.CLIENT or socket.creation is None:
        return ""
    status = _gate(scene, socket)
    if status:
        return f"opened only while `{status}` says that work is under way"
    job = _job_in_url(scene, socket)
    if job and closes_when_done(scene, socket):
        return f"follows one job (`{job}`) and closes when it is done"
    return ""


def polled(scene: Scene, socket: Socket) -> bool:
    """Whether the news of a socket are also asked for at intervals, beside it.

    A poll that asks for something else does not help: what messages write must be
    written by the poll too, or be read from what it gets under the same name.
    """
    around = outermost(scene.program, socket.creation) if socket.creation else None
    if around is None:
        return False
    functions = below(scene, around) | socket.unit
    polls = [
        node
        for function in functions
        for node in tree.own_of(function)
        if _polls(scene, node)
    ]
    told = _told(scene, after(scene, socket, Event.MESSAGE))
    return bool(polls) and (
        None in told or told <= _got(scene, polls) | _read_in(functions)
    )


def _told(scene: Scene, run: Iterable[nodes.Function]) -> frozenset[str | None]:
    """The names of the states that some functions write, None for what has none."""
    return frozenset(
        cell.name or None
        for write in writes_in(scene, run)
        for cell, _ in written_cells(scene, write) or ((_NAMELESS, None),)
    )


def _got(scene: Scene, polls: Iterable[nodes.Node]) -> frozenset[str | None]:
    """The names of the states that repeated functions write."""
    repeated = [
        function
        for poll in polls
        if isinstance(poll, nodes.Call)
        for function in scene.functions_of(poll.arguments[0].value)
    ]
    return _told(scene, spread(scene, repeated)) - {None}


def _read_in(functions: Iterable[nodes.Function]) -> frozenset[str | None]:
    """The names under which parts of anything are read."""
    return frozenset(
        node.name
        for function in functions
        for node in tree.own_of(function)
        if isinstance(node, nodes.Member)
    )


def _polls(scene: Scene, node: nodes.Node) -> bool:
    """An option of a query that repeats it, or an interval that fetches."""
    match node:
        case nodes.Entry(value=value) if tree.key_of(node) in scene.dialects.spoken(
            "polls"
        ):
            interval = folding.fold(scene.program, value)
            return interval is None or bool(interval.value)
        case nodes.Call(function=function, arguments=[first, *_]):
            return last_name(function) == "setInterval" and any(
                _fetches(scene, each) for each in scene.functions_of(first.value)
            )
        case _:
            return False


def _fetches(scene: Scene, function: nodes.Function) -> bool:
    return any(
        _FETCH.fullmatch(tree.dotted(call.function) or last_name(call.function))
        for call in scene.calls_in(below(scene, function))
    )


def _gate(scene: Scene, socket: Socket) -> str:
    """The status without which the effect that makes a socket does nothing."""
    for effect in effects_of(scene, socket):
        for call in scene.calls_in((effect.callback,)):
            if not _makes(scene, call, socket):
                continue
            for test, holds in holding(scene.program, call):
                name = _status(scene, test, holds=holds)
                if name:
                    return name
    return ""


def _makes(scene: Scene, call: nodes.Call, socket: Socket) -> bool:
    return call is socket.creation or any(
        socket.creator in below(scene, function)
        for function in scene.program.callees(call)
    )


def _status(scene: Scene, test: nodes.Expression, *, holds: bool) -> str:
    """The name of a status that a test finds to be under way."""
    match test:
        case nodes.Binary(op="==" | "!=" as op, left=left) if (op == "==") is holds:
            if any(_UNDER_WAY.fullmatch(text) for text in texts(scene, test)):
                return scene.text(left)
        case nodes.Name(id=name) | nodes.Member(name=name) if holds:
            if _IS_UNDER_WAY.fullmatch(name):
                return name
        case _:
            pass
    return ""


def _job_in_url(scene: Scene, socket: Socket) -> str:
    """The name of a job's id in the URL, or the path that is about jobs."""
    if socket.url is None:
        return ""
    for name in _names_in(scene, socket.url, 0):
        if _JOB_NAME.fullmatch(name):
            return name
    path = _JOB_PATH.search(socket.fact.url)
    return path[0] if path and "{}" in socket.fact.url[path.start() :] else ""


def _names_in(scene: Scene, node: nodes.Node, depth: int) -> Iterator[str]:
    """The identifiers in an expression and in what its local names stand for."""
    for part in tree.walk(node):
        if isinstance(part, nodes.Member):
            yield part.name
        elif isinstance(part, nodes.Name):
            yield part.id
            binding = scene.program.binding(part)
            if binding is None or depth > STEPS or not binding.constant:
                continue
            value = binding.writes[0].value
            if binding.writes[0].kind == "assign" and value is not None:
                yield from _names_in(scene, value, depth + 1)
