"""Fates: what becomes of an exception where messages are processed one by one.

`fate` follows it to what stops it, inside of the loop that must outlive it or further
out, and tells what that does to the connection; `left` takes it up where it has left
the loop already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    EXCEPTION,
    OS_ERROR,
    Catcher,
    Thrown,
    caught_names,
    handlers,
    is_end_of_connection,
)
from wsaudit.analysis.exceptions import Ends, caught_further_out, ends
from wsaudit.analysis.failures.handling import closes, leaves
from wsaudit.model import Evidence, Seen
from wsaudit.model.receiving import Fate
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.exceptions import Path
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


def fate(
    scene: Scene,
    path: Path,
    thrown: Thrown = EXCEPTION,
    inside: nodes.Loop | None = None,
    *,
    outside: bool = True,
) -> Fate:
    """What becomes of an exception raised at the last node of a path.

    ``inside`` is the loop that must outlive it; without it, the function that the path
    starts in. Without ``outside`` nobody further out counts.
    """
    found = ends(scene, path, thrown, inside)
    if found.how is Ends.DETACHED:
        return _detached(scene, path[0])
    if found.how is Ends.UNKNOWN:
        return Fate(Evidence(Seen.UNKNOWN, "a handler around it does not resolve"))
    if thrown == OS_ERROR and _told_apart(scene, path[-1], inside):
        why = "errors of the system are told apart"
        return Fate(Evidence(Seen.PRESENT, why), lasts=True)
    if found.caught and found.catcher is not None:
        return _stopped(scene, found.catcher, inside)
    if not outside:
        return Fate(_NOTHING)
    return left(scene, path[0], thrown, inside)


_NOTHING = Evidence(Seen.ABSENT, "nothing catches what it throws")


def left(
    scene: Scene, node: Node, thrown: Thrown, inside: nodes.Loop | None = None
) -> Fate:
    """What becomes of an exception that has left the loop or function of a node."""
    outer = caught_further_out(scene, inside or node, thrown)
    if outer is not None and outer.catcher is not None:
        return _stopped(scene, outer.catcher, None, lasts=False)
    narrow = any(
        one.types and not is_end_of_connection(scene, one)
        for one in handlers(scene, node, inside)
    )
    return Fate(_NOTHING, narrow=narrow)


def _detached(scene: Scene, node: Node) -> Fate:
    """Python tells of what ends a task, and goes on; Node ends the process."""
    if scene.program.module_of(node).language == "python":
        why = "an error stays with this message"
        return Fate(Evidence(Seen.PRESENT, why), lasts=True, detached=True)
    return Fate(Evidence(Seen.ABSENT, "nobody waits for this"), detached=True)


def _told_apart(scene: Scene, node: Node, inside: nodes.Loop | None) -> bool:
    """Whoever tells the system's errors apart has decided which end the session."""
    return any(
        OS_ERROR in caught_names(scene, one) for one in handlers(scene, node, inside)
    )


def _stopped(
    scene: Scene, catcher: Catcher, loop: nodes.Loop | None, *, lasts: bool = True
) -> Fate:
    codes = closes(scene, catcher)
    stays = lasts and not codes and not (loop and leaves(scene, catcher))
    at = scene.place(catcher.at)
    evidence = Evidence(Seen.PRESENT, "what it throws is caught", at)
    return Fate(evidence, lasts=stays, codes=codes)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What becomes of an exception of a call, for its function and further out."""
    if isinstance(node, nodes.Call):
        found = fate(scene, (node,))
        if found.stopped.at is not None:
            lasts = "goes on" if found.lasts else "is left"
            yield (
                f"when it raises, its code {lasts}: it is caught at ",
                found.stopped.at,
            )
