"""Recognition: from the program and the dialects to the WebSocket nouns.

`connections` finds the sockets and tells what is done with them; the families of
`nouns` ask the analyses about them and make the facts of the answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.budget import TimeIsUpError
from wsaudit.clock import NOUN, PHASE, counted, part
from wsaudit.connections import roles, sockets
from wsaudit.connections.declared import tell_endpoints
from wsaudit.connections.roles.unused import unused
from wsaudit.model import Declared, Fact, Project, Trouble
from wsaudit.nouns import cut_off, families, made_by

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Dialects
    from wsaudit.program import Program


def recognise(
    program: Program, dialects: Dialects, declared: Declared | None = None
) -> Scene:
    """The sockets of a program; ``declared`` is what its users declare of it."""
    with part(PHASE, "connections"):
        scene = sockets.find(program, dialects, declared)
        roles.assign(scene)
        tell_endpoints(scene)
    counted(PHASE, "connections", len(scene.sockets), "connections")
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
            with part(NOUN, name):
                for made in made_by(name, family, scene):
                    if isinstance(made, Trouble):
                        troubles.append(made)
                    else:
                        found.append(made)
                        counted(NOUN, name, 1, "facts")
        except TimeIsUpError as error:
            late = error
            troubles.append(cut_off(name, family, error))
    modules = scene.program.modules.values()
    partly = frozenset(module.path for module in modules if module.faults)
    return Project.of_facts(
        found, partly_read=partly, troubles=troubles, unused=unused(scene)
    )
