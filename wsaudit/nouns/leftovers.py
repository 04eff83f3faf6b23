"""Life cycles: sockets that components open, and the work that connections start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.cells import kept_in, outlives
from wsaudit.analysis.components import returned_functions
from wsaudit.analysis.triggers import mounts
from wsaudit.model import Fact, Role, Side
from wsaudit.model.lifecycle import Leftover, MountedSocket
from wsaudit.nouns.lifecycle import leftovers
from wsaudit.nouns.lifecycle.closings import closed
from wsaudit.nouns.lifecycle.dependencies import unstable
from wsaudit.program import tree
from wsaudit.syntax import nodes
from wsaudit.syntax.singlefile import SUFFIXES

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.analysis.triggers import Mount
    from wsaudit.connections.scene import Scene, Socket

MAKES = (MountedSocket, Leftover)

_ROOT = re.compile(r"(.*Provider|App|Root|.*Layout)")


def find(scene: Scene) -> Iterator[Fact]:
    """A fact for each socket that components open, and each work beside a socket."""
    seen: list[Socket] = []
    for socket in scene.sockets:
        fact = socket.fact
        if fact.side is not Side.CLIENT or not fact.judged or fact.declared:
            continue
        if scene.program.module_of(socket.site).language != "typescript":
            continue
        if any(_twins(scene, socket, other) for other in seen):
            continue
        seen.append(socket)
        mounted = mounts(scene, socket)
        asked = mounted and mounted[0].moment == "event"
        if mounted and not (asked and fact.role is Role.ONE_SHOT):
            yield _mounted_socket(scene, socket, mounted)
        yield from leftovers.leftovers(scene, socket, mounted)


def _twins(scene: Scene, one: Socket, other: Socket) -> bool:
    """Whether two creations are ways to make one socket: ``tls ? … : …``, say."""
    if one.creator is None or one.creator is not other.creator:
        return False
    kept = kept_in(scene, one.creation)
    return any(cell in kept for cell in kept_in(scene, other.creation))


def _mounted_socket(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> MountedSocket:
    first = mounted[0]
    effect = first.effect
    is_closed, missed = closed(scene, socket, mounted)
    cleanups = effect.cleanups if effect else ()
    return MountedSocket(
        at=socket.fact.at,
        connections=(socket.fact,),
        moment=first.moment,
        closed=is_closed,
        missed=missed,
        component=_name(scene, first),
        depends=_depends(scene, effect),
        ignored=_ignored(scene, effect),
        cleanup=scene.place(cleanups[0]) if cleanups else None,
        for_page=_at_the_root(scene, first)
        or any(outlives(scene, c, None) for c in kept_in(scene, socket.creation)),
        rendering=_rendering(scene, socket, first),
        depending=bool(effect and effect.dependencies),
        unstable=tuple(unstable(scene, socket, effect)) if effect else (),
    )


def _rendering(
    scene: Scene, socket: Socket, mount: Mount
) -> Only["", "each", "initialiser", "guarded"]:
    """How often a socket is opened by rendering; a library's hook sees to that.

    The script of a single-file component runs once for each component.
    """
    creation = socket.creation
    if creation is not None and scene.place(creation).path.endswith(SUFFIXES):
        return ""
    if mount.moment != "render" or creation is None or _by_hook(scene, creation):
        return ""
    around = list(tree.ancestors(creation, scene.program.parents))
    inside = around[: around.index(mount.component)]
    if any(
        isinstance(node, nodes.If | nodes.Logical | nodes.Conditional | nodes.Assign)
        for node in inside
    ):
        return "guarded"
    if any(isinstance(node, nodes.Function) for node in inside):
        return "initialiser"
    return "each"


def _by_hook(scene: Scene, creation: nodes.Call) -> bool:
    makers = scene.dialects.recognisers("call")
    return any(
        name in makers and makers[name].binds == "hook"
        for name in scene.names(creation)
    )


def _name(scene: Scene, mount: Mount) -> str:
    match mount.component:
        case nodes.ClassDef(name=name):
            return name
        case nodes.Function() as function:
            return scene.program.name_of(function)
        case _:
            return ""


def _depends(scene: Scene, effect: Effect | None) -> str:
    """The name of the effect's first dependency, "" when there is none to name."""
    for dependency in (effect.dependencies or ()) if effect else ():
        if isinstance(tree.strip(dependency), nodes.Name | nodes.Member):
            return scene.text(dependency)
    return ""


def _ignored(scene: Scene, effect: Effect | None) -> bool:
    if effect is None or not effect.callback.is_async:
        return False
    functions, opaque = returned_functions(scene, effect.callback)
    return bool(functions) or opaque


def _at_the_root(scene: Scene, mount: Mount) -> bool:
    """A component that provides a context, or is named like one at an app's root."""
    name = _name(scene, mount)
    if _ROOT.fullmatch(name):
        return True
    return isinstance(mount.component, nodes.Function) and any(
        isinstance(node, nodes.Markup)
        and isinstance(node.tag, nodes.Member)
        and node.tag.name == "Provider"
        for node in tree.own_of(mount.component)
    )
