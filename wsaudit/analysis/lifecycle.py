"""Life cycles: what is over when, and whether what was started then ends with it.

`life_of` is a connection's life and what runs once it is over. `ended` is the row that
many rules ask: by what runs when its life is over, is it ended? `unmounting` is what
runs when components are over, `closers` what closes a socket there, `endings` what ends
a connection on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.absence import Look, search
from wsaudit.analysis.cells import writes
from wsaudit.analysis.components import teardowns, unmounts
from wsaudit.analysis.runs import Below, below, spread
from wsaudit.analysis.timers import timers_in
from wsaudit.analysis.triggers import Mount, handlers_of, listeners
from wsaudit.limits import TOO_FAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_NAMED = nodes.Name | nodes.Member


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """A connection, the functions that end it on purpose, and what runs from then on.

    Nothing does where nothing ends it.
    """

    scene: Scene
    socket: Socket
    ends: tuple[nodes.Function, ...]
    over: Below


def life_of(scene: Scene, socket: Socket, mounted: tuple[Mount, ...]) -> Life:
    """The life of a connection that some components open."""
    ends = endings(scene, socket, mounted)
    over = (*ends, *unmounting(scene, mounted)) if ends else ()
    return Life(scene, socket, ends, spread(scene, over))


def written_at_the_end(life: Life, part: Node) -> Iterator[nodes.Expression]:
    """What the end of a connection writes to what a name or member reads."""
    cell = life.scene.program.cell(part) if isinstance(part, _NAMED) else None
    for write in writes(life.scene, cell) if cell is not None else ():
        if write.function in life.over and write.value is not None:
            yield write.value


def ended(scene: Scene, run: Below, ends: Look, hides: Look) -> Evidence:
    """Whether something is ended by what runs when its life is over.

    ``ends`` tells of a node that ends it, ``hides`` of one that may.
    """
    found = search(scene.program, run, ends, hides)
    if found.absent and not run.whole:
        return Evidence(Seen.UNKNOWN, TOO_FAR)
    return found


def unmounting(scene: Scene, mounted: Iterable[Mount]) -> tuple[nodes.Function, ...]:
    """The functions that run when the components of some mounts are over."""
    mounts = tuple(mounted)
    components = dict.fromkeys(mount.component for mount in mounts)
    found = [function for mount in mounts for function in mount.cleanups]
    found += [one.function for one in teardowns(scene) if one.component in components]
    for component in components:
        if isinstance(component, nodes.ClassDef):
            found += unmounts(scene, component)
    return tuple(dict.fromkeys(found))


@asked
def closers(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> tuple[tuple[nodes.Function, nodes.Call], ...]:
    """What closes a socket when components are over, each with the nearest close.

    The functions of the mounts that open it come first, then those of others.
    """
    ends = dict.fromkeys(unmounting(scene, mounted))
    ends.update(dict.fromkeys(one.function for one in teardowns(scene)))
    return tuple(
        (function, call)
        for function in ends
        if (call := closing(scene, socket, function)) is not None
    )


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


def aborted(scene: Scene) -> Iterator[nodes.Function]:
    """What runs when an AbortSignal is aborted, as a cleanup may do."""
    for one in listeners(scene):
        if one.event == "abort":
            yield from scene.functions_of(one.given)


@asked
def endings(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> tuple[nodes.Function, ...]:
    """The functions that end a connection on purpose: unmounts, ``disconnect()``."""
    found = [function for function, _ in closers(scene, socket, mounted)]
    own: set[nodes.Function | None] = {socket.creator}
    own |= spread(scene, handlers_of(scene, socket, *Event))
    own |= {f for timer in timers_in(scene, socket.unit) for f in timer.functions}
    for use in scene.uses_of(socket, "close"):
        function = scene.program.function_of(use.call)
        if function is None:
            continue
        if function not in own:
            found.append(function)
            continue
        # What a handler closes with may also be what the outside calls.
        for site in scene.program.callers(function):
            caller = scene.program.function_of(site)
            if caller is not None and caller not in own:
                found.append(caller)
    return tuple(dict.fromkeys(found))
