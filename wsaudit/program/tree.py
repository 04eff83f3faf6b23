"""Walking the common syntax: children, descendants and what a function owns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

_PLAIN = {"start", "end", "id", "name", "name_start", "optional", "head_end", "kind"}


@cache
def _fields(kind: type[Node]) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in _PLAIN)


def children(node: Node | nodes.Module) -> list[Node]:
    """The nodes directly below a node, in the order of the source's fields."""
    if isinstance(node, nodes.Module):
        return list(node.body)
    found: list[Node] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        if type(value) is tuple:
            for item in value:
                if isinstance(item, Node):
                    found.append(item)  # noqa: PERF401 - the hottest loop there is
        elif isinstance(value, Node):
            found.append(value)
    return found


def walk(root: Node | nodes.Module) -> Iterator[Node]:
    """Every node below (and including) a node, parents first, in order."""
    stack: list[Node] = (
        list(reversed(root.body)) if isinstance(root, nodes.Module) else [root]
    )
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def own(root: Node) -> Iterator[Node]:
    """Every node below a node that runs when it runs: not inside nested functions.

    The nested Function nodes themselves are yielded, their insides are not.
    """
    stack = children(root)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, nodes.Function):
            stack.extend(reversed(children(node)))


def own_in(statements: tuple[nodes.Statement, ...]) -> Iterator[Node]:
    """`own` for a block: the statements and what runs with them."""
    for statement in statements:
        yield statement
        if not isinstance(statement, nodes.Function):
            yield from own(statement)


def own_of(function: nodes.Function) -> tuple[Node, ...]:
    """`own_in` for the body of a function, which keeps what was found."""
    kept: tuple[Node, ...] | None = function.__dict__.get("own")
    if kept is None:
        kept = function.__dict__["own"] = tuple(own_in(function.body))
    return kept


def strip(expression: nodes.Expression) -> nodes.Expression:
    """The expression below casts, non-null marks and awaits."""
    while isinstance(expression, nodes.Cast | nodes.Await):
        expression = expression.value
    return expression


def key_of(entry: nodes.Entry) -> str | None:
    """The plain key of a Record entry, None when computed or spread."""
    match entry.key:
        case nodes.Literal(value=str() as key) if not entry.computed:
            return key
        case nodes.Literal(value=str() as key):
            return key
        case _:
            return None


def dotted(expression: nodes.Expression) -> str:
    """``a.b.c`` of a chain of members on a name, "" of anything else."""
    parts: list[str] = []
    while isinstance(expression, nodes.Member):
        parts.append(expression.name)
        expression = strip(expression.object)
    if not isinstance(expression, nodes.Name):
        return ""
    return ".".join([expression.id, *reversed(parts)])


def last_name(expression: nodes.Expression) -> str:
    """The last identifier of a callee: ``c`` of ``a.b.c``, "" if there is none."""
    match strip(expression):
        case nodes.Name(id=name) | nodes.Member(name=name):
            return name
        case nodes.Index(object=inner):
            return last_name(inner)
        case nodes.Call(function=inner):
            return last_name(inner)
        case _:
            return ""
