"""Sockets: where they are created or accepted, what is called on them and attached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.model import Birth, Connection, Endpoint, Event, Role, Side
from wsaudit.program import flow, tree, values
from wsaudit.program.tree import last_name
from wsaudit.recognise import urls
from wsaudit.recognise.scene import Attached, Scene, Socket, Use, unit_of, written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects, Recogniser
    from wsaudit.program import Program
    from wsaudit.syntax.nodes import Node

_TEST = re.compile(
    r"(^|/)(tests?|__tests__|__mocks__|mocks|e2e|cypress|playwright|examples?|"
    r"stories|benchmarks?|experiments)/|"
    r"(^|/)(test_[^/]*|conftest|[^/]*_test)\.py$|\.(test|spec|stories|mock|e2e)\.[cm]?[jt]sx?$"
)
EVENTS = {
    "on_open": Event.OPEN,
    "on_message": Event.MESSAGE,
    "on_close": Event.CLOSE,
    "on_error": Event.ERROR,
}


def find(program: Program, dialects: Dialects) -> Scene:
    """Recognise every socket of the program and everything done with it."""
    scene = Scene(program, dialects)
    for cls in _classes(program):
        _class_endpoint(scene, cls)
    for module in program.primary:
        for node in tree.walk(module):
            if isinstance(node, nodes.FunctionDef):
                _decorated_endpoint(scene, node)
    for kind in ("new", "call"):
        for call, recogniser in _recognised_calls(scene, kind):
            _creation(scene, call, recogniser)
    _seed_callbacks(scene)
    _declared(scene)
    _find_uses(scene)
    _find_attached(scene)
    for socket in scene.sockets:
        _settle(scene, socket)
    return scene


# -- creations -------------------------------------------------------------------


def _recognised_calls(
    scene: Scene, kind: str
) -> Iterator[tuple[nodes.Call, Recogniser]]:
    table = scene.dialects.recognisers(kind)
    for name in sorted(scene.dialects.last_names(kind)):
        for call in scene.program.calls_named(name):
            if kind == "new" and not call.new:
                continue
            for canonical in scene.program.called(call):
                if canonical in table:
                    yield call, table[canonical]
                    break


def _creation(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    if call in scene.by_site:
        return
    if recogniser.binds in {"conn", "hook"}:
        _client(scene, call, recogniser)
    elif recogniser.binds == "accepted":
        _accepted(scene, call, recogniser)
    elif recogniser.binds in {"handler", "endpoint"}:
        _registered(scene, call, recogniser)


def _client(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    url = _argument(call, recogniser.url_arg, "url")
    options = _argument(call, recogniser.options_arg, "")
    fact = Connection(
        at=scene.place(call),
        side=Side.CLIENT,
        library=recogniser.dialect,
        name=_held_as(scene.program, call),
        url=urls.pattern(scene.program, url) if url is not None else "",
        birth=_birth(scene, call),
        role=_role(scene, call),
        partly_read=bool(scene.program.module_of(call).faults),
    )
    socket = Socket(
        call,
        _name_of(scene, call),
        recogniser.dialect,
        fact,
        creation=call,
        creator=scene.program.function_of(call),
        url=url,
        options=options,
    )
    _add(scene, socket)


def _accepted(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """A server socket made inside its handler, as aiohttp's ``WebSocketResponse``."""
    entry = scene.program.function_of(call)
    name = scene.program.name_of(entry) if entry else ""
    fact = Connection(
        at=scene.place(call),
        side=Side.SERVER,
        library=recogniser.dialect,
        name=_held_as(scene.program, call),
        birth=Birth.ENDPOINT,
        role=_role(scene, call),
        partly_read=bool(scene.program.module_of(call).faults),
    )
    endpoint = Endpoint(
        at=scene.place(call),
        connections=(fact,),
        path="",
        name=name,
        framework=recogniser.dialect,
    )
    socket = Socket(
        call,
        _name_of(scene, call),
        recogniser.dialect,
        fact,
        creation=call,
        creator=entry,
        options=_argument(call, recogniser.options_arg, ""),
        endpoint=endpoint,
        entry=entry,
    )
    scene.endpoints.append(endpoint)
    _add(scene, socket)


def _argument(
    call: nodes.Call, position: int | None, keyword: str
) -> nodes.Expression | None:
    for argument in call.arguments:
        if keyword and argument.keyword == keyword:
            return argument.value
    plain = [argument for argument in call.arguments if argument.keyword is None]
    if position is None or position >= len(plain):
        return None
    return plain[position].value


