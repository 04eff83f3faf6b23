"""What the user declares of connections, in comments and in the configuration."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.model import Declaration


def declaration_of(scene: Scene, socket: Socket, name: str) -> Declaration | None:
    """The comment that declares something of a connection or of its endpoint."""
    places = [socket.fact.at]
    if socket.endpoint is not None:
        places.append(socket.endpoint.at)
    for declaration in scene.declared.comments:
        if declaration.name == name and any(map(declaration.covers, places)):
            return declaration
    return None


def tell_endpoints(scene: Scene) -> None:
    """Note on endpoints who may open them; their paths must be whole by now."""
    declared = scene.declared
    for socket in scene.sockets:
        if socket.endpoint is None:
            continue
        public = _why(scene, socket, "public", declared.public)
        non_browser = _why(scene, socket, "non-browser", declared.non_browser)
        if public or non_browser:
            place = scene.endpoints.index(socket.endpoint)
            told = replace(socket.endpoint, public=public, non_browser=non_browser)
            socket.endpoint = scene.endpoints[place] = told


def _why(scene: Scene, socket: Socket, name: str, patterns: tuple[str, ...]) -> str:
    """What declares a thing of an endpoint: a comment's reason, or a pattern."""
    declaration = declaration_of(scene, socket, name)
    if declaration is not None:
        return declaration.reason or "no reason is given"
    path = socket.endpoint.bare_path if socket.endpoint is not None else ""
    for pattern in patterns if path else ():
        if fnmatchcase(path, pattern.strip("/")):
            return f"`{pattern}` in the configuration"
    return ""
