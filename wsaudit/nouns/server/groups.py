"""Groups: what a library keeps of connections by a name, and who takes them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.triggers import handling
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.model.registry import Held, Registration
from wsaudit.program import folding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


def groups(scene: Scene) -> Iterator[Registration]:
    """Every joining of a group by a server's connection."""
    for socket in scene.sockets:
        if socket.endpoint is None or socket.fact.role is Role.TEST:
            continue
        for call, group in _calls(scene, "joins", socket.unit):
            found = _removal(scene, socket, group)
            yield Registration(
                at=scene.callee_place(call),
                connections=(socket.fact,),
                registry=_name(scene, group),
                held=Held.SOCKET,
                undone=found,
                removal=found,
                reaped=found,
                added_at=scene.callee_place(call),
            )


def _name(scene: Scene, group: nodes.Expression | None) -> str:
    text = scene.text(group) if group is not None else "…"
    return "the group" if "…" in text else text


def _removal(scene: Scene, socket: Socket, group: nodes.Expression | None) -> Evidence:
    """Whether a connection leaves a group when it is over."""
    closing = handling(scene, (socket,), Event.CLOSE)
    for call, left in _calls(scene, "leaves", (*closing, *socket.unit)):
        if not _may_be_same(scene, group, left):
            continue
        at = scene.place(call)
        if scene.program.function_of(call) in closing:
            return Evidence(Seen.PRESENT, "it leaves the group when it is over", at)
        return Evidence(Seen.UNKNOWN, "it leaves the group at some other time", at)
    if socket.fact.partly_read:
        return Evidence(Seen.UNKNOWN, "its file has syntax errors")
    for call in scene.calls_in(closing):
        if any(socket in scene.sockets_of(each.value) for each in call.arguments):
            why = f"`{scene.text(call.function)}` cannot be followed"
            return Evidence(Seen.UNKNOWN, why)
    return Evidence(Seen.ABSENT, "nothing takes it out")


def _calls(
    scene: Scene, kind: str, functions: Iterable[nodes.Function]
) -> Iterator[tuple[nodes.Call, nodes.Expression | None]]:
    """The calls of a word in some functions, and the group that each is given."""
    for call in scene.calls_in(frozenset(functions)):
        done = call.function
        if isinstance(done, nodes.Call) and done.arguments:
            done = done.arguments[
                0
            ].value  # ``async_to_sync(layer.group_add)("a", me)``
        for name in scene.program.canonical_names(done):
            word = scene.dialects.match_word(kind, name)
            if word is not None:
                given = call.arguments[word.takes or 0 :][:1]
                yield call, given[0].value if given else None
                break


def _may_be_same(
    scene: Scene, one: nodes.Expression | None, other: nodes.Expression | None
) -> bool:
    if one is None or other is None:
        return True
    known = [folding.fold_text(scene.program, each) for each in (one, other)]
    return None in known or known[0] == known[1]
