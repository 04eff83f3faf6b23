"""Closing: with which code and reason a connection is closed.

A close without a code tells the other end 1005 (RFC 6455, section 7.1.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import parameter_of
from wsaudit.connections.origins import argument_of
from wsaudit.program import folding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.paths import Chain
    from wsaudit.connections.scene import Scene, Use


def codes_of(
    scene: Scene, call: nodes.Call, position: int | None
) -> tuple[int, ...] | None:
    """The codes that a call may name, none where it does not fold; None without one."""
    given = argument_of(call, position, "code")
    if given is None:
        return None
    return tuple(int(number) for number in folding.fold_numbers(scene.program, given))


def close_code(scene: Scene, use: Use) -> int | None:
    """The code that a close sends; 0 when one is given that does not fold."""
    found = codes_of(scene, use.call, use.op.code)
    if found is None:
        return None
    return found[0] if len(found) == 1 else 0


def code_of(scene: Scene, chain: Chain) -> tuple[int | None, nodes.Call]:
    """The code of the close at the end of a chain, and the call that names it.

    A helper that is given the code as an argument is named by the call of it.
    """
    call = _last(chain)
    use = scene.use(call)
    for given, call in _passed(scene, chain, use.op.code if use else 0, "code"):
        number = folding.fold_number(scene.program, given)
        if isinstance(number, int):
            return number, call
    return None, call


def reason_of(scene: Scene, chain: Chain) -> str | None:
    """The reason of that close, if it folds."""
    use = scene.use(_last(chain))
    for given, _ in _passed(scene, chain, use.op.reason if use else 1, "reason"):
        text = folding.fold_text(scene.program, given)
        if text is not None:
            return text
    return None


def _last(chain: Chain) -> nodes.Call:
    call = chain[-1]
    assert isinstance(call, nodes.Call)  # noqa: S101 - a close, or an exception made
    return call


def _passed(
    scene: Scene, chain: Chain, position: int | None, name: str
) -> Iterator[tuple[nodes.Expression, nodes.Call]]:
    """An argument of the last call of a chain, and what callers pass for it."""
    index, call = len(chain) - 1, _last(chain)
    given = argument_of(call, position, name)
    while given is not None:
        yield given, call
        outer = chain[index - 1] if index > 0 else None
        parameter = parameter_of(scene.program, given)
        function = scene.program.function_of(call)
        if parameter is None or function is None or not isinstance(outer, nodes.Call):
            return
        passed = scene.program.argument_for(outer, function, parameter)
        given = passed if isinstance(passed, nodes.Node) else parameter.default
        index, call = index - 1, outer
