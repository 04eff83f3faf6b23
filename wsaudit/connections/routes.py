"""Routes: the whole path of an endpoint, through routers, prefixes and mounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.connections import urls
from wsaudit.connections.origins import argument_of
from wsaudit.dialects.tables import last_of
from wsaudit.limits import STEPS
from wsaudit.model import ANY_PREFIX
from wsaudit.program import folding, values
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.dialects import Recogniser

EACH = -1
"""The position that stands for every argument after a path."""


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
    socket.router = found[0] if len(found) == 1 else None
    scene.routers[socket.endpoint] = socket.router


def complete(scene: Scene) -> None:
    """Put the prefixes of routers in front of the paths of endpoints."""
    inclusions = _inclusions(scene)
    sockets: dict[int, list[Socket]] = defaultdict(list)
    for socket in scene.sockets:
        sockets[id(socket.endpoint)].append(socket)
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
        for socket in sockets[id(endpoint)]:
            socket.endpoint = whole


@dataclass(frozen=True, slots=True)
class Registered:
    """The paths of an HTTP handler as written, and the server that is told, if seen."""

    paths: tuple[str, ...] = ()
    server: nodes.Call | None = None
    at: nodes.Call | None = None
    """The last call that registers it."""


def registered(scene: Scene, handler: nodes.Node) -> Registered:
    """Where a function or class is registered as the handler of a path."""
    return _registered(scene).get(handler, Registered())


@asked
def _registered(scene: Scene) -> dict[nodes.Node, Registered]:
    """Every handler that is given to a recogniser of routes."""
    found: dict[nodes.Node, Registered] = {}
    table = {
        name: each
        for kind in ("call", "decorator")
        for name, each in scene.dialects.recognisers(kind).items()
        if each.binds in {"route", "routes"}
    }
    for call in scene.program.calls_of(frozenset(map(last_of, table))):
        names = [name for name in scene.program.called(call) if name in table]
        if not names:
            continue
        recogniser = table[names[0]]
        server = call if recogniser.binds == "routes" else None
        for path, handlers in _pairs(scene, call, recogniser):
            known = urls.patterns(scene.program, path) if path is not None else ()
            for handler in handlers:
                before = found.get(handler, Registered())
                found[handler] = Registered((*before.paths, *known), server, call)
    return found


def _pairs(
    scene: Scene, call: nodes.Call, recogniser: Recogniser
) -> Iterator[tuple[nodes.Expression | None, tuple[nodes.Node, ...]]]:
    """The paths and handlers that a call registers: its arguments, or a whole table."""
    if recogniser.binds == "routes":
        given = argument_of(call, 0, "handlers")
        for row in _items(scene, given) if given is not None else ():
            row_items = tuple(_items(scene, row))
            if len(row_items) > 1:
                yield row_items[0], _handlers(scene, row_items[1])
        return
    path = argument_of(call, recogniser.path_arg, "path")
    definition = scene.program.parents.get(call)
    if isinstance(definition, nodes.FunctionDef):
        yield path, (definition.function,)
        return
    for handler in _given_handlers(call, recogniser):
        yield path, _handlers(scene, handler)


def _given_handlers(
    call: nodes.Call, recogniser: Recogniser
) -> Iterator[nodes.Expression]:
    """What a call registers: one argument, or with -1 all that follow the path."""
    if recogniser.handler_arg == EACH:
        yield from (argument.value for argument in call.arguments[1:])
        return
    handler = argument_of(call, recogniser.handler_arg, "handler")
    if handler is not None:
        yield handler


def _items(scene: Scene, node: nodes.Expression) -> Iterator[nodes.Expression]:
    for value in scene.program.values(node):
        if isinstance(value, values.Seq):
            yield from value.node.items


def _handlers(scene: Scene, node: nodes.Expression) -> tuple[nodes.Node, ...]:
    """The functions and classes that are meant, also by ``Consumer.as_asgi()``.

    A call may make a handler: ``upgradeWebSocket(…)``.
    """
    made = (node,) if isinstance(node, nodes.Call) else ()
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Member):
        node = node.function.object
    return (
        *made,
        *(
            value.function if isinstance(value, values.Func) else value.node
            for value in scene.program.values(node)
            if isinstance(value, values.Func | values.ClassRef)
        ),
    )


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
    if own is None or depth > STEPS:
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
