"""Closings: whether a socket is closed when the component that opened it is over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in, mentions, outlives
from wsaudit.analysis.lifecycle import (
    aborted,
    closers,
    closing,
    ended,
    unmounting,
)
from wsaudit.analysis.runs import below, spread
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import deciding, known
from wsaudit.model import Evidence, Seen
from wsaudit.model.delivery import Standing
from wsaudit.nouns.sending.opentests import says
from wsaudit.program import tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.triggers import Mount
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

_MAY_CLOSE = re.compile(
    r"(.*(close|disconnect|destroy|dispose|terminate|shut_?down|stop|clean_?up|tear_?down|"
    r"unsubscribe|abort|release|leave|reset|end|kill|deactivate|unmount|off)\w*)",
    re.IGNORECASE,
)


def closed(scene: Scene, socket: Socket, mounted: tuple[Mount, ...]) -> Evidence:
    """Whether the life of a component that opens a socket ends with a close of it."""
    for name in ("hook_cleanup", "auto_cleanup"):
        found = capability(scene, socket, name)
        if found is not None and found.seen is Seen.PRESENT:
            return Evidence(Seen.PRESENT, "the library closes it on unmount")
    for function, call in (
        *closers(scene, socket, mounted),
        *((one, closing(scene, socket, one)) for one in aborted(scene)),
    ):
        if call is not None and not only_when_open(scene, socket, function):
            name = scene.program.name_of(function)
            where = f"`{name}`" if name else "the cleanup"
            return Evidence(Seen.PRESENT, f"closed by {where}", scene.place(call))
    if _for_the_page(scene, socket):
        return Evidence(Seen.PRESENT, "made once and kept for the life of the page")
    return _unseen(scene, socket, mounted)


def only_when_open(
    scene: Scene, socket: Socket, function: nodes.Function
) -> Place | None:
    """The close in what a function runs, where each asks whether the socket is open.

    A socket that is still connecting is left behind by it.
    """
    run = below(scene, function)
    closes = [
        use.call
        for use in scene.uses_of(socket, "close")
        if scene.program.function_of(use.call) in run
    ]
    if not closes or not all(
        any(
            says(scene, one, (socket,)) is Standing.OPEN
            for one in known(scene.program, call)
        )
        for call in closes
    ):
        return None
    return scene.place(closes[0])


def half_closed(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> Place | None:
    """A close at the end of a component that an open socket alone gets to."""
    for function, _ in closers(scene, socket, mounted):
        at = only_when_open(scene, socket, function)
        if at is not None:
            return at
    return None


def _for_the_page(scene: Scene, socket: Socket) -> bool:
    """A socket of an object of the page, or one that is made when there is none."""
    held = [
        cell for cell in kept_in(scene, socket.creation) if outlives(scene, cell, None)
    ]
    if any(cell.kind == "field" for cell in held):
        return True
    creation = socket.creation
    if not held or creation is None:
        return False
    sites: list[Node] = [creation]
    if socket.creator is not None:
        sites.extend(scene.program.callers(socket.creator))
    return any(
        mentions(scene, test, cell)
        for site in sites
        for test in deciding(scene.program, site)
        for cell in held
    )


# -- what may hide a close -----------------------------------------------------------


def _unseen(scene: Scene, socket: Socket, mounted: tuple[Mount, ...]) -> Evidence:
    """Absent, unless there is something that may close it."""

    def hides(node: Node) -> str | None:
        if isinstance(node, nodes.Call) and _may_close(scene, node):
            return f"`{scene.text(node.function)}` was not followed"
        return None

    over = spread(scene, unmounting(scene, mounted))
    found = ended(scene, over, lambda _node: None, hides)
    why = ""
    if socket.fact.partly_read:
        why = "its file was read in part"
    elif any(one.effect is not None and one.effect.opaque_cleanup for one in mounted):
        why = "what the effect returns was not followed"
    elif found.unknown:
        why = found.why
    elif socket.fact.escapes:
        why = f"it is {socket.fact.escapes}"
    elif any(_hands_out(scene, socket, one.component) for one in mounted):
        why = "the hook hands out what closes it, and its callers are not in sight"
    return Evidence(Seen.UNKNOWN, why) if why else Evidence(Seen.ABSENT)


def _may_close(scene: Scene, call: nodes.Call) -> bool:
    """A call named like a close, of something that could not be followed."""
    if call in scene.use_of_call or not _MAY_CLOSE.fullmatch(last_name(call.function)):
        return False
    found = scene.program.values(call.function)
    return any(isinstance(value, values.Unknown) for value in found)


def _hands_out(scene: Scene, socket: Socket, component: Node) -> bool:
    """A hook that returns what closes the socket, with no caller in sight."""
    if not isinstance(component, nodes.Function) or scene.program.callers(component):
        return False
    return any(
        closing(scene, socket, function) is not None
        for function in _returned(scene, component)
    )


def _returned(scene: Scene, component: nodes.Function) -> Iterator[nodes.Function]:
    for value in values.results(scene.program, component):
        if isinstance(value, values.Func):
            yield value.function
        elif isinstance(value, values.Rec):
            for entry in value.node.entries:
                if tree.key_of(entry):
                    yield from scene.functions_of(entry.value)
        elif isinstance(value, values.Seq):
            for item in value.node.items:
                yield from scene.functions_of(item)
