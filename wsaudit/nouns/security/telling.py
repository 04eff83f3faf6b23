"""Telling: what handlers of errors tell the other end of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import is_broad
from wsaudit.analysis.effects import Does, effects
from wsaudit.analysis.origins import given
from wsaudit.connections.scene import written
from wsaudit.nouns.security.logged import for_development
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.names import Write


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
                        for argument in _told(scene, node)
                        for part in _leaks(scene, argument.value, around)
                        if not for_development(scene, part)
                    ),
                    "",
                )
                yield node, leaks, is_broad(scene, around)
                break


def _told(scene: Scene, call: nodes.Call) -> Iterator[nodes.Argument]:
    """What a call tells: what it is given, and what is told of that where it leads."""
    yield from call.arguments
    if not any(_is_caught(scene, each.value) for each in call.arguments):
        return
    for callee in scene.program.callees(call):
        for node in tree.own_of(callee):
            if isinstance(node, nodes.Call) and _tells(scene, node):
                yield from node.arguments


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
        write.kind == "caught" or _is_handed(scene, write) for write in binding.writes
    )


def _is_handed(scene: Scene, write: Write) -> bool:
    """Whether a parameter is given caught exceptions, and nothing else."""
    if not isinstance(write.source, nodes.Parameter):
        return False
    found = [one.value for one in given(scene.program, write.source)]
    return bool(found) and all(
        isinstance(value, nodes.Name)
        and (binding := scene.program.binding(value)) is not None
        and all(each.kind == "caught" for each in binding.writes)
        for value in found
    )
