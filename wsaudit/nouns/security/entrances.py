"""Entrances: everything that may turn a client of an endpoint away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.connections.capabilities import capability, option_of
from wsaudit.connections.roles.packages import project_of
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.security.access import Found, Outcome, best, made_of, shown_in
from wsaudit.nouns.security.credentials import (
    ASKS,
    SECRET,
    asks,
    handed,
    is_secret,
    reads,
    shows,
)
from wsaudit.nouns.security.dependencies import Dependency, dependencies
from wsaudit.nouns.security.levels import Frame, Level, gives
from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.dialects import Word
    from wsaudit.syntax.nodes import Node

_GUARDING = re.compile(
    r".*(requires|login|authenticat|authori[sz]|permission|protected|auth|guard).*",
    re.IGNORECASE,
)
_ASGI = ("scope", "receive", "send")


def entrance(scene: Scene, socket: Socket) -> Found:
    """The most telling thing that becomes of credentials at an endpoint."""
    ways = (
        _by_dependencies, _by_decorators, _by_code, _by_options, _by_upgrades,
        _by_middleware, _by_guards,
    )  # fmt: skip
    return best(found for way in ways for found in way(scene, socket))


def checked(scene: Scene, socket: Socket, found: Found) -> Evidence:
    """Whether an endpoint turns away who cannot show a credential."""
    at = scene.place(found.node) if found.node is not None else None
    if found.outcome is Outcome.REFUSES:
        return Evidence(Seen.PRESENT, "who shows no valid credential is refused", at)
    if found.outcome is Outcome.PASSED:
        return Evidence(Seen.UNKNOWN, "its credential goes where it is not seen", at)
    if socket.fact.partly_read:
        return Evidence(Seen.UNKNOWN, "its file has syntax errors")
    if socket.fact.escapes:
        return Evidence(Seen.UNKNOWN, socket.fact.escapes)
    return Evidence(Seen.ABSENT, "nothing is asked for")


# -- before the endpoint -----------------------------------------------------------


def _by_dependencies(scene: Scene, socket: Socket) -> Iterator[Found]:
    for dependency in dependencies(scene, socket):
        function = dependency.function
        if function is None:
            if _asks_by_name(dependency):
                yield Found(Outcome.REFUSES, dependency.call)
            continue
        yield made_of(scene, Frame(function, shown_in(handed(scene, function))))


def _asks_by_name(dependency: Dependency) -> bool:
    """Whether a dependency that cannot be followed is named as an identification."""
    named = (dependency.name, *(name.rpartition(".")[2] for name in dependency.names))
    return any(ASKS.fullmatch(name) or SECRET.fullmatch(name) for name in named) or any(
        ".security." in name for name in dependency.names
    )


def decorators_of(scene: Scene, socket: Socket) -> tuple[nodes.Expression, ...]:
    """The decorators of an endpoint's function or class."""
    definition = scene.program.parents.get(socket.entry) if socket.entry else socket.cls
    if not isinstance(definition, nodes.FunctionDef | nodes.ClassDef):
        return ()
    return definition.decorators


def _by_decorators(scene: Scene, socket: Socket) -> Iterator[Found]:
    for decorator in decorators_of(scene, socket):
        target = decorator.function if isinstance(decorator, nodes.Call) else decorator
        functions = scene.functions_of(target)
        if functions:
            if any(reads(scene, function) for function in functions):
                yield Found(Outcome.REFUSES, decorator)
        elif _GUARDING.fullmatch(last_name(target)):
            yield Found(Outcome.REFUSES, decorator)


def _by_options(scene: Scene, socket: Socket) -> Iterator[Found]:
    """``process_request=`` of a server, ``verifyClient`` of another."""
    answers = capability(scene, socket, "answers_handshake")
    if answers is not None and answers.option is not None:
        for function in scene.functions_of(answers.option):
            yield made_of(scene, Frame(function), outermost=True)
    found = capability(scene, socket, "checks_handshake")
    if found is None or found.option is None:
        return
    functions = scene.functions_of(found.option)
    if not functions:
        yield Found(Outcome.REFUSES, found.option)
    for function in functions:
        if reads(scene, function):
            yield Found(Outcome.REFUSES, found.option)


def _by_upgrades(scene: Scene, socket: Socket) -> Iterator[Found]:
    """Handlers of Node's ``upgrade`` event, which may destroy the socket."""
    if not socket.fact.node_server:
        return
    upgrades = [
        call
        for call in scene.program.calls_named("on")
        if len(call.arguments) > 1
        and folding.fold_text(scene.program, call.arguments[0].value) == "upgrade"
    ]
    alone, _ = option_of(scene, socket, "noServer")
    if alone is not None and not upgrades:
        yield Found(Outcome.PASSED, alone)
    for call in upgrades:
        functions = scene.functions_of(call.arguments[1].value)
        if not functions:
            yield Found(Outcome.PASSED, call)
        for function in functions:
            yield made_of(scene, Frame(function), outermost=True)


