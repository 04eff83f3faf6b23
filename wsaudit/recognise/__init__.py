"""Recognition: from the program and the dialects to the WebSocket nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model import Fact, Project
from wsaudit.recognise import roles, sockets
from wsaudit.recognise.families import families

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects
    from wsaudit.program import Program


def recognise(program: Program, dialects: Dialects) -> Project:
    """Every noun of a program."""
    scene = sockets.find(program, dialects)
    roles.assign(scene)
    found: list[Fact] = [socket.fact for socket in scene.sockets]
    found.extend(scene.endpoints)
    for family in families():
        found.extend(family(scene))
    partly = frozenset(m.path for m in program.modules.values() if m.faults)
    return Project.of_facts(found, partly_read=partly)
