"""Handling: what a handler does about what it has stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.effects import Does, effects_of_block
from wsaudit.connections.origins import argument_of
from wsaudit.flow.ways import breaks_off
from wsaudit.program import folding

if TYPE_CHECKING:
    from wsaudit.analysis.catching import Catcher
    from wsaudit.connections.scene import Scene, Use
    from wsaudit.syntax import nodes


def closes(scene: Scene, catcher: Catcher) -> tuple[int, ...]:
    """The codes with which a handler closes connections; 0 for one that does not fold.

    A close without a code, or with that of a planned end, says nothing of an error.
    """
    codes = (
        close_code(scene, use) for use in uses_in(scene, catcher.body, Does.CLOSES)
    )
    return tuple(code for code in codes if code not in {None, _PLANNED})


_PLANNED = 1000


def leaves(scene: Scene, catcher: Catcher) -> bool:
    """Whether no other round of the loop around it follows when a handler has run."""
    return breaks_off(scene.program, catcher.body, loop=True)


def uses_in(
    scene: Scene, block: tuple[nodes.Statement, ...], *does: Does
) -> Iterator[Use]:
    """The operations on sockets of some kinds in a block and in what it calls."""
    for effect in effects_of_block(scene, block):
        if effect.does in does and effect.use is not None:
            yield effect.use


def close_code(scene: Scene, use: Use) -> int | None:
    """The code that a close sends; 0 when one is given that does not fold."""
    given = argument_of(use.call, use.op.code, "code")
    if given is None:
        return None
    number = folding.fold_number(scene.program, given)
    return int(number) if number is not None else 0