def _name_of(scene: Scene, call: nodes.Call) -> str:
    for value in scene.program.values(call):
        if isinstance(value, values.Instance) and value.site is call:
            return scene.program.canonical(value.of)
    return ""


def _held_as(program: Program, node: Node) -> str:
    """The name that the code gives to what a creation makes."""
    for around in flow.ancestors(node, program.parents):
        match around:
            case (
                nodes.Bind(target=nodes.Name() | nodes.Member() as target)
                | nodes.Assign(target=nodes.Name() | nodes.Member() as target)
            ):
                return written(target)
            case nodes.WithItem(target=nodes.Name(id=name)):
                return name
            case nodes.Loop(target=nodes.Name(id=name)):
                return name
            case nodes.Cast() | nodes.Await() | nodes.Assign() | nodes.Logical():
                continue
            case nodes.Conditional():
                continue
            case _:
                break
    return "the socket"


# -- endpoints -------------------------------------------------------------------


def _decorated_endpoint(scene: Scene, definition: nodes.FunctionDef) -> None:
    table = scene.dialects.recognisers("decorator")
    names = scene.dialects.last_names("decorator")
    for decorator in definition.decorators:
        call = decorator if isinstance(decorator, nodes.Call) else None
        target = call.function if call else decorator
        if last_name(target) not in names:
            continue
        found = [n for n in scene.program.canonical_names(target) if n in table]
        recogniser = table[found[0]] if found else _by_parameter(scene, definition)
        if recogniser is not None and recogniser.binds in {"handler", "endpoint"}:
            path = _argument(call, recogniser.path_arg or 0, "path") if call else None
            _function_endpoint(scene, definition, decorator, path, recogniser)
            return


def _by_parameter(scene: Scene, definition: nodes.FunctionDef) -> Recogniser | None:
    """An unresolved ``@x.websocket(…)`` whose parameter is a typed server socket."""
    annotations = scene.dialects.recognisers("annotation")
    decorators = scene.dialects.recognisers("decorator")
    for parameter in definition.function.parameters:
        if parameter.annotation is None:
            continue
        for value in values.typed(scene.program, parameter.annotation):
            if isinstance(value, values.Instance):
                typed = annotations.get(scene.program.canonical(value.of))
                if typed is None:
                    continue
                for recogniser in decorators.values():
                    if recogniser.dialect == typed.dialect:
                        return recogniser
    return None


def _function_endpoint(
    scene: Scene,
    definition: nodes.FunctionDef,
    at: Node,
    path: nodes.Expression | None,
    recogniser: Recogniser,
) -> None:
    parameter, site, of = _socket_parameter(scene, definition.function, recogniser)
    if parameter is None or site in scene.by_site:
        return
    _endpoint(
        scene,
        at=scene.place(at),
        name=definition.name,
        path=path,
        dialect=recogniser.dialect,
        site=site,
        of=of,
        socket_name=written(parameter.target),
        entry=definition.function,
    )


def _socket_parameter(
    scene: Scene, function: nodes.Function, recogniser: Recogniser
) -> tuple[nodes.Parameter | None, Node, str]:
    """The parameter of an endpoint that is the socket; seeded when it has no type."""
    annotations = scene.dialects.recognisers("annotation")
    for parameter in function.parameters:
        if parameter.annotation is None:
            continue
        for value in values.typed(scene.program, parameter.annotation):
            if isinstance(value, values.Instance):
                of = scene.program.canonical(value.of)
                if of in annotations:
                    seed = values.Instance(of, parameter)
                    scene.program.seeds[parameter] = (seed,)
                    return parameter, parameter, of
    plain = [p for p in function.parameters if p.kind == "plain"]
    if plain and written(plain[0].target) in {"self", "cls"}:
        plain = plain[1:]
    if plain and plain[0].annotation is None and recogniser.socket:
        scene.program.seeds[plain[0]] = (values.Instance(recogniser.socket, plain[0]),)
        return plain[0], plain[0], recogniser.socket
    return None, function, ""


