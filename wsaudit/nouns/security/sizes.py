"""Sizes: how large a message may be, by option, by runner and by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.held import messages
from wsaudit.connections.capabilities import capability
from wsaudit.deployment.deployments import deployments
from wsaudit.model import Seen
from wsaudit.model.limits import MessageSize
from wsaudit.program.asked import asked

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_UNIT = {"": 1, "bytes": 1, "kb": 1024, "mb": 1024**2}


def sizes(scene: Scene) -> Iterator[MessageSize]:
    """The limit of each connection, and of each program that runs servers."""
    for socket in scene.sockets:
        if not socket.fact.declared and socket.fact.judged:
            yield from _of_socket(scene, socket)
    yield from _of_runners(scene)


def _of_socket(scene: Scene, socket: Socket) -> Iterator[MessageSize]:
    found = capability(scene, socket, "max_message")
    if found is None or not (found.option or isinstance(found.value, int | float)):
        return
    at = socket.configured or socket.creation
    # Where another library is built on it, its options are given elsewhere.
    own = any(
        cap.name == "max_message" for cap in scene.dialects.dialect(socket.dialect).cap
    )
    if found.option is None and not (own and at is not None) and _is_large(found.value):
        return
    text = f"{found.cap.option}={found.value}"
    if found.option is not None:
        text = f"{found.cap.option}={_written(found.value, found.seen)}"
    yield MessageSize(
        at=scene.callee_place(at) if at is not None else socket.fact.at,
        connections=(socket.fact,),
        title=scene.dialects.dialect(socket.dialect).dialect.title,
        most=_bytes(found.value, found.cap.unit)
        if found.seen is Seen.PRESENT
        else None,
        option=text if found.option is not None else "",
        known=found.seen is not Seen.UNKNOWN and _is_number(found.value, found.seen),
        text=socket in _of_text(scene),
    )


def _is_large(value: object) -> bool:
    return isinstance(value, int | float) and value > 64 * 1024**2


def _is_number(value: object, seen: Seen) -> bool:
    return seen is Seen.ABSENT or isinstance(value, int | float)


def _written(value: object, seen: Seen) -> str:
    return "None" if value is None and seen is Seen.ABSENT else str(value)


def _bytes(value: object, unit: str) -> float | None:
    return value * _UNIT.get(unit, 1) if isinstance(value, int | float) else None


@asked
def _of_text(scene: Scene) -> frozenset[Socket]:
    """The sockets whose messages are parsed from JSON."""
    return frozenset(
        message.socket
        for call in scene.program.calls_of(scene.dialects.word_ends("parse"))
        for message in messages(scene, call)
    )


def _of_runners(scene: Scene) -> Iterator[MessageSize]:
    """What server programs are told of it."""
    if not scene.endpoints:
        return
    facts = tuple(
        socket.fact
        for socket in scene.sockets
        if socket.endpoint is not None
        and (cap := scene.dialects.cap(socket.dialect, "ping_out")) is not None
        and cap.option == "runner"
    )
    for deployment in deployments(scene):
        cap = scene.dialects.cap(deployment.runner, "max_message")
        if cap is None or cap.option not in deployment.options or not facts:
            continue
        value = deployment.options[cap.option]
        number = float(value) if value and value.replace(".", "").isdigit() else None
        yield MessageSize(
            at=deployment.at,
            connections=facts,
            title=deployment.title,
            most=None if value in {"None", "0"} else number,
            option=f"{cap.option}={value}",
            known=value in {"None", "0"} or number is not None,
        )
