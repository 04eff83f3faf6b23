"""Logged: what the code of a socket writes to logs of what it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.effects import Does, effects
from wsaudit.analysis.messages.held import messages
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import deciding
from wsaudit.model.secrets import Line, Wrote
from wsaudit.nouns.security.addresses import secret_of
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_MADE_OF = (
    nodes.Template | nodes.Binary | nodes.Sequence | nodes.Record | nodes.Conditional
    | nodes.Await | nodes.Cast
)  # fmt: skip
_DEVELOPMENT = re.compile(
    r".*(\bDEV\b|NODE_ENV|__DEV__|DEBUG|debug|verbose|\bis_?(prod|dev)).*",
    re.IGNORECASE,
)


def lines(scene: Scene, socket: Socket) -> tuple[tuple[Line, ...], int]:
    """The whole things that a socket's code logs, and how many calls log there."""
    found = {line.at: line for held, line in _lines(scene) if held is socket}
    return tuple(found.values()), len(_logging(scene, socket))


def _logging(scene: Scene, socket: Socket) -> list[nodes.Call]:
    return [
        call
        for call in scene.calls_in(socket.unit)
        if scene.dialects.speaks("logs", last_name(call.function))
    ]


@asked
def _lines(scene: Scene) -> tuple[tuple[Socket, Line], ...]:
    """Every call that writes something whole to a log, with the sockets it is of."""
    return tuple(
        pair
        for name in sorted(scene.dialects.spoken("logs"))
        for call in scene.program.calls_named(name)
        if scene.use(call) is None and not for_development(scene, call)
        if _may_log(scene, call)
        for pair in _of_call(scene, call)
    )


def _may_log(scene: Scene, call: nodes.Call) -> bool:
    """Not so for a function of the project that tells the other end: ``emit.error``."""
    done = {
        effect.does
        for callee in scene.program.callees(call)
        for effect in effects(scene, callee)
    }
    return Does.SENDS not in done or Does.LOGS in done


def _of_call(scene: Scene, call: nodes.Call) -> Iterator[tuple[Socket, Line]]:
    for node, cut in _parts(scene, call):
        for socket, wrote in _whole(scene, node):
            yield (
                socket,
                Line(
                    at=scene.callee_place(call),
                    text=written(node),
                    call=written(call.function),
                    wrote=wrote,
                    debug=scene.says("logs-details", last_name(call.function)),
                    failed=any(
                        isinstance(around, nodes.Handler)
                        for around in tree.within(call, scene.program.parents)
                    ),
                    cut=cut,
                ),
            )


def _parts(scene: Scene, call: nodes.Call) -> Iterator[tuple[nodes.Expression, bool]]:
    """What a call writes: its arguments, and what they are put together from."""
    stack = [(each.value, False) for each in call.arguments]
    while stack:
        node, cut = stack.pop()
        if isinstance(node, nodes.Name | nodes.Member):
            yield node, cut
        elif isinstance(node, nodes.Call):
            stack += _given_to(scene, node, cut=cut)
        elif isinstance(node, nodes.Index):
            if isinstance(node.index, nodes.Opaque):
                stack.append((node.object, True))
        else:
            stack += [
                (part, cut)
                for each in tree.children(node)
                for part in (
                    (each.value,) if isinstance(each, nodes.Entry) else (each,)
                )
                if isinstance(node, _MADE_OF) and isinstance(part, nodes.Expression)
            ]


def _given_to(
    scene: Scene, call: nodes.Call, *, cut: bool
) -> Iterator[tuple[nodes.Expression, bool]]:
    """What the result of a call still holds: the text that it cuts, or writes anew."""
    function, name = call.function, last_name(call.function)
    if isinstance(function, nodes.Member) and scene.says("cuts-text", name):
        yield function.object, True
    elif scene.says("as-text", name) and scene.use(call) is None:
        yield from ((each.value, cut) for each in call.arguments[:1])
        if isinstance(function, nodes.Member) and not call.arguments:
            yield function.object, cut


def _whole(scene: Scene, node: nodes.Expression) -> Iterator[tuple[Socket, Wrote]]:
    """The sockets of which an expression is something whole."""
    for message in messages(scene, node):
        if not message.path:
            yield message.socket, Wrote.MESSAGE
    match node:
        case nodes.Member(object=inner, name="headers" | "cookies" | "query_params"):
            for socket in scene.sockets_of(inner):
                yield socket, Wrote.HANDSHAKE
        case nodes.Name():
            binding = scene.program.binding(node)
            for known, socket, wrote in _named(scene):
                if binding is not None and known is binding:
                    yield socket, wrote
        case _:
            return


@asked
def _named(scene: Scene) -> tuple[tuple[object, Socket, Wrote], ...]:
    """The variables that hold what is sent, or the address of a client."""
    found: list[tuple[object, Socket, Wrote]] = []
    for use in scene.uses:
        at = use.op.payload
        if use.op.means != "send" or at is None or len(use.call.arguments) <= at:
            continue
        sent = use.call.arguments[at].value
        if isinstance(sent, nodes.Call) and scene.says(
            "as-text", last_name(sent.function)
        ):
            sent = sent.arguments[0].value if sent.arguments else sent
        binding = scene.program.binding(sent) if isinstance(sent, nodes.Name) else None
        if binding is not None:
            found += [(binding, socket, Wrote.PAYLOAD) for socket in use.sockets]
    for socket in scene.sockets:
        url = tree.strip(socket.url) if socket.url is not None else None
        if isinstance(url, nodes.Name) and secret_of(scene, socket):
            found.append((scene.program.binding(url), socket, Wrote.ADDRESS))
    return tuple(found)


def for_development(scene: Scene, call: nodes.Expression) -> bool:
    """Whether something runs only where somebody works on the program."""
    return any(
        _DEVELOPMENT.fullmatch(written(part))
        for test in deciding(scene.program, call)
        for part in (test, *tree.own(test))
        if isinstance(part, nodes.Name | nodes.Member)
    )