def _registered(scene: Scene, call: nodes.Call, recogniser: Recogniser) -> None:
    """A handler given to a call: ``websockets.serve(handler, …)``, say."""
    handler = _argument(call, recogniser.handler_arg, "handler")
    if handler is None:
        return
    path = _argument(call, recogniser.path_arg, "path")
    for value in scene.program.values(handler):
        if isinstance(value, values.Func):
            parameter, site, of = _socket_parameter(scene, value.function, recogniser)
            if parameter is None or site in scene.by_site:
                continue
            _endpoint(
                scene,
                at=scene.callee_place(call),
                name=scene.program.name_of(value.function),
                path=path,
                dialect=recogniser.dialect,
                site=site,
                of=of,
                socket_name=written(parameter.target),
                entry=value.function,
            )


def _classes(program: Program) -> Iterator[nodes.ClassDef]:
    for module in program.primary:
        for node in tree.walk(module):
            if isinstance(node, nodes.ClassDef):
                yield node


def _class_endpoint(scene: Scene, cls: nodes.ClassDef) -> None:
    recogniser = _base(scene, cls, 0)
    if recogniser is None or recogniser.binds not in {"handler", "endpoint"}:
        return
    of = recogniser.match
    name = scene.place(cls)
    at = type(name)(name.path, cls.name_start, cls.name_start + len(cls.name.encode()))
    socket = _endpoint(
        scene,
        at=at,
        name=cls.name,
        path=None,
        dialect=recogniser.dialect,
        site=cls,
        of=of,
        socket_name="self",
        entry=None,
    )
    socket.cls = cls
    for op in scene.dialects.ops(recogniser.dialect, "override"):
        for member in cls.members:
            if isinstance(member, nodes.FunctionDef) and member.name == op.name:
                _override(scene, socket, member, op.means)


def _override(
    scene: Scene, socket: Socket, member: nodes.FunctionDef, means: str
) -> None:
    event = EVENTS.get(means, Event.OTHER)
    attached = Attached(event, member.name, member, (member.function,), (socket,))
    socket.attached.append(attached)
    scene.attached.append(attached)
    annotations = scene.dialects.recognisers("annotation")
    for parameter in member.function.parameters:
        if parameter.annotation is None:
            continue
        for value in values.typed(scene.program, parameter.annotation):
            if (
                isinstance(value, values.Instance)
                and scene.program.canonical(value.of) in annotations
            ):
                of = scene.program.canonical(value.of)
                scene.program.seeds[parameter] = (values.Instance(of, parameter),)
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


def _endpoint(
    scene: Scene,
    *,
    at: object,
    name: str,
    path: nodes.Expression | None,
    dialect: str,
    site: Node,
    of: str,
    socket_name: str,
    entry: nodes.Function | None,
) -> Socket:
    where = scene.place(site)
    fact = Connection(
        at=where,
        side=Side.SERVER,
        library=dialect,
        name=socket_name,
        birth=Birth.ENDPOINT,
        role=_role(scene, site),
        partly_read=bool(scene.program.module_of(site).faults),
        node_server=scene.program.module_of(site).language == "typescript",
    )
    endpoint = Endpoint(
        at=at,  # type: ignore[arg-type]
        connections=(fact,),
        path=urls.pattern(scene.program, path) if path is not None else "",
        name=name,
        framework=dialect,
        class_based=entry is None,
    )
    socket = Socket(site, of, dialect, fact, endpoint=endpoint, entry=entry)
    scene.endpoints.append(endpoint)
    _add(scene, socket)
    return socket


def _seed_callbacks(scene: Scene) -> None:
    """Sockets handed to a server's callback: ``wss.on("connection", f)``."""
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
            for handler in program.values(call.arguments[1].value):
                if isinstance(handler, values.Func) and handler.function.parameters:
                    parameter = handler.function.parameters[0]
                    program.seeds[parameter] = (
                        values.Instance(server.socket, parameter),
                    )
                    if parameter not in scene.by_site:
                        _endpoint(
                            scene,
                            at=scene.callee_place(call),
                            name=program.name_of(handler.function) or "connection",
                            path=None,
                            dialect=server.dialect,
                            site=parameter,
                            of=server.socket,
                            socket_name=written(parameter.target),
                            entry=handler.function,
                        )
    program.forget()


# -- operations ------------------------------------------------------------------


def _declared(scene: Scene) -> None:
    """Sockets known by an annotation alone, made when an operation is done on them."""
    annotations = scene.dialects.recognisers("annotation")
    for name in sorted(scene.dialects.op_names()):
        for call in scene.program.calls_named(name):
            if not isinstance(call.function, nodes.Member):
                continue
            for value in scene.program.values(call.function.object):
                if (
                    not isinstance(value, values.Instance)
                    or value.site in scene.by_site
                ):
                    continue
                recogniser = annotations.get(scene.program.canonical(value.of))
                if recogniser is not None:
                    _declare(scene, value, recogniser, written(call.function.object))


