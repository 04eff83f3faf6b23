"""Gateways: classes that a decorator makes the server's end of its connections.

``@WebSocketGateway()`` stands above the class, ``@SubscribeMessage("said")`` above a
method that takes such messages, and its parameters may be decorated in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.connections import urls
from wsaudit.connections.capabilities import entry_of
from wsaudit.connections.ends import server_end
from wsaudit.connections.scene import EVENTS, Attached, Scene, Socket, attach
from wsaudit.model import Event
from wsaudit.program import folding, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Op, Recogniser


def of_class(scene: Scene, cls: nodes.ClassDef) -> None:
    """Note the endpoint that a decorator makes of a class, if one does."""
    found = _decorated(scene, cls)
    if found is None:
        return
    call, recogniser = found
    options = call.arguments[-1].value if call is not None and call.arguments else None
    path = (
        entry_of(scene, options, recogniser.url_option)
        if options is not None and recogniser.url_option
        else None
    )
    of = _type_of(scene, cls) or recogniser.socket
    socket = server_end(
        scene,
        cls,
        of,
        recogniser.by_type.get(of, recogniser.dialect),
        held="client",
        at=scene.name_place(cls),
        name=cls.name,
        paths=urls.patterns(scene.program, path) if path is not None else (),
    )
    socket.configured, socket.options = call, options
    for member in cls.members:
        if isinstance(member, nodes.FunctionDef):
            _member(scene, socket, member, recogniser)


def _decorated(
    scene: Scene, cls: nodes.ClassDef
) -> tuple[nodes.Call | None, Recogniser] | None:
    table = scene.dialects.recognisers("decorator")
    names = scene.dialects.last_names("decorator")
    for decorator in cls.decorators:
        call = decorator if isinstance(decorator, nodes.Call) else None
        target = call.function if call else decorator
        if last_name(target) not in names:
            continue
        for name in scene.program.canonical_names(target):
            if name in table and table[name].binds == "handler":
                return call, table[name]
    return None


def _type_of(scene: Scene, cls: nodes.ClassDef) -> str:
    """The type that the methods of a class give to their connections."""
    annotations = scene.dialects.recognisers("annotation")
    for member in cls.members:
        for parameter in (
            member.function.parameters if isinstance(member, nodes.FunctionDef) else ()
        ):
            for value in (
                scene.program.typed(parameter.annotation)
                if parameter.annotation is not None
                else ()
            ):
                if isinstance(value, values.Instance):
                    of = scene.program.canonical(value.of)
                    if of in annotations:
                        return of
    return ""


def _member(
    scene: Scene,
    socket: Socket,
    member: nodes.FunctionDef,
    recogniser: Recogniser,
) -> None:
    """Attach a method, and let its parameters be what they are given."""
    op, name = _op_of(scene, member, recogniser.dialect)
    told = {
        kind: _told(scene, member.function, kind)
        for kind in ("gives-socket", "gives-message")
    }
    if op is not None:
        event = EVENTS.get(op.means, Event.OTHER)
        message = told["gives-message"]
        if message is None and event is Event.MESSAGE:
            message = op.param if told["gives-socket"] is None else -1
        functions = (member.function,)
        attach(
            scene, Attached(event, name, member, functions, (socket,), message=message)
        )
        if told["gives-socket"] is None and told["gives-message"] is None:
            told["gives-socket"] = 0
    for position, parameter in enumerate(member.function.parameters):
        if position == told["gives-socket"] or _is_typed(scene, parameter, socket.of):
            scene.program.seed(parameter, values.Instance(socket.of, parameter))
            scene.by_site[parameter] = socket


def _op_of(
    scene: Scene, member: nodes.FunctionDef, dialect: str
) -> tuple[Op | None, str]:
    """What a method is for, by its name or decorators, and the name of its event."""
    op = scene.dialects.op(dialect, member.name, "override")
    if op is not None:
        return op, member.name
    for decorator in member.decorators:
        op = scene.dialects.op(dialect, last_name(decorator), "decorator")
        if op is None:
            continue
        given = decorator.arguments[:1] if isinstance(decorator, nodes.Call) else ()
        texts = [folding.fold_text(scene.program, one.value) for one in given]
        return op, next((text for text in texts if text is not None), "?")
    return None, member.name


def _told(scene: Scene, function: nodes.Function, kind: str) -> int | None:
    """The parameter of which a decorator says what it is given."""
    for position, parameter in enumerate(function.parameters):
        for decorator in parameter.decorators:
            target = (
                decorator.function if isinstance(decorator, nodes.Call) else decorator
            )
            if any(
                scene.dialects.match_word(kind, name) is not None
                for name in scene.program.canonical_names(target)
            ):
                return position
    return None


def _is_typed(scene: Scene, parameter: nodes.Parameter, of: str) -> bool:
    return parameter.annotation is not None and any(
        isinstance(value, values.Instance) and scene.program.canonical(value.of) == of
        for value in scene.program.typed(parameter.annotation)
    )