def told_by(scene: Scene, socket: Socket) -> Iterator[nodes.Function]:
    """The functions that a server is told to ask about each handshake."""
    for name in ("checks_handshake", "answers_handshake"):
        found = capability(scene, socket, name)
        if found is not None and found.option is not None:
            yield from scene.functions_of(found.option)
    for each in socket.before:
        yield from scene.functions_of(each)
    for hook in _hooks(scene):
        if _is_hooked(scene, hook, socket):
            yield hook.function
    project = project_of(scene, socket.fact.at.path)
    for call in scene.program.calls_named("on") if socket.fact.node_server else ():
        if (
            len(call.arguments) > 1
            and project_of(scene, scene.place(call).path) == project
            and folding.fold_text(scene.program, call.arguments[0].value) == "upgrade"
        ):
            yield from scene.functions_of(call.arguments[1].value)
    for call in scene.program.calls_of(scene.dialects.word_ends("admission")):
        word = scene.word("admission", call)
        if word is not None and _is_told(scene, call, socket):
            for argument in call.arguments[word.takes or 0 :]:
                yield from scene.functions_of(argument.value)


def middleware_of(scene: Scene, socket: Socket) -> Iterator[nodes.Function]:
    """The ASGI middleware of the project that is asked about each handshake."""
    if socket.fact.node_server:
        return
    for call in (
        *scene.program.calls_named("add_middleware"),
        *scene.program.calls_named("Middleware"),
    ):
        given = call.arguments[0].value if call.arguments else None
        for value in scene.program.values(given) if given is not None else ():
            if isinstance(value, values.ClassRef):
                for member in value.node.members:
                    if (
                        isinstance(member, nodes.FunctionDef)
                        and member.name == "__call__"
                    ):
                        yield member.function


def _by_middleware(scene: Scene, socket: Socket) -> Iterator[Found]:
    """ASGI middleware that sees WebSocket handshakes too."""
    if socket.fact.node_server:
        return
    for call in (
        *scene.program.calls_named("add_middleware"),
        *scene.program.calls_named("Middleware"),
    ):
        given = call.arguments[0].value if call.arguments else None
        if given is not None and any(
            scene.dialects.match_word("authentication", name)
            for name in scene.program.canonical_names(given)
        ):
            yield from _by_backend(scene, call)
        for value in scene.program.values(given) if given is not None else ():
            if isinstance(value, values.ClassRef):
                yield from _of_middleware(scene, value.node)
            elif isinstance(value, values.Unknown) and asks(scene, call):
                yield Found(Outcome.PASSED, call)


def _by_guards(scene: Scene, socket: Socket) -> Iterator[Found]:
    """What a server is told to ask each client for: ``io.use(f)``."""
    for hook in _hooks(scene):
        if _is_hooked(scene, hook, socket):
            yield made_of(scene, Frame(hook.function), outermost=True)
    for call in scene.program.calls_of(scene.dialects.word_ends("admission")):
        word = scene.word("admission", call)
        if word is None or not _is_told(scene, call, socket):
            continue
        for argument in call.arguments[word.takes or 0 :]:
            yield from _of_guard(scene, argument.value)
    for each in socket.before:
        yield from _of_guard(scene, each)


