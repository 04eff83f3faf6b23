"""Addresses: which parameters an address is given, and which of them are secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_SECRET = re.compile(
    r"(access_?|auth_?|id_?|session_?|bearer_?|user_?)?token|jwt|api_?key|auth|"
    r"authorization|pass(word|wd)?|secret|session(_?id)?|credential\w*",
    re.IGNORECASE,
)
"""Names under which credentials that last travel in a query."""
_ONCE = re.compile(r".*(ticket|nonce|one_?time|otp|code|ws_?token).*", re.IGNORECASE)
_PAIR = re.compile(r"[?&]([\w-]+)=")


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
