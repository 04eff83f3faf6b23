"""Arrivals: what runs for a new connection, and what it asks but for a credential."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import bound
from wsaudit.analysis.edges import RUN, edges
from wsaudit.connections.capabilities import capability
from wsaudit.connections.roles.packages import library, project_of
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import ORDERED
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.security.access import made_of
from wsaudit.nouns.security.credentials import SHOWN
from wsaudit.nouns.security.dependencies import dependencies
from wsaudit.nouns.security.entrances import decorators_of, middleware_of, told_by
from wsaudit.nouns.security.levels import Frame
from wsaudit.nouns.sending.pushes import looked_up
from wsaudit.program import folding, items, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

Definition = nodes.FunctionDef | nodes.ClassDef

_MANY = re.compile(
    r".*(conn|client|socket|session|peer|member|user|viewer|watcher|listener|player|"
    r"subscriber|room|active|slot|tab|device|screen|guest|mine).*",
    re.IGNORECASE,
)
"""Names of what holds or counts connections."""
_NUMBER = re.compile(r".*(count|total|num|connected|active|conns).*", re.IGNORECASE)
"""Names of numbers of connections."""
_FULL = re.compile(
    r"(?!.*(time|age$|duration|idle|second|size))((is_?)?full|.*(has_?(room|space|capacity)|at_?capacity|limiter|quota|too_?many|"
    r"max_?(conn|client|peer|session|socket|user)|(conn\w*|session|socket)_?limit|"
    r"can_?(connect|accept|join)|over_?(limit|capacity)).*)",
    re.IGNORECASE,
)
"""Names of what tells that there is no place left."""
_PLACES = ("Semaphore", "CapacityLimiter")
_ORIGIN = re.compile(r".*origin.*", re.IGNORECASE)


@asked
def arrival(scene: Scene, socket: Socket) -> tuple[Node, ...]:
    """All nodes that run for a new connection, but for what runs for its messages."""
    found: dict[nodes.Function, None] = {}
    if socket.entry is not None:
        found[socket.entry] = None
    for dependency in dependencies(scene, socket):
        if dependency.function is not None:
            found[dependency.function] = None
    for attached in scene.handlers(socket, Event.OPEN):
        found.update(dict.fromkeys(attached.functions))
    for function in (*told_by(scene, socket), *middleware_of(scene, socket)):
        found[function] = None
    for cls in (
        scene.program.classes.lineage(socket.cls) if socket.cls is not None else ()
    ):
        for member in cls.members:
            if isinstance(member, nodes.FunctionDef):
                found[member.function] = None
    return tuple(_own(scene, _reached(scene, tuple(found))))


def _reached(
    scene: Scene, starts: tuple[nodes.Function, ...]
) -> tuple[nodes.Function, ...]:
    """What some functions run, a few steps down, but for what their loops run."""
    loops = {each.loop for each in receive_loops(scene)}
    found = dict.fromkeys(starts)
    ahead = starts
    for _ in range(NEAR):
        ahead = tuple(
            dict.fromkeys(
                edge.function
                for function in ahead
                for edge in edges(scene, function)
                if edge.how in RUN
                and edge.function not in found
                and loops.isdisjoint(tree.within(edge.site, scene.program.parents))
            )
        )
        found.update(dict.fromkeys(ahead))
    return tuple(found)


def _own(scene: Scene, functions: tuple[nodes.Function, ...]) -> Iterator[Node]:
    loops = {each.loop for each in receive_loops(scene)}
    handlers = {
        function
        for attached in scene.attached
        if attached.event is Event.MESSAGE
        for function in attached.functions
    }
    for function in functions:
        if function in handlers:
            continue
        for parameter in function.parameters:
            yield from tree.walk(parameter)
        for node in tree.own_of(function):
            around = tree.within(node, scene.program.parents)
            if node not in loops and not any(each in loops for each in around):
                yield node


# -- where it comes from -------------------------------------------------------------


def origin(scene: Scene, socket: Socket) -> Evidence:
    """Whether pages of others are turned away."""
    own = capability(scene, socket, "origin_check")
    if own is None:
        return Evidence(Seen.UNKNOWN, "what its library does is not known")
    for node in arrival(scene, socket):
        if _asks_origin(scene, node):
            return Evidence(Seen.PRESENT, "the origin is checked", scene.place(node))
    for decorator in decorators_of(scene, socket):
        if _ORIGIN.fullmatch(last_name(decorator)):
            at = scene.place(decorator)
            return Evidence(Seen.PRESENT, "a decorator checks the origin", at)
    for call in scene.program.calls_of(scene.dialects.word_ends("origin-check")):
        path = scene.place(call).path
        if scene.word("origin-check", call) is not None and project_of(
            scene, path
        ) == project_of(scene, socket.fact.at.path):
            at = scene.callee_place(call)
            return Evidence(Seen.PRESENT, "middleware checks the origin", at)
    seen = own.seen
    if socket.cls is not None and own.cap.state == "default":
        # The option of an endpoint that is a class is a method to override.
        seen = _overridden(scene, socket.cls, own.cap.option)
    if seen is Seen.PRESENT:
        return Evidence(Seen.PRESENT, "its library lets in the same origin only")
    if seen is Seen.UNKNOWN:
        return Evidence(Seen.UNKNOWN, "which origins it lets in is not in sight")
    return _hidden(socket) or Evidence(Seen.ABSENT)


def _asks_origin(scene: Scene, node: Node) -> bool:
    if (_key(scene, node) or "").lower() != "origin":
        return (
            isinstance(node, nodes.Call)
            and bool(_ORIGIN.fullmatch(last_name(node.function)))
            and last_name(node.function) != "origin"
            and not any(map(_is_standard, scene.names(node)))
        )
    return not any(
        isinstance(around, nodes.Call)
        and scene.dialects.speaks("logs", last_name(around.function))
        for around in tree.within(node, scene.program.parents)
    )


def _is_standard(name: str) -> bool:
    """``typing.get_origin()`` asks for something else."""
    return name.partition(".")[0] in sys.stdlib_module_names


def _key(scene: Scene, node: Node) -> str | None:
    """What is read of something by a name: a header, most often."""
    match node:
        case nodes.Call(function=nodes.Member(name="get"), arguments=(key, *_)):
            return folding.fold_text(scene.program, key.value)
        case nodes.Index(index=index):
            return folding.fold_text(scene.program, index)
        case nodes.Member(name=name):
            return name
        case _:
            return None


def _overridden(scene: Scene, cls: nodes.ClassDef, name: str) -> Seen:
    """Absent where a class answers a question of its library always with yes."""
    given = [
        result
        for member in scene.program.classes.member(cls, name, bound=True)
        if isinstance(member, values.Func)
        for result in scene.program.results(member.function)
    ]
    if not given:
        return Seen.PRESENT
    yes = all(isinstance(each, values.Const) and each.value for each in given)
    return Seen.ABSENT if yes else Seen.PRESENT


def cookie(scene: Scene, socket: Socket) -> Node | None:
    """Where a client is known by what browsers send along by themselves."""
    for node in arrival(scene, socket):
        match node:
            case nodes.Member(name="cookies" | "cookie", object=inner):
                if last_name(inner) != "document":
                    return node
            case nodes.Index(index=nodes.Literal(value=str() as key)):
                if key.lower() == "cookie":
                    return node
            case nodes.Member(name="session", object=inner) if scene.sockets_of(inner):
                return node
            case nodes.Call(function=function) if last_name(function) == "Cookie":
                return node
            case _:
                continue
    return None


def header(scene: Scene, socket: Socket) -> Node | None:
    """Where a header is asked for that no page can set, and nothing in its stead."""
    admits = scene.program.calls_of(scene.dialects.word_ends("admits"))
    found: Node | None = next(
        (call for call in admits if scene.word("admits", call)), None
    )
    for node in arrival(scene, socket):
        if isinstance(node, nodes.Member) and _may_stand_in(scene, node):
            return None
        if scene.says("own-header", (_key(scene, node) or "").lower()):
            found = found or node
    return found


def _may_stand_in(scene: Scene, node: nodes.Member) -> bool:
    """Whether a credential may come out of a query, and not only some other part."""
    around = scene.program.parents.get(node)
    if not scene.says("holds-query", node.name):
        return False
    if isinstance(around, nodes.Member):
        around = scene.program.parents.get(around)
    key = _key(scene, around) if isinstance(around, Node) else None
    return key is None or bool(SHOWN.fullmatch(key))


@asked
def same_site(scene: Scene) -> bool:
    """Whether cookies of the program are kept from the pages of others."""
    program = scene.program
    told = [
        given
        for kind in (nodes.Argument, nodes.Entry, nodes.Parameter)
        for node in program.every(kind)
        if (given := _same_site(node))
    ]
    return "none" not in told and bool(told or _has_sessions(scene))


def _has_sessions(scene: Scene) -> bool:
    """Whether the sessions of a library are in use, which are ``SameSite``."""
    return any(
        scene.word("same-site", call)
        for call in scene.program.calls_of(scene.dialects.word_ends("same-site"))
    ) or any(
        scene.dialects.match_word("same-site", name)
        for adds in ("add_middleware", "Middleware")
        for call in scene.program.calls_named(adds)
        for given in call.arguments[:1]
        for name in scene.program.canonical_names(given.value)
    )


def _same_site(node: Node) -> str:
    match node:
        case nodes.Argument(keyword=str() as name, value=nodes.Literal(value=value)):
            pass
        case nodes.Entry(
            key=nodes.Literal(value=name), value=nodes.Literal(value=value)
        ):
            pass
        case nodes.Parameter(
            target=nodes.Name(id=name), default=nodes.Literal(value=value)
        ):
            pass
        case _:
            return ""
    is_told = str(name).lower().replace("_", "") == "samesite"
    return str(value).lower() if is_told else ""


def local(scene: Scene, socket: Socket) -> bool:
    """Whether a server is told, where it is made, to listen on this machine only."""
    made = socket.configured
    return made is not None and any(
        isinstance(node, nodes.Literal) and scene.says("this-machine", node.value)
        for argument in made.arguments
        for node in (argument.value, *tree.own(argument.value))
    )


# -- how many ------------------------------------------------------------------------


def counted(scene: Scene, socket: Socket) -> Evidence:
    """Whether a number of connections is not exceeded."""
    for node in arrival(scene, socket):
        why = _counts(scene, node)
        if why:
            return Evidence(Seen.PRESENT, why, scene.place(node))
    for path in scene.program.files.support_paths:
        text = scene.program.files.support(path) or "" if ".conf" in path else ""
        if re.search(r"^\s*limit_conn\s", text, re.MULTILINE):
            return Evidence(Seen.PRESENT, f"`limit_conn` in `{path}`")
    for target, _ in scene.program.attribute_writes("maxConnections"):
        return Evidence(Seen.PRESENT, "`maxConnections`", scene.place(target))
    return _hidden(socket) or Evidence(Seen.ABSENT)


def _counts(scene: Scene, node: Node) -> str:
    match node:
        case nodes.Binary(op=op, left=left, right=right) if op in ORDERED:
            turned = _turns_away(scene, node)
            many = any(
                _is_many(scene, side, sure=turned.present) for side in (left, right)
            )
            few = any(_is_few(scene, side) for side in (left, right))
            if many and not few and not turned.absent:
                return "the number of connections is tested"
        case nodes.Call(function=function):
            name = last_name(function)
            if (
                _FULL.fullmatch(name)
                and not name[:1].isupper()
                and not _is_container(scene, function)
            ):
                return f"`{written(function)}()` is asked"
            if _is_places(scene, node):
                return f"`{written(function)}()` has so many places"
            use = scene.use(node)
            ends = use is not None and use.op.means in {"close", "terminate"}
            if ends and use and looked_up(scene, use.receiver) is not None:
                return "an earlier connection of the same client is closed"
        case nodes.Member(name=name) if _FULL.fullmatch(name) and not _is_container(
            scene, node
        ):
            return f"`{written(node)}` is asked"
        case nodes.WithItem(value=value) if _is_semaphore(scene, value):
            return f"`{written(value)}` has so many places"
        case _:
            pass
    return ""


def _is_container(scene: Scene, function: nodes.Expression) -> bool:
    """Whether it is a queue or the like that is asked, which holds no connections."""
    return (
        isinstance(function, nodes.Member) and not bound(scene, function.object).unknown
    )


def _is_few(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a number only asks whether there are any."""
    folded = folding.fold(scene.program, node)
    return folded is not None and folded.value in {0, 1}