def _of_guard(scene: Scene, guard: nodes.Expression) -> Iterator[Found]:
    """What comes of something that is asked for each client before its endpoint."""
    if folding.fold_text(scene.program, guard) is not None:
        return  # The path that it is asked on.
    functions = scene.functions_of(guard)
    if isinstance(guard, nodes.Call) and scene.word("admits", guard) is not None:
        yield Found(Outcome.REFUSES, guard)
    elif not functions:
        yield Found(Outcome.PASSED, guard)
    for function in functions:
        yield made_of(scene, Frame(function), outermost=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Hook:
    """A function that a decorator has run for each client: ``before_websocket``."""

    function: nodes.Function
    word: Word
    on: Node | None


@asked
def _hooks(scene: Scene) -> tuple[_Hook, ...]:
    """The functions that decorators have run for each client."""
    ends = scene.dialects.word_ends("admission")
    return tuple(
        _Hook(node.function, word, value.receiver.site if value.receiver else None)
        for module in scene.program.primary
        for node in scene.program.every(nodes.FunctionDef, module)
        for decorator in node.decorators
        if last_name(decorator) in ends
        for value in scene.program.values(decorator)
        if isinstance(value, values.External)
        and (word := scene.dialects.match_word("admission", _canonical(scene, value)))
    )


def _canonical(scene: Scene, value: values.External) -> str:
    return scene.program.canonical(value.name)


def _is_hooked(scene: Scene, hook: _Hook, socket: Socket) -> bool:
    """Whether a hook is of the application of a socket, or of the router it is on."""
    if socket.endpoint is None or not any(
        hook.word in dialect.word for dialect in scene.dialects.lineage(socket.dialect)
    ):
        return False
    own = socket.router
    if own is None or own is hook.on:
        return True
    whole = isinstance(own, nodes.Call) and scene.word("application", own) is not None
    return not whole and hook.word.group != "own"


def _is_told(scene: Scene, call: nodes.Call, socket: Socket) -> bool:
    """Whether a call is of the server that hands a socket over."""
    return isinstance(call.function, nodes.Member) and any(
        isinstance(value, values.Instance)
        and value.site in {socket.configured, socket.router}
        for value in scene.program.values(call.function.object)
    )


def _by_backend(scene: Scene, call: nodes.Call) -> Iterator[Found]:
    """What the backend of the library's own middleware makes of a handshake."""
    for argument in call.arguments[1:]:
        for value in scene.program.values(argument.value):
            if not isinstance(value, values.Object):
                yield Found(Outcome.PASSED, call)
                continue
            for member in scene.program.classes.member(
                value.node, "authenticate", bound=True
            ):
                if isinstance(member, values.Func):
                    yield made_of(scene, Frame(member.function))


def _of_middleware(scene: Scene, cls: nodes.ClassDef) -> Iterator[Found]:
    for member in cls.members:
        if not isinstance(member, nodes.FunctionDef) or member.name != "__call__":
            continue
        names = [
            parameter.target.id
            for parameter in member.function.parameters
            if isinstance(parameter.target, nodes.Name)
        ]
        words = {
            node.value
            for node in tree.walk(member.function)
            if isinstance(node, nodes.Literal)
        }
        sees = "websocket" in words or "http" not in words
        if sees and tuple(names[1:4]) == _ASGI:
            yield made_of(scene, Frame(member.function), outermost=True)


# -- the endpoint itself -------------------------------------------------------------


def _by_code(scene: Scene, socket: Socket) -> Iterator[Found]:
    """The endpoint's function, the methods of its class, its message handlers."""
    entry = socket.entry
    if entry is not None:
        given = (*shown_in(handed(scene, entry)), *_told(scene, socket))
        yield made_of(scene, Frame(entry, given), outermost=True)
    for method in _methods(scene, socket.cls) if socket.cls else ():
        yield made_of(scene, Frame(method), outermost=True)
    for attached in scene.handlers(socket, Event.MESSAGE, Event.OPEN):
        for function in attached.functions:
            yield made_of(scene, Frame(function), outermost=True)


def _methods(scene: Scene, cls: nodes.ClassDef) -> Iterator[nodes.Function]:
    """The methods of a class and of those it derives from, and what they wrap."""
    for each in scene.program.classes.lineage(cls):
        for member in each.members:
            if isinstance(member, nodes.FunctionDef):
                yield member.function
                for node in tree.own_of(member.function):
                    if isinstance(node, nodes.Function):
                        yield node


def _told(scene: Scene, socket: Socket) -> Iterator[tuple[nodes.Parameter, Level]]:
    """The parameters in which dependencies tell an endpoint who the client is."""
    for dependency in dependencies(scene, socket):
        if dependency.handed is None or dependency.via is not socket.entry:
            continue
        function = dependency.function
        if function is not None:
            level = gives(scene, Frame(function, shown_in(handed(scene, function))))
            if level is not Level.NOTHING:
                yield dependency.handed, level
            elif reads(scene, function):
                yield dependency.handed, Level.FOUND


def read_credential(scene: Scene, socket: Socket) -> nodes.Node | None:
    """A credential that an endpoint takes or reads, if there is one."""
    first = [each.function for each in dependencies(scene, socket)]
    for function in (socket.entry, *first):
        if function is None:
            continue
        for parameter in handed(scene, function):
            name = parameter.target
            if isinstance(name, nodes.Name) and is_secret(name.id):
                return name
        for node in tree.own_of(function):
            if isinstance(node, nodes.Index | nodes.Call) and shows(scene, node):
                return node
    return None


def complete(scene: Scene, socket: Socket) -> bool:
    """Whether everything that runs for a new connection was followed."""
    if any(each.function is None for each in dependencies(scene, socket)):
        return False
    functions = [socket.entry] if socket.entry is not None else []
    if socket.cls is not None:
        functions += [
            member.function
            for member in socket.cls.members
            if isinstance(member, nodes.FunctionDef)
        ]
    return not any(
        isinstance(value, values.Unknown)
        for call in scene.calls_in(functions)
        if scene.use(call) is None
        for value in scene.program.values(call.function)
    )
