"""Errands: messages by which users have things done, and whether they hear of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.destinations import goes
from wsaudit.analysis.messages.answering import answered
from wsaudit.analysis.messages.dispatches import handled, open_to
from wsaudit.analysis.messages.kinds import constants as texts
from wsaudit.analysis.messages.payloads import Constant, Shape, constants, shapes
from wsaudit.analysis.triggers import handlers_of, triggers
from wsaudit.dialects.language import words_in
from wsaudit.model import Event, Evidence, Fact, Seen, Side
from wsaudit.model.delivery import Errand, Reply
from wsaudit.program import tree, values

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use

MAKES = (Errand, Reply)

_TELLS_APART = re.compile(
    r"id|uuid|guid|nonce|ref|seq|\w*(request|req|message|msg|client|correlation|temp"
    r"|op|operation|command|call|transaction|tx|idempotency)_?(id|key|ref|no|number)",
    re.IGNORECASE,
)

_KEPT = frozenset({"awaited", "kept", "passed"})


def find(scene: Scene) -> Iterator[Fact]:
    """One fact for each client that has things done, one for each answer to them."""
    asked: set[tuple[str, str]] = set()
    for socket in scene.sockets:
        if socket.fact.side is Side.CLIENT and socket.fact.judged:
            found = list(_errands(scene, socket))
            asked |= {(one.key, one.value) for one, _ in found}
            if found:
                yield _errand(scene, socket, found)
    for socket in scene.sockets if asked else ():
        if socket.endpoint is not None and socket.fact.judged:
            for key, kind in sorted(asked):
                sent = answered(scene, socket, key, kind)
                at, ends = socket.endpoint.at, (socket.fact,)
                yield Reply(at=at, connections=ends, kind=kind, sent=sent)


def _errand(scene: Scene, socket: Socket, found: list[tuple[Constant, str]]) -> Errand:
    """What a client has done, those first of which nothing tells that they came."""
    silent = [one for one, why in found if not why]
    first, why = found[0]
    told = Evidence(Seen.PRESENT, why)
    if silent:
        first, told = silent[0], _confirmed(scene, socket, silent)
    return Errand(
        at=scene.place(first.at),
        connections=(socket.fact,),
        kinds=tuple(dict.fromkeys(one.value for one in silent)),
        confirmed=told,
    )


def _errands(scene: Scene, socket: Socket) -> Iterator[tuple[Constant, str]]:
    """Each message of weight that an event of the page sends, and what goes with it."""
    for use in socket.uses:
        for shape, one, why in _said(scene, use, socket):
            parts = set(words_in(one.value))
            home = scene.program.function_of(one.at)
            if (
                home is not None
                and parts & scene.dialects.spoken("has-done")
                and not parts & scene.dialects.spoken("asks-for")
                and any(each.kind == "event" for each in triggers(scene, home))
            ):
                yield one, why or _id(scene, shape)


def _said(
    scene: Scene, use: Use, socket: Socket
) -> Iterator[tuple[Shape, Constant, str]]:
    """The constants of a message, and how its library has it confirmed."""
    given, op = use.call.arguments, use.op
    if op.payload is None or use.op.means != "send":
        return
    if op.topic is not None and len(given) > op.topic:
        heard = [each.way for each in goes(scene.program, use.call)]
        calls_back = any(scene.functions_of(each.value) for each in given[1:])
        why = (
            "the library tells when it has come"
            if calls_back or _KEPT & {*heard}
            else ""
        )
        names, _ = texts(scene, given[op.topic].value)
        for name in names:
            yield Shape(), Constant("", name, given[op.topic].value), why
    elif op.topic is None and len(given) > op.payload:
        for shape in shapes(scene, given[op.payload].value, socket):
            for one in constants(scene, shape)[0]:
                yield shape, one, ""


def _id(scene: Scene, shape: Shape, deep: int = 2) -> str:
    """What in a message tells its answer from others."""
    level = [] if shape.record is None else [shape.record]
    for _ in range(deep):
        entries = [entry for record in level for entry in record.entries]
        for name in filter(None, map(tree.key_of, entries)):
            if _TELLS_APART.fullmatch(name):
                return f"`{name}` goes with it"
        level = [
            value.node
            for entry in entries
            for value in scene.program.values(entry.value)
            if isinstance(value, values.Rec)
        ]
    return ""


def _confirmed(scene: Scene, socket: Socket, silent: list[Constant]) -> Evidence:
    """Whether a client handles a message that may say that these have come."""
    if not handlers_of(scene, socket, Event.MESSAGE, Event.OTHER):
        return Evidence(Seen.ABSENT)
    found = handled(scene, socket)
    doubt = open_to(scene, socket, found)
    done = {w for one in silent for w in words_in(one.value)}
    stems = [w.rstrip("e") for w in done & scene.dialects.spoken("has-done")]
    for kind in sorted(found.values):
        told = set(words_in(kind))
        same = any(word.startswith(stem) for word in told for stem in stems)
        if same or told & scene.dialects.spoken("confirms"):
            return Evidence(Seen.PRESENT, f"`{kind}` is handled, which may tell of it")
        if told & scene.dialects.spoken("says-failed"):
            doubt = doubt or f"whether `{kind}` tells of it when it fails"
    return Evidence(Seen.UNKNOWN if doubt else Seen.ABSENT, doubt)
