"""Reporters: what hears of errors that nobody has handled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.model.errors import Reporter
from wsaudit.program import folding
from wsaudit.source import is_test_path

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax import nodes

MAKES = (Reporter,)


def find(scene: Scene) -> Iterator[Reporter]:
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
