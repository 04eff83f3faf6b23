"""Renewing: whether what a client shows of itself is read anew for each attempt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from wsaudit.analysis.cells import writes
from wsaudit.analysis.components import composes, outermost, renders
from wsaudit.analysis.origins import parameter_of
from wsaudit.limits import MANY, NEAR
from wsaudit.model import Evidence, Seen
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.nouns.security.addresses import meant_by
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_SHOWN = re.compile(
    r"(?!.*(csrf|xsrf|count|length))(.*[a-z_])?(token|jwt|ticket|bearer)", re.IGNORECASE
)
_MADE = re.compile(r"uuid|nanoid|random", re.IGNORECASE)
_FIXED = re.compile(r"\b(env|ENV)\b")
_ANEW = Evidence(Seen.PRESENT, "it is read for each attempt")
_ONCE = Evidence(Seen.ABSENT, "it is read once")
_RENDER = Evidence(Seen.UNKNOWN, "whether another render brings a new one")


@dataclass(frozen=True, slots=True)
class Again:
    """A client that comes back: the functions that run again for each attempt."""

    scene: Scene
    socket: Socket
    functions: frozenset[nodes.Function]
    sites: tuple[nodes.Call, ...]


def credentials(
    scene: Scene, socket: Socket
) -> Iterator[tuple[nodes.Expression, Evidence]]:
    """What a client shows each time it connects, and whether that is read anew."""
    found = reopening(scene, socket)
    if not found.evidence.present or socket.creation is None:
        return
    functions = {f for route in found.routes for f in route.functions}
    if socket.creator is not None and found.routes:
        functions.add(socket.creator)
    sites = tuple(site for route in found.routes for site in route.sites)
    again = Again(scene, socket, frozenset(functions), sites)
    for leaf, asked in _shown(scene, socket):
        yield leaf, _ANEW if asked else _renewed(again, leaf, 0)


def _shown(scene: Scene, socket: Socket) -> Iterator[tuple[nodes.Expression, bool]]:
    """The credentials in the address and the options, where each is read.

    And whether that is in a function that the library asks for it.
    """
    call = socket.creation
    stack: list[Node] = [one.value for one in call.arguments] if call else []
    seen: set[Node] = set()
    while stack and len(seen) < MANY:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, nodes.Function):
            found = (part for part in tree.walk(node) if _is_shown(part, scene))
            yield from ((part, True) for part in list(found)[:1])
        elif isinstance(node, nodes.Call) and _is_made_here(node, scene):
            continue
        elif _is_shown(node, scene):
            yield node, False
        elif isinstance(node, nodes.Name):
            stack += meant_by(scene, node)
        elif not isinstance(node, nodes.Member):
            stack += tree.children(node)


def _is_shown(
    node: Node, scene: Scene
) -> TypeGuard[nodes.Name | nodes.Member | nodes.Call]:
    """Whether an expression is called a credential, or ``getItem("token")``.

    What the environment holds does not expire.
    """
    if not isinstance(node, nodes.Name | nodes.Member | nodes.Call):
        return False
    if _FIXED.search(tree.dotted(node)):
        return False
    if isinstance(node, nodes.Call) and len(node.arguments) == 1:
        key = folding.fold_text(scene.program, node.arguments[0].value)
        if key and _SHOWN.fullmatch(key):
            return True
    return _SHOWN.fullmatch(tree.last_name(node)) is not None


def _is_made_here(node: nodes.Call, scene: Scene) -> bool:
    """Whether a function makes up what it gives: an identity, which never expires."""
    return any(
        isinstance(part, nodes.Call) and _MADE.search(tree.last_name(part.function))
        for function in scene.program.callees(node)
        for part in tree.own_of(function)
    )


def _renewed(again: Again, node: nodes.Expression, depth: int) -> Evidence:
    """Whether an expression is evaluated anew for each attempt, to a value of then."""
    scene = again.scene
    node = tree.strip(node)
    if isinstance(node, nodes.Await):
        node = node.value
    if depth > NEAR:
        return Evidence(Seen.UNKNOWN, "too far to follow")
    if scene.program.function_of(node) not in again.functions:
        return _outside(again, node)
    match node:
        case nodes.Name():
            return _named(again, node, depth)
        case nodes.Member():
            return _member(scene, node)
        case _:
            return _ANEW


def _outside(again: Again, node: nodes.Expression) -> Evidence:
    """What is evaluated where no attempt begins: once, or with each render."""
    scene = again.scene
    around = outermost(scene.program, node)
    if around is not None and (renders(scene, around) or composes(scene, around)):
        return _RENDER
    return _ONCE


def _member(scene: Scene, node: nodes.Member) -> Evidence:
    """``this.token``, which somebody may write; a ref, or a store, somebody does."""
    if any(isinstance(part, nodes.Call) for part in tree.walk(node.object)):
        return _ANEW
    cell = scene.program.cell(node)
    if cell is None or tree.last_name(node.object) == "current":
        return _ANEW
    found = writes(scene, cell)
    if not found and isinstance(node.object, nodes.Name) and node.object.id == "this":
        made = not any(scene.program.attribute_writes(node.name))
        return _ONCE if made else Evidence(Seen.UNKNOWN, "who writes it")
    later = [one for one in found if not one.first and not _begins(scene, one.function)]
    if later:
        return _ANEW
    return (
        _ONCE if found else Evidence(Seen.UNKNOWN, f"who writes `{scene.text(node)}`")
    )


def _begins(scene: Scene, function: nodes.Function | None) -> bool:
    """Whether a function makes its object."""
    return function is not None and scene.program.name_of(function) == "constructor"


def _named(again: Again, node: nodes.Name, depth: int) -> Evidence:
    scene = again.scene
    binding = scene.program.binding(node)
    if binding is None or not binding.writes:
        return Evidence(Seen.UNKNOWN, f"what `{node.id}` is")
    if len(binding.writes) > 1:
        return _ANEW
    write, scope = binding.writes[0], binding.scope.node
    parameter = parameter_of(scene.program, node)
    if parameter is not None:
        home = scene.program.function_of(parameter)
    elif write.kind == "import":
        return Evidence(Seen.UNKNOWN, f"what `{node.id}` is")
    elif isinstance(scope, nodes.Function):
        home = scope
    elif isinstance(scope, nodes.Node):
        home = scene.program.function_of(scope)
    else:
        home = None
    if home not in again.functions:
        return _RENDER if _in_render(scene, node) else _ONCE
    if parameter is None:
        if isinstance(write.value, nodes.Name | nodes.Member):
            return _renewed(again, write.value, depth + 1)
        return _ANEW
    told = [
        _ONCE
        if parameter_of(scene.program, each) is parameter
        else _renewed(again, each, depth + 1)
        for each in _given(again, parameter)
    ]
    unsure = Evidence(Seen.UNKNOWN, f"what `{node.id}` is given")
    return next((one for one in told if not one.present), _ANEW if told else unsure)


def _in_render(scene: Scene, node: nodes.Expression) -> bool:
    around = outermost(scene.program, node)
    return around is not None and (renders(scene, around) or composes(scene, around))


def _given(again: Again, parameter: Node) -> Iterator[nodes.Expression]:
    """What the calls on the way back give for a parameter."""
    program = again.scene.program
    function = program.function_of(parameter)
    for site in again.sites:
        if function is None or function not in program.callees(site):
            continue
        for position, each in enumerate(function.parameters):
            inside = each is parameter or parameter in set(tree.walk(each))
            if inside and position < len(site.arguments):
                yield site.arguments[position].value
