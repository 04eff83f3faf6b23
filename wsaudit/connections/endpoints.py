"""Endpoints: the functions and classes that a server gives its end of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.connections import routes, urls
from wsaudit.connections.capabilities import entry_of
from wsaudit.connections.ends import server_end
from wsaudit.connections.origins import argument_of
from wsaudit.connections.scene import EVENTS, Attached, Scene, Socket, attach, written
from wsaudit.dialects.tables import last_of
from wsaudit.model import Event
from wsaudit.program import values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Op, Recogniser
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node


LAST = -1
"""The position of the last argument."""


def of_decorators(scene: Scene, definition: nodes.FunctionDef) -> None:
    """Note the endpoint that a decorator makes of a function, if one does."""
    found = _decorating(scene, definition)
    if found is None:
        return
    decorator, recogniser = found
    call = decorator if isinstance(decorator, nodes.Call) else None
    path = argument_of(call, recogniser.path_arg or 0, "path") if call else None
    at = scene.place(decorator)
    socket = _of_function(scene, definition.function, recogniser, at, path)
    if socket is not None and call is not None:
        routes.note(scene, socket, call.function)


def _decorating(
    scene: Scene, definition: nodes.FunctionDef
) -> tuple[nodes.Expression, Recogniser] | None:
    """The decorator that makes an endpoint of a function."""
    table = scene.dialects.recognisers("decorator")
    names = scene.dialects.last_names("decorator")
    for decorator in definition.decorators:
        target = decorator.function if isinstance(decorator, nodes.Call) else decorator
        if last_name(target) not in names:
            continue
        found = [n for n in scene.program.canonical_names(target) if n in table]
        recogniser = table[found[0]] if found else _by_parameter(scene, definition)
        if recogniser is not None and recogniser.binds == "handler":
            return decorator, recogniser
    return None


def _by_parameter(scene: Scene, definition: nodes.FunctionDef) -> Recogniser | None:
    """An unresolved ``@x.websocket(…)`` whose parameter is a typed server socket."""
    annotations = scene.dialects.recognisers("annotation")
    decorators = scene.dialects.recognisers("decorator")
    for parameter in definition.function.parameters:
        if parameter.annotation is None:
            continue
        for value in scene.program.typed(parameter.annotation):
            if isinstance(value, values.Instance):
                typed = annotations.get(scene.program.canonical(value.of))
                if typed is None:
                    continue
                for recogniser in decorators.values():
                    if recogniser.dialect == typed.dialect:
                        return recogniser
    return None


def _of_function(
    scene: Scene,
    function: nodes.Function,
    recogniser: Recogniser,
    at: Place,
    path: nodes.Expression | None,
) -> Socket | None:
    """The server's end that a function is given, unless it is known already."""
    parameter, site, of = _socket_parameter(scene, function, recogniser)
    if (parameter is None and not recogniser.context) or site in scene.by_site:
        return None
    socket = server_end(
        scene,
        site,
        of,
        recogniser.dialect,
        held=_socket_name(parameter, recogniser),
        at=at,
        name=scene.program.name_of(function),
        paths=urls.patterns(scene.program, path) if path is not None else (),
        entry=function,
    )
    socket.context = recogniser.context
    return socket


def _socket_parameter(
    scene: Scene, function: nodes.Function, recogniser: Recogniser
) -> tuple[nodes.Parameter | None, Node, str]:
    """The parameter of an endpoint that is the socket; seeded when it has no type.

    None where the endpoint knows it by a global name: then it is the function's own.
    """
    if recogniser.context:
        return None, function, recogniser.socket
    annotations = scene.dialects.recognisers("annotation")
    for parameter in function.parameters:
        if parameter.annotation is None:
            continue
        for value in scene.program.typed(parameter.annotation):
            if isinstance(value, values.Instance):
                of = scene.program.canonical(value.of)
                if of in annotations:
                    seed = values.Instance(of, parameter)
                    scene.program.seed(parameter, seed)
                    return parameter, parameter, of
    plain = [p for p in function.parameters if p.kind == "plain"]
    if plain and written(plain[0].target) in {"self", "cls"}:
        plain = plain[1:]
    plain = plain[recogniser.socket_arg :]
    if plain and plain[0].annotation is None and recogniser.socket:
        scene.program.seed(plain[0], values.Instance(recogniser.socket, plain[0]))
        return plain[0], plain[0], recogniser.socket
    return None, function, ""


