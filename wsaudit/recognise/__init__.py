"""Recognition: from the program and the dialects to the WebSocket nouns.

`scene` is what everything here shares. `connections` finds the sockets, the other
folders answer questions about them, and `families` makes the nouns of the answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.budget import TimeIsUpError
from wsaudit.model import Declared, Fact, Project, Trouble
from wsaudit.recognise.connections import sockets
from wsaudit.recognise.connections.declared import tell_endpoints
from wsaudit.recognise.families import cut_off, families, made_by
from wsaudit.recognise.purpose import roles

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects
    from wsaudit.program import Program
    from wsaudit.recognise.scene import Scene


def recognise(
    program: Program, dialects: Dialects, declared: Declared | None = None
) -> Scene:
    """The sockets of a program; ``declared`` is what its users declare of it."""
    scene = sockets.find(program, dialects, declared)
    roles.assign(scene)
    tell_endpoints(scene)
    return scene


def nouns(scene: Scene) -> Project:
    """Every noun of a scene, and what went wrong in making them."""
    found: list[Fact] = [socket.fact for socket in scene.sockets]
    found.extend(scene.endpoints)
    troubles: list[Trouble] = []
    late: TimeIsUpError | None = None
    for name, family in families().items():
        try:
            if late:
                raise late
            for made in made_by(name, family, scene):
                if isinstance(made, Trouble):
                    troubles.append(made)
                else:
                    found.append(made)
        except TimeIsUpError as error:
            late = error
            troubles.append(cut_off(name, family, error))
    modules = scene.program.modules.values()
    partly = frozenset(module.path for module in modules if module.faults)
    return Project.of_facts(found, partly_read=partly, troubles=troubles)