def _turns_away(scene: Scene, test: Node) -> Evidence:
    """Whether a test ends in a refusal; unknown where it is only answered or kept."""
    for around in tree.ancestors(test, scene.program.parents):
        match around:
            case nodes.If(then=then, other=other):
                inside = list(tree.own_in((*then, *other)))
                if any(_refuses(scene, node) for node in inside):
                    return Evidence(Seen.PRESENT)
                left = any(isinstance(node, nodes.Return) for node in inside)
                return Evidence(Seen.UNKNOWN if left else Seen.ABSENT)
            case nodes.Return() | nodes.Bind() | nodes.Loop() | nodes.Argument():
                return Evidence(Seen.UNKNOWN)
            case nodes.Expr() | nodes.Function():
                break
            case _:
                continue
    return Evidence(Seen.ABSENT)


def _refuses(scene: Scene, node: Node) -> bool:
    use = scene.use(node) if isinstance(node, nodes.Call) else None
    return isinstance(node, nodes.Raise) or (
        use is not None and use.op.means in {"accept", "close", "terminate"}
    )


def _is_many(scene: Scene, node: nodes.Expression, *, sure: bool) -> bool:
    """Whether something is a number of connections: of what holds them, or by name.

    Any number will do where it is ``sure`` that somebody is refused for it.
    """
    match tree.strip(node):
        case nodes.Call(function=nodes.Name(id="len"), arguments=[one]):
            inner = one.value
        case nodes.Member(name="size" | "length", object=inner):
            pass
        case nodes.Index(object=inner):
            pass
        case nodes.Call(function=function):
            return bool(_MANY.fullmatch(last_name(function)))
        case nodes.Name() | nodes.Member() as name:
            called = last_name(name)
            told = (
                sure
                or scene.says("counts-something", called)
                or _MANY.fullmatch(called)
            )
            return bool(told and _NUMBER.fullmatch(called))
        case _:
            return False
    held = items.elements(scene.program, tree.strip(inner))
    return bool(_MANY.fullmatch(dotted(inner) or last_name(inner))) or any(
        (isinstance(value, values.Instance) and value.site in scene.by_site)
        or (isinstance(value, values.Object) and value.node in _classes(scene))
        for value in held
    )


