"""Aftermath: what runs because a connection opened, or because something came in.

Calls, timers and promises are followed, and the state that effects depend on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.model import Event
from wsaudit.program.asked import asked
from wsaudit.recognise.components.sources import effects_on, written_cells
from wsaudit.recognise.components.state import write_of
from wsaudit.recognise.reconnection.returns import Step, steps_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket

_DEPTH = 8


@asked
def after(scene: Scene, socket: Socket, *events: Event) -> frozenset[nodes.Function]:
    """The functions that run after some events of a socket, the handlers included."""
    starts = [
        function
        for attached in scene.handlers(socket, *events)
        for function in attached.functions
    ]
    return run_after(scene, starts)


def run_after(
    scene: Scene, starts: Iterable[nodes.Function]
) -> frozenset[nodes.Function]:
    """The functions that run after some functions have begun to."""
    seen = dict.fromkeys(starts)
    level = list(seen)
    for _ in range(_DEPTH):
        following = [
            step.function
            for function in level
            for step in (*steps_of(scene, function), *_woken(scene, function))
        ]
        level = [each for each in dict.fromkeys(following) if each not in seen]
        seen.update(dict.fromkeys(level))
    return frozenset(seen)


def _woken(scene: Scene, function: nodes.Function) -> Iterator[Step]:
    """The effects that run again because of the state that a function writes."""
    for call in scene.calls_in((function,)):
        write = write_of(scene, call)
        for cell, _ in written_cells(scene, write) if write is not None else ():
            for effect in effects_on(scene).get(cell, ()):
                yield Step("state", call, effect.callback)
