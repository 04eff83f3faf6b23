"""Absence: whether something is in some code, or that cannot be told.

`search` looks through code for what answers a question, and through the same code for
what could hide it. Only where nothing could is a thing that was not found absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from wsaudit.model import Evidence, Seen
from wsaudit.program.tree import own_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program
    from wsaudit.syntax.nodes import Node

Scope = Iterable[nodes.Function]
Look = Callable[["Node"], str | None]
"""What a look at a node tells: a few words, or None when it tells nothing."""


def search(
    program: Program, scope: Scope, found: Look, hides: Look = lambda _node: None
) -> Evidence:
    """Whether one of the nodes of some functions is what ``found`` looks for.

    Unknown where there is none, but ``hides`` tells of one that it may lie behind.
    """
    hidden: Evidence | None = None
    for function in scope:
        for node in own_of(function):
            why = found(node)
            if why is not None:
                return Evidence(Seen.PRESENT, why, program.place_of(node))
            if hidden is None:
                hole = hides(node)
                if hole is not None:
                    hidden = Evidence(Seen.UNKNOWN, hole, program.place_of(node))
    return hidden or Evidence(Seen.ABSENT)


def first(*parts: Evidence | None) -> Evidence:
    """What several looks come to: the first that is present, else the first unknown."""
    told = [part for part in parts if part is not None]
    for seen in (Seen.PRESENT, Seen.UNKNOWN):
        for part in told:
            if part.seen is seen:
                return part
    return Evidence(Seen.ABSENT)