def _declare(
    scene: Scene, value: values.Instance, recogniser: Recogniser, name: str
) -> None:
    dialect = scene.dialects.dialect(recogniser.dialect)
    fact = Connection(
        at=scene.place(value.site),
        side=Side.SERVER if dialect.role == "server" else Side.CLIENT,
        library=recogniser.dialect,
        name=name,
        declared=True,
        role=_role(scene, value.site),
    )
    _add(
        scene,
        Socket(value.site, scene.program.canonical(value.of), recogniser.dialect, fact),
    )


def _find_uses(scene: Scene) -> None:
    program = scene.program
    for name in sorted(scene.dialects.op_names()):
        for call in program.calls_named(name):
            _note_use(scene, call)
    for use in scene.uses:
        for socket in use.sockets:
            socket.uses.append(use)


def _note_use(scene: Scene, call: nodes.Call) -> None:
    sockets: dict[Socket, None] = {}
    op = None
    for value in scene.program.values(call.function):
        if not isinstance(value, values.External) or value.receiver is None:
            continue
        socket = scene.by_site.get(value.receiver.site)
        if socket is None:
            continue
        name = value.name.rpartition(".")[2]
        source = "receiver" if isinstance(call.function, nodes.Member) else "result"
        found = scene.dialects.op(socket.dialect, name, source) or scene.dialects.op(
            socket.dialect, name, "result"
        )
        if found is not None:
            op = found
            sockets[socket] = None
    if op is None:
        return
    receiver = (
        call.function.object
        if isinstance(call.function, nodes.Member)
        else call.function
    )
    use = Use(call, op, tuple(sockets), receiver)
    scene.uses.append(use)
    scene.use_of_call[call] = use


def _find_attached(scene: Scene) -> None:
    _attached_properties(scene)
    _attached_listeners(scene)
    _attached_options(scene)


def _attach(scene: Scene, attached: Attached) -> None:
    scene.attached.append(attached)
    for socket in attached.sockets:
        socket.attached.append(attached)


def _attached_properties(scene: Scene) -> None:
    """``ws.onmessage = f``, and ``ws.onclose = null`` which detaches."""
    for name in ("onopen", "onmessage", "onclose", "onerror"):
        for target, value in scene.program.attribute_writes(name):
            sockets = scene.sockets_of(target.object)
            if sockets:
                event = EVENTS["on_" + name[2:]]
                functions, resolved, empty = _attached_functions(scene, value)
                _attach(
                    scene,
                    Attached(event, name, target, functions, sockets, resolved, empty),
                )


def _attached_listeners(scene: Scene) -> None:
    """``addEventListener("close", f)``, ``ws.on("message", f)`` and their like."""
    for use in scene.uses:
        if use.op.means not in {"listen", "unlisten"} or not use.call.arguments:
            continue
        dialect = use.sockets[0].dialect
        name = scene.program.values(use.call.arguments[0].value)
        written_name = next(
            (str(v.value) for v in name if isinstance(v, values.Const) and v.value), "?"
        )
        means = scene.dialects.event(dialect, written_name)
        if use.op.means == "unlisten" or len(use.call.arguments) < 2:
            continue
        functions, resolved, _ = _attached_functions(scene, use.call.arguments[1].value)
        event = EVENTS.get(means or "", Event.OTHER)
        _attach(
            scene,
            Attached(event, written_name, use.call, functions, use.sockets, resolved),
        )


def _attached_options(scene: Scene) -> None:
    """Handlers given as options: ``useWebSocket(url, { onMessage: f })``."""
    for socket in scene.sockets:
        if socket.options is None:
            continue
        for value in scene.program.values(socket.options):
            if not isinstance(value, values.Rec):
                continue
            for entry in value.node.entries:
                key = tree.key_of(entry)
                op = scene.dialects.op(socket.dialect, key, "option") if key else None
                if op is None or op.means not in EVENTS:
                    continue
                functions, resolved, _ = _attached_functions(scene, entry.value)
                _attach(
                    scene,
                    Attached(
                        EVENTS[op.means],
                        str(key),
                        entry,
                        functions,
                        (socket,),
                        resolved,
                    ),
                )


