"""Routes: the whole path of an endpoint, through routers, prefixes and mounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.model import ANY_PREFIX
from wsaudit.program import folding, values
from wsaudit.recognise.connections.origins import argument_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket

_DEPTH = 6


@dataclass(frozen=True, slots=True)
class _Inclusion:
    """A router or application inside another one, under a prefix (None: unknown)."""

    outer: nodes.Node
    prefix: str | None


def note(scene: Scene, socket: Socket, registers: nodes.Expression) -> None:
    """Note what an endpoint was registered with: ``router`` of ``router.websocket``."""
    if not isinstance(registers, nodes.Member) or socket.endpoint is None:
        return
    found = list(_sites(scene, registers.object))
    scene.routers[socket.endpoint] = found[0] if len(found) == 1 else None


def complete(scene: Scene) -> None:
    """Put the prefixes of routers in front of the paths of endpoints."""
    inclusions = _inclusions(scene)
    for index, endpoint in enumerate(scene.endpoints):
        if endpoint not in scene.routers or not endpoint.path:
            continue
        router = scene.routers[endpoint]
        prefix = _prefix(scene, router, inclusions, 0) if router else ANY_PREFIX
        whole = replace(
            endpoint,
            path=_joined(prefix, endpoint.path),
            routes=tuple(_joined(prefix, route) for route in endpoint.routes),
        )
        scene.endpoints[index] = whole
        for socket in scene.sockets:
            if socket.endpoint is endpoint:
                socket.endpoint = whole


def _inclusions(scene: Scene) -> dict[nodes.Node, list[_Inclusion]]:
    """Where each router and application is included or mounted."""
    found: dict[nodes.Node, list[_Inclusion]] = {}
    for call in scene.program.calls_named("include_router"):
        prefix = _text(scene, argument_of(call, None, "prefix"), "")
        for inner in _sites(scene, argument_of(call, 0, "router")):
            _include(scene, found, call, inner, prefix)
    for call in scene.program.calls_named("mount"):
        prefix = _text(scene, argument_of(call, 0, "path"), None)
        for inner in _sites(scene, argument_of(call, 1, "app")):
            _include(scene, found, call, inner, prefix)
    return found


def _include(
    scene: Scene,
    found: dict[nodes.Node, list[_Inclusion]],
    call: nodes.Call,
    inner: nodes.Node,
    prefix: str | None,
) -> None:
    if isinstance(call.function, nodes.Member):
        for outer in _sites(scene, call.function.object):
            found.setdefault(inner, []).append(_Inclusion(outer, prefix))


def _sites(scene: Scene, node: nodes.Expression | None) -> Iterator[nodes.Node]:
    if node is None:
        return
    for value in scene.program.values(node):
        if isinstance(value, values.Instance) and value.receiver is None:
            yield value.site


def _text(
    scene: Scene, node: nodes.Expression | None, default: str | None
) -> str | None:
    return default if node is None else folding.fold_text(scene.program, node)


def _prefix(
    scene: Scene,
    router: nodes.Node,
    inclusions: dict[nodes.Node, list[_Inclusion]],
    depth: int,
) -> str:
    """The prefix of everything in a router; it may start with `ANY_PREFIX`."""
    own: str | None = ""
    application = True
    if isinstance(router, nodes.Call):
        own = _text(scene, argument_of(router, None, "prefix"), "")
        application = _is_application(scene, router)
    around = inclusions.get(router, [])
    if own is None or depth > _DEPTH:
        return ANY_PREFIX
    if not around:
        return own if application else ANY_PREFIX + own
    outer = around[0]
    if len(around) > 1 or outer.prefix is None:
        return ANY_PREFIX + own
    before = _prefix(scene, outer.outer, inclusions, depth + 1)
    return _joined(_joined(before, outer.prefix), own)


def _is_application(scene: Scene, router: nodes.Call) -> bool:
    """An application is where paths start; a router is part of one not in sight."""
    return any(
        scene.dialects.match_word("application", name) is not None
        for name in scene.program.called(router)
    )


def _joined(before: str, after: str) -> str:
    if not before or not after:
        return before or after
    return f"{before.removesuffix('/')}/{after.removeprefix('/')}"
