"""Crowds: whether a number of connections is not exceeded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import bound
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import ORDERED
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.security.arrivals import arrival, hidden
from wsaudit.nouns.sending.pushes import looked_up
from wsaudit.program import folding, items, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

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
    return hidden(scene, socket) or Evidence(Seen.ABSENT)


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