def _attached_functions(
    scene: Scene, node: nodes.Expression
) -> tuple[tuple[nodes.Function, ...], bool, bool]:
    """The functions attached; whether all resolved; whether nothing is attached."""
    found = scene.program.values(node)
    functions = tuple(v.function for v in found if isinstance(v, values.Func))
    empty = found == (values.Const(None),)
    resolved = empty or (
        bool(functions)
        and not any(isinstance(v, values.Unknown | values.External) for v in found)
    )
    return functions, resolved, empty


# -- settling --------------------------------------------------------------------


def _add(scene: Scene, socket: Socket) -> None:
    scene.sockets.append(socket)
    scene.by_site[socket.site] = socket


def _settle(scene: Scene, socket: Socket) -> None:
    """Complete a socket once all uses are known: its unit and where it escapes."""
    starts: dict[nodes.Function, None] = {}
    for function in (socket.creator, socket.entry):
        if function is not None:
            starts[function] = None
    if socket.cls is not None:
        for member in socket.cls.members:
            if isinstance(member, nodes.FunctionDef):
                starts[member.function] = None
    for attached in socket.attached:
        starts.update(dict.fromkeys(attached.functions))
    for use in socket.uses:
        around = scene.program.function_of(use.call)
        if around is not None:
            starts[around] = None
    socket.unit = unit_of(scene.program, starts)


def escape_of(scene: Scene, socket: Socket) -> str:
    """Where a socket goes that cannot be followed, "" when it stays in sight."""
    for function in socket.unit:
        for call in scene.calls_in((function,)):
            if call in scene.use_of_call:
                continue
            for argument in call.arguments:
                if not isinstance(argument.value, nodes.Name | nodes.Member):
                    continue
                if socket in scene.sockets_of(argument.value) and _unfollowed(
                    scene, call
                ):
                    return f"passed to `{written(call.function)}`"
    return ""


def _unfollowed(scene: Scene, call: nodes.Call) -> bool:
    found = scene.program.values(call.function)
    if any(isinstance(v, values.Func | values.ClassRef) for v in found):
        return False
    name = last_name(call.function)
    if name in values.ADDERS or name in _HARMLESS:
        return False
    externals = [v for v in found if isinstance(v, values.External)]
    return not externals or not all(
        v.name.startswith(("react#", "zustand#")) for v in externals
    )


_HARMLESS = frozenset(
    {
        "print", "log", "debug", "info", "warn", "warning", "error", "exception", "id",
        "len", "repr", "str", "isinstance", "Boolean", "delete", "remove", "discard",
        "has", "get", "pop", "hash", "resolve", "reject", "includes", "indexOf",
        "hasattr",
    }
)  # fmt: skip


def _birth(scene: Scene, call: nodes.Call) -> Birth:
    program = scene.program
    function = program.function_of(call)
    if function is None:
        cls = program.class_around(call)
        return Birth.METHOD if cls else Birth.MODULE
    for around in flow.ancestors(call, program.parents):
        if not isinstance(around, nodes.Function):
            continue
        argument = program.parents.get(around)
        if not isinstance(argument, nodes.Argument):
            continue
        parent = program.parents.get(argument)
        if isinstance(parent, nodes.Call) and scene.word("effect", parent) is not None:
            return Birth.EFFECT
    definition = program.parents.get(function)
    if isinstance(definition, nodes.FunctionDef) and definition.kind != "function":
        if definition.name in {"componentDidMount", "ngOnInit"}:
            return Birth.MOUNT
        return Birth.METHOD
    name = program.name_of(function)
    if _is_component(name) and program.module_of(call).language == "typescript":
        return Birth.RENDER
    return Birth.FUNCTION


def _is_component(name: str) -> bool:
    return bool(re.match(r"(use)?[A-Z]", name))


def _role(scene: Scene, node: Node) -> Role:
    module = scene.program.module_of(node)
    if _TEST.search(module.path):
        return Role.TEST
    cls = scene.program.class_around(node)
    if cls is not None and re.match(r"(Mock|Fake|Stub|Dummy)", cls.name):
        return Role.TEST
    return Role.PERSISTENT


def with_role(scene: Scene, socket: Socket, role: Role, why: str) -> None:
    """Give a socket another role; facts made before are not touched."""
    socket.fact = replace(socket.fact, role=role, role_why=why)
