"""Closings: whether a socket is closed when the component that opened it is over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in, mentions, outlives, writes
from wsaudit.analysis.components import effects
from wsaudit.analysis.lifecycle import (
    aborted,
    closers,
    closing,
    ended,
    unmounting,
)
from wsaudit.analysis.paths import paths
from wsaudit.analysis.runs import below, spread
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import Known, deciding, known
from wsaudit.model import Evidence, Seen
from wsaudit.model.delivery import Standing
from wsaudit.model.lifecycle import Missed
from wsaudit.nouns.components.closures import keeps_up, reads
from wsaudit.nouns.sending.opentests import says
from wsaudit.program import tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.analysis.triggers import Mount
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_MAY_CLOSE = re.compile(
    r"(.*(close|disconnect|destroy|dispose|terminate|shut_?down|stop|clean_?up|tear_?down|"
    r"unsubscribe|abort|release|leave|reset|end|kill|deactivate|unmount|off)\w*)",
    re.IGNORECASE,
)


def closed(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> tuple[Evidence, Missed | None]:
    """Whether the life of a component that opens a socket ends with a close of it.

    And the close, if there is one, that misses it.
    """
    for name in ("hook_cleanup", "auto_cleanup"):
        found = capability(scene, socket, name)
        if found is not None and found.seen is Seen.PRESENT:
            return Evidence(Seen.PRESENT, "the library closes it on unmount"), None
    missed: list[Missed] = []
    doubt: Evidence | None = None
    for function, call in (
        *closers(scene, socket, mounted),
        *((one, closing(scene, socket, one)) for one in aborted(scene)),
    ):
        if call is None:
            continue
        miss = _missing(scene, socket, function, call)
        test = None if miss else _perhaps(scene, socket, function, call)
        if miss is None and test is None:
            name = scene.program.name_of(function)
            where = f"`{name}`" if name else "the cleanup"
            why = f"closed by {where}"
            return Evidence(Seen.PRESENT, why, scene.place(call)), None
        if miss is not None:
            missed.append(miss)
        elif test is not None:
            why = f"whether it is closed depends on `{scene.text(test)}`"
            doubt = doubt or Evidence(Seen.UNKNOWN, why, scene.place(test))
    if _for_the_page(scene, socket, mounted):
        why = "made once and kept for the life of the page"
        return Evidence(Seen.PRESENT, why), None
    return doubt or _unseen(scene, socket, mounted), next(iter(missed), None)


# -- closes that miss ------------------------------------------------------------------


def _missing(
    scene: Scene, socket: Socket, function: nodes.Function, close: nodes.Call
) -> Missed | None:
    """How a close at the end misses a socket that there is."""
    run = below(scene, function)
    closes = [
        use.call
        for use in scene.uses_of(socket, "close")
        if scene.program.function_of(use.call) in run
    ]
    if all(_only_when_open(scene, socket, call) for call in closes):
        return Missed(scene.place(close), "connecting")
    stale = _stale(scene, socket, function)
    if all(_receiver(call) in stale for call in closes):
        return Missed(scene.place(close), "stale", scene.text(close.function))
    return None


def _only_when_open(scene: Scene, socket: Socket, call: nodes.Call) -> bool:
    """Whether a socket that is still connecting is left behind by a close."""
    return any(
        says(scene, one, (socket,)) is Standing.OPEN
        for one in known(scene.program, call)
    )


def _stale(
    scene: Scene, socket: Socket, function: nodes.Function
) -> frozenset[nodes.Node]:
    """The names by which a cleanup reads a state as it was when its effect began.

    A socket that the effect has put there is not in it yet.
    """
    found: set[nodes.Node] = set()
    for effect in effects(scene):
        if function not in effect.cleanups or effect.component is None:
            continue
        for read in reads(scene, function, effect.component):
            hook = read.reactive.hook
            if hook is None or keeps_up(scene, effect, read):
                continue
            first = hook.site.arguments if isinstance(hook.site, nodes.Call) else ()
            if not any(socket in _made_by(scene, each.value) for each in first[:1]):
                found.add(read.name)
    return frozenset(found)


def _made_by(scene: Scene, node: nodes.Expression) -> Iterator[Socket]:
    """The sockets that an initial value is, or that its function gives."""
    yield from scene.sockets_of(node)
    for function in scene.functions_of(node):
        for value in scene.program.results(function):
            if isinstance(value, values.Instance) and value.site in scene.by_site:
                yield scene.by_site[value.site]


def _receiver(call: nodes.Call) -> nodes.Node | None:
    """The name that a close is called on."""
    inner = call.function
    return tree.strip(inner.object) if isinstance(inner, nodes.Member) else None


def _perhaps(
    scene: Scene, socket: Socket, function: nodes.Function, close: nodes.Call
) -> nodes.Expression | None:
    """A test on the way to a close that is about something else than the socket."""
    held = kept_in(scene, socket.creation)
    unsure: nodes.Expression | None = None
    for path in paths(scene, function, close):
        others = [
            test
            for node in path.nodes
            for test in deciding(scene.program, node)
            if not any(mentions(scene, test, cell) for cell in held)
            and not any(socket in scene.sockets_of(part) for part in _read(scene, test))
            and says(scene, Known(test, holds=True), (socket,)) is Standing.UNCHECKED
            and not _asks_for_the_first(scene, socket, test)
        ]
        if not others:
            return None
        unsure = unsure or others[0]
    return unsure


def _asks_for_the_first(scene: Scene, socket: Socket, test: nodes.Expression) -> bool:
    """``if (this.closed) return``: what only a close of the socket writes."""
    cells = {scene.program.cell(part) for part in _read(scene, test)} - {None}
    written = [
        write.function
        for cell in cells
        for write in (writes(scene, cell) if cell is not None else ())
        if not write.first
    ]
    return bool(written) and all(
        function is not None and closing(scene, socket, function) is not None
        for function in written
    )


def _read(scene: Scene, test: nodes.Node) -> Iterator[nodes.Name | nodes.Member]:
    """The names and members in a test, and in what its local names stand for."""
    for part in tree.walk(test):
        if isinstance(part, nodes.Name | nodes.Member):
            yield part
        binding = scene.program.binding(part) if isinstance(part, nodes.Name) else None
        value = binding.writes[0].value if binding and binding.constant else None
        for inner in tree.walk(value) if isinstance(value, nodes.Member) else ():
            if isinstance(inner, nodes.Name | nodes.Member):
                yield inner


def _for_the_page(scene: Scene, socket: Socket, mounted: tuple[Mount, ...]) -> bool:
    """A socket of an object of the page, or one that is made when there is none."""
    kept = kept_in(scene, socket.creation)
    held = [cell for cell in kept if outlives(scene, cell, None)]
    creation = socket.creation
    if not held or creation is None:
        return False
    if any(cell.kind in {"field", "entry"} for cell in held) and not any(
        mount.effect is not None and _opens_another(scene, socket, mount.effect)
        for mount in mounted
    ):
        return True
    sites: list[Node] = [creation]
    if socket.creator is not None:
        sites.extend(scene.program.callers(socket.creator))
    return any(
        mentions(scene, test, cell)
        for site in sites
        for test in deciding(scene.program, site)
        for cell in kept
    )


def _opens_another(scene: Scene, socket: Socket, effect: Effect) -> bool:
    """Whether an effect opens a socket for each value of what it depends on.

    One that is told what to open by a dependency, and closes nothing before.
    """
    program = scene.program
    names = [one for one in effect.dependencies or () if isinstance(one, nodes.Name)]
    known = {program.binding(name) for name in names} - {None}
    opening = [
        call
        for call in scene.calls_in((effect.callback,))
        if any(
            isinstance(each.value, nodes.Name) and program.binding(each.value) in known
            for each in call.arguments
        )
        and socket.creator in spread(scene, program.callees(call))
    ]
    ran = spread(scene, (effect.callback,)) if opening else ()
    return bool(opening) and not any(
        program.function_of(use.call) in ran for use in scene.uses_of(socket, "close")
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
    for value in scene.program.results(component):
        if isinstance(value, values.Func):
            yield value.function
        elif isinstance(value, values.Rec):
            for entry in value.node.entries:
                if tree.key_of(entry):
                    yield from scene.functions_of(entry.value)
        elif isinstance(value, values.Seq):
            for item in value.node.items:
                yield from scene.functions_of(item)
