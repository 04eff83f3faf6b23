"""Telling: what code writes to logs, puts into addresses, and tells of its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import is_broad
from wsaudit.analysis.effects import Does, effects
from wsaudit.analysis.messages.held import messages
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import deciding
from wsaudit.model.secrets import Line, Wrote
from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_MADE_OF = (
    nodes.Template | nodes.Binary | nodes.Sequence | nodes.Record | nodes.Conditional
    | nodes.Await | nodes.Cast
)  # fmt: skip
_DEVELOPMENT = re.compile(
    r".*(\bDEV\b|NODE_ENV|__DEV__|DEBUG|debug|verbose|\bis_?(prod|dev)).*",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(access_?|auth_?|id_?|session_?|bearer_?|user_?)?token|jwt|api_?key|auth|"
    r"authorization|pass(word|wd)?|secret|session(_?id)?|credential\w*",
    re.IGNORECASE,
)
"""Names under which credentials that last travel in a query."""
_ONCE = re.compile(r".*(ticket|nonce|one_?time|otp|code|ws_?token).*", re.IGNORECASE)
_PAIR = re.compile(r"[?&]([\w-]+)=")


# -- logs ----------------------------------------------------------------------------


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
        if scene.use(call) is None and not _for_development(scene, call)
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


def _for_development(scene: Scene, call: nodes.Expression) -> bool:
    """Whether something runs only where somebody works on the program."""
    return any(
        _DEVELOPMENT.fullmatch(written(part))
        for test in deciding(scene.program, call)
        for part in (test, *tree.own(test))
        if isinstance(part, nodes.Name | nodes.Member)
    )


# -- addresses -----------------------------------------------------------------------


@asked
def secret_of(scene: Scene, socket: Socket) -> str:
    """The name of a credential that lasts in the query of a client's address."""
    return next((name for name in keys_of(scene, socket) if is_secret_key(name)), "")


def once_of(scene: Scene, socket: Socket) -> str:
    """The name of a credential for one use in the query of a client's address."""
    return next((name for name in keys_of(scene, socket) if _ONCE.fullmatch(name)), "")


def is_secret_key(name: str) -> bool:
    """Whether a key of a query is that of a credential that lasts."""
    return bool(_SECRET.fullmatch(name)) and not _ONCE.fullmatch(name)


@asked
def keys_of(scene: Scene, socket: Socket) -> tuple[str, ...]:
    """The keys that the query of a client's address is given, as far as in sight."""
    found: dict[str, None] = {}
    stack: list[Node] = [each for each in (socket.url, socket.options) if each]
    seen: set[Node] = set()
    while stack and len(seen) < 400:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case nodes.Literal(value=str() as text):
                found.update(dict.fromkeys(_PAIR.findall(text)))
            case nodes.Name():
                stack += meant_by(scene, node)
            case nodes.Call(function=function, arguments=given):
                if last_name(function) == "URLSearchParams" or (
                    last_name(function) == "urlencode"
                ):
                    for each in given[:1]:
                        found.update(dict.fromkeys(_record_keys(scene, each.value)))
                for callee in scene.program.callees(node):
                    stack += [
                        each
                        for each in tree.own_of(callee)
                        if isinstance(each, nodes.Return)
                    ]
            case nodes.Entry(value=value) if tree.key_of(node) in {
                "query", "queryParams", "params",
            }:  # fmt: skip
                found.update(dict.fromkeys(_record_keys(scene, value)))
            case _:
                pass
        if not isinstance(node, nodes.Function):
            stack += tree.children(node)
    return tuple(found)


def meant_by(scene: Scene, name: nodes.Name) -> Iterator[Node]:
    """What a variable is given, and what its query is given by ``set()``."""
    binding = scene.program.binding(name)
    if binding is None or binding.scope.kind == "class":
        return
    for write in binding.writes:
        if write.value is not None and write.kind == "assign":
            yield write.value
    for method in sorted(scene.dialects.spoken("sets-parameter")):
        for call in scene.program.calls_named(method):
            if not call.arguments:
                continue
            root = call.function
            while isinstance(root, nodes.Member):
                root = root.object
            if isinstance(root, nodes.Name) and scene.program.binding(root) is binding:
                key = folding.fold_text(scene.program, call.arguments[0].value)
                if key is not None:
                    yield nodes.Literal(
                        call.start, call.end, value=f"?{key}=", kind="string"
                    )
                    yield from (one.value for one in call.arguments[1:])


def _record_keys(scene: Scene, node: nodes.Expression) -> Iterator[str]:
    for value in scene.program.values(node):
        if isinstance(value, values.Rec):
            for entry in value.node.entries:
                key = tree.key_of(entry)
                if key is not None:
                    yield key


# -- errors --------------------------------------------------------------------------


def replies(
    scene: Scene, function: nodes.Function
) -> Iterator[tuple[nodes.Call, str, bool]]:
    """What tells the other end in a handler: the call, what leaks, if it is broad."""
    for node in tree.own_of(function):
        if not isinstance(node, nodes.Call) or not _tells(scene, node):
            continue
        for around in tree.within(node, scene.program.parents):
            if isinstance(around, nodes.Handler):
                leaks = next(
                    (
                        written(part)
                        for argument in node.arguments
                        for part in _leaks(scene, argument.value, around)
                        if not _for_development(scene, part)
                    ),
                    "",
                )
                yield node, leaks, is_broad(scene, around)
                break


def _tells(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call sends or closes, itself or by a function of the project."""
    use = scene.use(call)
    if use is not None:
        return use.op.means in {"send", "close", "broadcast"}
    return bool(call.arguments) and any(
        effect.does in {Does.SENDS, Does.CLOSES} and effect.use is not None
        for callee in scene.program.callees(call)
        for effect in effects(scene, callee)
    )


def _leaks(
    scene: Scene, node: nodes.Expression, handler: nodes.Handler, deep: int = 0
) -> Iterator[nodes.Expression]:
    """The parts of an expression that hold what the caught exception says."""
    for part in (node, *tree.own(node)):
        match part:
            case nodes.Call(function=function, arguments=given):
                name = last_name(function)
                if name.startswith("format_exc") or (
                    scene.says("tells-error", name)
                    and any(_is_caught(scene, each.value) for each in given)
                ):
                    yield part
            case nodes.Member(name=name, object=inner) if scene.says(
                "part-of-error", name
            ):
                if _is_caught(scene, inner):
                    yield part
            case nodes.Template(parts=parts):
                yield from (each for each in parts if _is_caught(scene, each))
            case nodes.Name() if deep < 1:
                binding = scene.program.binding(part)
                for write in binding.writes if binding is not None else ():
                    at = write.at
                    if write.value is not None and any(
                        around is handler
                        for around in tree.within(at, scene.program.parents)
                    ):
                        yield from _leaks(scene, write.value, handler, deep + 1)
            case _:
                continue


def _is_caught(scene: Scene, node: nodes.Expression) -> bool:
    node = tree.strip(node)
    binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
    return binding is not None and all(
        write.kind == "caught" for write in binding.writes
    )