def _socket_name(parameter: nodes.Parameter | None, recogniser: Recogniser) -> str:
    """What the code of an endpoint calls its connection."""
    if parameter is not None:
        return written(parameter.target)
    return recogniser.context.rpartition(".")[2]


def registered(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """A handler given to a call: ``websockets.serve(handler, …)``, say."""
    handler = argument_of(call, recogniser.handler_arg, "handler")
    if handler is None:
        return
    path = argument_of(call, recogniser.path_arg, "path")
    options = argument_of(call, recogniser.options_arg, "")
    if recogniser.needs and (
        options is None or entry_of(scene, options, recogniser.needs) is None
    ):
        return
    for value in scene.program.values(handler):
        if isinstance(value, values.Func):
            at = scene.callee_place(call)
            socket = _of_function(scene, value.function, recogniser, at, path)
            if socket is None:
                continue
            socket.configured = call
            socket.options = options
            socket.before = tuple(_before(scene, call, recogniser, options))
            routes.note(scene, socket, call.function)


def _before(
    scene: Scene,
    call: nodes.Call,
    recogniser: Recogniser,
    options: nodes.Expression | None,
) -> Iterator[nodes.Expression]:
    """What a route is given to run before its handler: middleware, hooks."""
    if recogniser.handler_arg == LAST:
        yield from (argument.value for argument in call.arguments[1:-1])
    for name in recogniser.before if options is not None else ():
        found = entry_of(scene, options, name) if options is not None else None
        if isinstance(found, nodes.Sequence):
            yield from found.items
        elif found is not None:
            yield found


def of_class(scene: Scene, cls: nodes.ClassDef) -> None:
    """Note the endpoint that a class is by its bases, if it is one."""
    recogniser = _base(scene, cls, 0)
    if recogniser is None or recogniser.binds != "handler":
        return
    of = recogniser.socket or recogniser.match[0]
    where = routes.registered(scene, cls)
    socket = server_end(
        scene,
        cls,
        of,
        recogniser.dialect,
        held="self",
        at=scene.name_place(cls),
        name=cls.name,
        paths=where.paths,
    )
    socket.cls = cls
    socket.configured = where.server
    for member in _methods(scene, cls):
        op = _override(scene, recogniser.dialect, member.name)
        if op is not None:
            _overridden(scene, socket, member, op)
            if recogniser.socket and member in cls.members:
                _first(scene, socket, member, of)
    for each in cls.members:
        if isinstance(each, nodes.FunctionDef):
            _given(scene, socket, each)


def _methods(scene: Scene, cls: nodes.ClassDef) -> Iterator[nodes.FunctionDef]:
    """The methods of a class, those that it inherits from others of the project too."""
    seen: set[str] = set()
    for each in scene.program.classes.lineage(cls):
        own = [one for one in each.members if isinstance(one, nodes.FunctionDef)]
        yield from (method for method in own if method.name not in seen)
        seen.update(method.name for method in own)


def _override(scene: Scene, dialect: str, name: str) -> Op | None:
    """What a method of an endpoint's class is for, by its name or how it begins."""
    found = scene.dialects.op(dialect, name, "override")
    if found is not None:
        return found
    for op in scene.dialects.ops(dialect, "override"):
        if op.name.endswith("*") and name.startswith(op.name[:-1]):
            return op
    return None


def _overridden(
    scene: Scene, socket: Socket, member: nodes.FunctionDef, op: Op
) -> None:
    event = EVENTS.get(op.means, Event.OTHER)
    attached = Attached(event, member.name, member, (member.function,), (socket,))
    attach(scene, attached)


def _first(scene: Scene, socket: Socket, member: nodes.FunctionDef, of: str) -> None:
    """The socket that a framework hands to a method, which the method does not type."""
    given = member.function.parameters[1:2]
    if given and given[0].annotation is None:
        scene.program.seed(given[0], values.Instance(of, given[0]))
        scene.by_site[given[0]] = socket


def _given(scene: Scene, socket: Socket, member: nodes.FunctionDef) -> None:
    """What a method of an endpoint's class is given as a socket is the class's own."""
    annotations = scene.dialects.recognisers("annotation")
    for parameter in member.function.parameters:
        if parameter.annotation is None:
            continue
        for value in scene.program.typed(parameter.annotation):
            if (
                isinstance(value, values.Instance)
                and scene.program.canonical(value.of) in annotations
            ):
                of = scene.program.canonical(value.of)
                scene.program.seed(parameter, values.Instance(of, parameter))
                scene.by_site[parameter] = socket


def _base(scene: Scene, cls: nodes.ClassDef, depth: int) -> Recogniser | None:
    table = scene.dialects.recognisers("base_class")
    for base in cls.bases:
        for value in scene.program.values(base):
            if isinstance(value, values.External):
                found = table.get(scene.program.canonical(value.name))
                if found is not None:
                    return found
            elif (
                isinstance(value, values.ClassRef)
                and depth < 4
                and value.node is not cls
            ):
                found = _base(scene, value.node, depth + 1)
                if found is not None:
                    return found
    return None


def seed(scene: Scene) -> None:
    """Tell which parameters are sockets, as far as this is seen at a glance.

    What is asked before a parameter is known to be a socket has to be asked again.
    """
    for definition in scene.program.definitions:
        if isinstance(definition, nodes.FunctionDef):
            found = _decorating(scene, definition)
            if found is not None:
                _socket_parameter(scene, definition.function, found[1])
    table = scene.dialects.recognisers("call")
    for match in sorted(name for name in table if table[name].binds == "handler"):
        for call in scene.program.calls_named(last_of(match)):
            handler = argument_of(call, table[match].handler_arg, "handler")
            if handler is not None and match in scene.program.called(call):
                for function in scene.functions_of(handler):
                    _socket_parameter(scene, function, table[match])
    for _, _, server, function in _callbacks(scene):
        given = function.parameters[0]
        scene.program.seed(given, values.Instance(server.socket, given))
    scene.catch_up()


def of_callbacks(scene: Scene) -> None:
    """Note the endpoints whose sockets a server hands to a callback."""
    for call, made, server, function in _callbacks(scene):
        given = _handed_over(scene, call, function, server, made)
        scene.served.setdefault(made, given)
    scene.catch_up()


def _callbacks(
    scene: Scene,
) -> Iterator[tuple[nodes.Call, Node, Recogniser, nodes.Function]]:
    """The callbacks that a server hands sockets to: ``wss.on("connection", f)``."""
    program = scene.program
    for call in (*program.calls_named("on"), *program.calls_named("addListener")):
        if len(call.arguments) < 2 or not isinstance(call.function, nodes.Member):
            continue
        for value in program.values(call.function):
            if not isinstance(value, values.External) or value.receiver is None:
                continue
            server = scene.dialects.server(program.canonical(value.receiver.of))
            event = call.arguments[0].value
            if server is None or getattr(event, "value", None) not in server.events:
                continue
            for function in scene.functions_of(call.arguments[1].value):
                if function.parameters:
                    yield call, value.receiver.site, server, function


def _handed_over(
    scene: Scene,
    call: nodes.Call,
    function: nodes.Function,
    server: Recogniser,
    made: Node,
) -> Socket:
    """The server's end that a callback is given by a server object."""
    parameter = function.parameters[0]
    seed = values.Instance(server.socket, parameter)
    scene.program.seed(parameter, seed)
    if parameter not in scene.by_site:
        socket = server_end(
            scene,
            parameter,
            server.socket,
            server.dialect,
            held=written(parameter.target),
            at=scene.callee_place(call),
            name=scene.program.name_of(function) or "connection",
            entry=function,
        )
        _configure(socket, made, server)
    return scene.by_site[parameter]


def _configure(socket: Socket, made: Node, server: Recogniser) -> None:
    """Note the options of the server object that hands a socket over."""
    if isinstance(made, nodes.Call):
        socket.configured = made
        socket.options = argument_of(made, server.options_arg, "")
