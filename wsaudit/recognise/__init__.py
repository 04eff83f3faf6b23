"""Recognition: from the program and the dialects to the WebSocket nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Declaration, Fact, Project
from wsaudit.recognise import roles, sockets
from wsaudit.recognise.families import families

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsaudit.dialects import Dialects
    from wsaudit.program import Program


def recognise(
    program: Program, dialects: Dialects, declared: Iterable[Declaration] = ()
) -> Project:
    """Every noun of a program; ``declared`` is what its comments to wsaudit declare."""
    scene = sockets.find(program, dialects, declared)
    roles.assign(scene)
    found: list[Fact] = [socket.fact for socket in scene.sockets]
    found.extend(scene.endpoints)
    for family in families():
        found.extend(family(scene))
    partly = frozenset(m.path for m in program.modules.values() if m.faults)
    return Project.of_facts(found, partly_read=partly)
