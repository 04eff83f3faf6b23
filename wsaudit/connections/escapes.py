"""Where a socket leaves the code that can be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.connections.scene import written
from wsaudit.program import promises, stores, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


def escape_of(scene: Scene, socket: Socket) -> str:
    """Where a socket goes that cannot be followed, "" when it stays in sight."""
    ordered = sorted(socket.unit, key=scene.place)
    for call in scene.calls_in(ordered):
        if escapes_by(scene, socket, call):
            return f"passed to `{written(call.function)}`"
    return ""


def escapes_by(scene: Scene, socket: Socket, call: nodes.Call) -> bool:
    """Whether a call is given a socket and cannot be followed."""
    passed = [
        argument.value
        for argument in call.arguments
        if isinstance(argument.value, nodes.Name | nodes.Member)
    ]
    if not passed or call in scene.use_of_call or not _unfollowed(scene, call):
        return False
    return any(socket in scene.sockets_of(value) for value in passed)


def _unfollowed(scene: Scene, call: nodes.Call) -> bool:
    name = last_name(call.function)
    if name in values.ADDERS or scene.says("keeps-nothing", name):
        return False
    if promises.settled_by(scene.program, call) is not None:
        return False  # What awaits the promise is followed.
    found = scene.program.values(call.function)
    if any(isinstance(v, values.Func | values.ClassRef) for v in found):
        return False
    externals = [v for v in found if isinstance(v, values.External)]
    return not externals or not all(
        stores.is_held(v) or scene.dialects.match_word("holder", v.name) is not None
        for v in externals
    )
