"""Closings: whether a socket is closed when the component that opened it is over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in, mentions, outlives
from wsaudit.analysis.components import teardowns, unmounts
from wsaudit.analysis.runs import below
from wsaudit.model import Evidence, Seen
from wsaudit.program import flow, folding, tree, values
from wsaudit.program.tree import last_name
from wsaudit.recognise.connections.capabilities import capability
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.triggers import Mount
    from wsaudit.recognise.scene import Scene, Socket
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
    ends = [*ending(scene, mounted), *_aborted(scene)]
    for function in dict.fromkeys(ends):
        use = closing(scene, socket, function)
        if use is not None:
            where = scene.program.name_of(function) or "the cleanup"
            return Evidence(
                Seen.PRESENT, f"closed by {_called(where)}", scene.place(use)
            )
    if _for_the_page(scene, socket):
        return Evidence(Seen.PRESENT, "made once and kept for the life of the page")
    why = _hidden(scene, socket, mounted)
    return Evidence(Seen.UNKNOWN, why) if why else Evidence(Seen.ABSENT)


def _called(name: str) -> str:
    return name if " " in name else f"`{name}`"


def ending(scene: Scene, mounted: tuple[Mount, ...]) -> Iterator[nodes.Function]:
    """The functions that run when components are over, those of these mounts first."""
    own = dict.fromkeys(unmounting(scene, mounted))
    yield from own
    yield from (one.function for one in teardowns(scene) if one.function not in own)


def unmounting(scene: Scene, mounted: tuple[Mount, ...]) -> Iterator[nodes.Function]:
    """The functions that run when the components of some mounts are over."""
    components = dict.fromkeys(mount.component for mount in mounted)
    for mount in mounted:
        yield from mount.cleanups
    yield from (one.function for one in teardowns(scene) if one.component in components)
    for component in components:
        if isinstance(component, nodes.ClassDef):
            yield from unmounts(scene, component)


def closing(
    scene: Scene, socket: Socket, function: nodes.Function
) -> nodes.Call | None:
    """The nearest call that closes a socket when a function runs, if there is one."""
    closes = {
        scene.program.function_of(use.call): use.call
        for use in reversed(tuple(scene.uses_of(socket, "close")))
    }
    return next(
        (closes[each] for each in below(scene, function) if each in closes), None
    )


def _aborted(scene: Scene) -> Iterator[nodes.Function]:
    """What runs when an AbortSignal is aborted, as a cleanup may do."""
    for call in scene.program.calls_named("addEventListener"):
        if (
            len(call.arguments) > 1
            and folding.fold_text(scene.program, call.arguments[0].value) == "abort"
        ):
            yield from scene.functions_of(call.arguments[1].value)


def _for_the_page(scene: Scene, socket: Socket) -> bool:
    """A socket of an object of the page, or one that is made when there is none."""
    held = frozenset(
        cell for cell in kept_in(scene, socket.creation) if outlives(scene, cell, None)
    )
    if any(cell.kind == "field" for cell in held):
        return True
    creation = socket.creation
    if not held or creation is None:
        return False
    sites: list[Node] = [creation]
    if socket.creator is not None:
        sites.extend(scene.program.callers(socket.creator))
    return any(
        mentions(scene, guard.test, cell)
        for site in sites
        for guard in flow.guards(site, scene.program.parents)
        for cell in held
    )


# -- what may hide a close -----------------------------------------------------------


def _hidden(scene: Scene, socket: Socket, mounted: tuple[Mount, ...]) -> str:
    """Why a close may be there although none was seen, "" when nothing hides one."""
    if socket.fact.partly_read:
        return "its file was read in part"
    if any(
        mount.effect is not None and mount.effect.opaque_cleanup for mount in mounted
    ):
        return "what the effect returns was not followed"
    for function in unmounting(scene, mounted):
        for call in scene.calls_in(below(scene, function)):
            if _may_close(scene, call):
                return f"`{scene.text(call.function)}` was not followed"
    if socket.fact.escapes:
        return f"it is {socket.fact.escapes}"
    if any(_hands_out(scene, socket, mount.component) for mount in mounted):
        return "the hook hands out what closes it, and its callers are not in sight"
    return ""


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
