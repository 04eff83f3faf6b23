"""Selectors: what they give that is new on every call, and who compares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.analysis.feeds.selections import Selection
from wsaudit.analysis.origins import returned
from wsaudit.limits import NEAR
from wsaudit.model import Connection
from wsaudit.model.states import Selector
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene


def selector(
    scene: Scene, chosen: Selection, connections: tuple[Connection, ...]
) -> Selector | None:
    """What is known of a selector; None where the whole state is taken."""
    if chosen.function is None:
        return None
    found = [
        (result, made)
        for result in returned(chosen.function)
        if (made := _made(scene, result, 0))
    ]
    compared = _compared(scene, chosen, [result for result, _ in found])
    at = found[0][0] if found else chosen.function
    return Selector(
        at=scene.place(at),
        connections=connections,
        makes=found[0][1] if found else "",
        fallback=bool(found) and all(_is_fallback(result) for result, _ in found),
        compared=compared,
        remembered=_remembers(scene, chosen),
    )


def _made(scene: Scene, node: nodes.Expression, depth: int) -> str:
    """What an expression makes anew each time, "" for what may be there already."""
    match tree.strip(node):
        case nodes.Record():
            return "object"
        case nodes.Sequence():
            return "array"
        case nodes.Call(new=True):
            return "object"
        case nodes.Logical(operands=operands):
            parts = operands
        case nodes.Conditional(then=then, other=other):
            parts = (then, other)
        case nodes.Call(function=nodes.Member(name=name)) if scene.says(
            "makes-list", name
        ):
            return "array"
        case nodes.Call() as call if depth < NEAR:
            results = [
                result
                for function in scene.program.callees(call)
                for result in returned(function)
            ]
            found = [_made(scene, result, depth + 1) for result in results]
            return found[0] if found and all(found) else ""
        case _:
            return ""
    return next((made for each in parts if (made := _made(scene, each, depth))), "")


def _is_fallback(node: nodes.Expression) -> bool:
    """``state.items ?? []``, and what such a choice stands in."""
    match tree.strip(node):
        case nodes.Logical(operands=operands):
            *rest, last = map(tree.strip, operands)
            made = nodes.Record | nodes.Sequence
            return isinstance(last, made) and not any(isinstance(o, made) for o in rest)
        case nodes.Conditional(then=then, other=other):
            parts = [tree.strip(part) for part in (then, other)]
            return any(map(_is_fallback, parts)) and all(
                _is_fallback(part) or isinstance(part, nodes.Record | nodes.Sequence)
                for part in parts
            )
        case _:
            return False


def _compared(scene: Scene, chosen: Selection, results: list[nodes.Expression]) -> str:
    """By whom the parts of what a selector gives are compared, "" by nobody."""
    if not results:
        return ""
    given = chosen.given.value if chosen.given else None
    if isinstance(given, nodes.Call) and scene.word("compares-parts", given):
        if any(_parts_made(scene, result) for result in results):
            return ""
        return f"`{last_name(given.function)}` compares its parts"
    if chosen.call.arguments[-1] is not chosen.given and _remembers(scene, chosen):
        what = last_name(chosen.call.arguments[-1].value) or "its last argument"
        return f"`{what}` compares what it gives"
    return ""


def _parts_made(scene: Scene, result: nodes.Expression) -> bool:
    """Whether the parts of what a selector gives are new as well."""
    match tree.strip(result):
        case nodes.Record(entries=entries):
            return any(_made(scene, entry.value, 0) for entry in entries)
        case nodes.Sequence(items=items):
            return any(_made(scene, item, 0) for item in items)
        case nodes.Call(
            function=nodes.Member(name="map" | "from"), arguments=arguments
        ):
            return any(
                _made(scene, given, 0)
                for argument in arguments
                for function in scene.functions_of(argument.value)
                for given in returned(function)
            )
        case _:
            return False


def _remembers(scene: Scene, chosen: Selection) -> bool:
    """Whether the store's hook keeps what the selector gave while nothing changes."""
    if scene.word("compares", chosen.call) is not None:
        return True
    state = chosen.state
    makers = [state, state.function] if isinstance(state, nodes.Call) else []
    return any(
        isinstance(maker, nodes.Call) and scene.word("compares", maker) is not None
        for maker in makers
    )