@asked
def _classes(scene: Scene) -> frozenset[nodes.ClassDef]:
    """The classes whose objects are server ends."""
    return frozenset(each.cls for each in scene.sockets if each.cls is not None)


def _is_places(scene: Scene, call: nodes.Call) -> bool:
    return (
        isinstance(call.function, nodes.Member)
        and call.function.name in {"acquire", "locked", "acquire_nowait"}
        and _is_semaphore(scene, call.function.object)
    )


def _is_semaphore(scene: Scene, node: nodes.Expression) -> bool:
    return any(
        isinstance(value, values.Instance) and value.of.endswith(_PLACES)
        for value in scene.program.values(node)
    )


def _hidden(socket: Socket) -> Evidence | None:
    """Why what an endpoint asks may not be all in sight."""
    if socket.fact.partly_read:
        return Evidence(Seen.UNKNOWN, "its file has syntax errors")
    if socket.fact.escapes:
        return Evidence(Seen.UNKNOWN, f"the socket is {socket.fact.escapes}")
    return None


# -- what does not run ---------------------------------------------------------------


@asked
def http_only(scene: Scene, project: str) -> Definition | None:
    """Middleware for HTTP requests that turns away who shows no valid credential.

    That of another project, and of what is only an example, is none of this one's.
    """
    for function, definition in _for_http(scene):
        path = scene.place(definition).path
        own = project_of(scene, path) == project and not library(scene, path)
        if own and made_of(scene, Frame(function), outermost=True).refuses:
            return definition
    return None


def _for_http(scene: Scene) -> Iterator[tuple[nodes.Function, Definition]]:
    for definition in scene.program.every(nodes.FunctionDef):
        if any(
            scene.dialects.match_word("http-middleware", name) is not None
            for each in definition.decorators
            for name in scene.program.canonical_names(
                each.function if isinstance(each, nodes.Call) else each
            )
        ):
            yield definition.function, definition
    for made in scene.program.every(nodes.ClassDef):
        if any(
            scene.dialects.match_word("http-middleware", name) is not None
            for base in made.bases
            for name in scene.program.canonical_names(base)
        ):
            for member in made.members:
                if isinstance(member, nodes.FunctionDef) and member.name == "dispatch":
                    yield member.function, made
