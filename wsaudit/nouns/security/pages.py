"""Pages: whether a page of anybody may open a connection in the name of its visitor."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from wsaudit.connections.capabilities import capability
from wsaudit.connections.roles.packages import project_of
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.security.arrivals import arrival, hidden
from wsaudit.nouns.security.credentials import SHOWN
from wsaudit.nouns.security.entrances import decorators_of
from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_ORIGIN = re.compile(r".*origin.*", re.IGNORECASE)


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
    return hidden(scene, socket) or Evidence(Seen.ABSENT)


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
