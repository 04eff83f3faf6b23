"""Exits: whether a cleanup runs on every way out of a function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    Catcher,
    Thrown,
    catches,
    handlers,
    may_catch,
    raised_again,
)
from wsaudit.program import flow, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node


class Way(StrEnum):
    """What lies on one way out."""

    UNDONE = "undone"
    """The cleanup runs."""
    STAYS = "stays"
    """It leads back into a loop: no way out."""
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Exits:
    """The ways out of a function, and the nodes in it that clean up.

    ``undoing`` are calls (or deletions) that clean up wherever they run, ``guarding``
    the With statements that clean up when they are left.
    """

    scene: Scene
    home: nodes.Function
    undoing: frozenset[Node]
    guarding: frozenset[nodes.With] = frozenset()
    _holding: dict[Node, bool] = field(default_factory=dict)

    def thrown(self, point: Node, exception: Thrown) -> Way:
        """The way out of an exception that is raised at a point."""
        at = point
        for around in flow.within(point, self.scene.program.parents):
            match around:
                case nodes.Try(body=body, final=final):
                    inside = any(at is statement for statement in body)
                    if inside:
                        way, exception = self._handled(around, exception)
                        if way is not None:
                            return way
                    if self._cleans(final) and not _within_block(at, final):
                        return Way.UNDONE
                case nodes.With() if around in self.guarding:
                    return Way.UNDONE
                case nodes.With(body=body) if any(at is each for each in body):
                    if self._suppressed(around, point, exception):
                        return self.ended(around)
                case _:
                    pass
            at = around
        return Way.MISSED

    def _handled(
        self, statement: nodes.Try, exception: Thrown
    ) -> tuple[Way | None, Thrown]:
        """The way through the handlers of a Try; None when it goes on outward."""
        for handler in statement.handlers:
            catcher = Catcher(handler, statement, handler.body, handler.types, "except")
            if not may_catch(self.scene, catcher, exception):
                continue
            if not catches(self.scene, catcher, exception):
                cleans = self._cleans(statement.final)
                return Way.UNDONE if cleans else Way.UNKNOWN, exception
            if self._cleans(handler.body):
                return Way.UNDONE, exception
            again = raised_again(self.scene, catcher, exception)
            if again is not None:
                return None, again
            return self._after_handler(handler), exception
        return None, exception

    def _after_handler(self, handler: nodes.Handler) -> Way:
        """The way on from the end of a handler that raises nothing."""
        for statement in handler.body:
            match statement:
                case nodes.Return():
                    return self.left(statement)
                case nodes.Break():
                    return self.left_loop(statement)
                case nodes.Continue():
                    return Way.STAYS
                case _ if flow.leaves((statement,), loop_only=True):
                    return Way.UNKNOWN
                case _:
                    continue
        return self.ended(handler)

    def ended(self, node: Node) -> Way:
        """The way on from where a statement (or handler) has run to its end."""
        parents = self.scene.program.parents
        at: Node = node
        while True:
            block, index = flow.block_of(at, parents)
            way = self._along(block[index + 1 :])
            if way is not None:
                return way
            around = parents.get(at)
            if isinstance(around, nodes.Loop):
                return Way.STAYS
            if not isinstance(around, nodes.Node) or isinstance(around, nodes.Function):
                return Way.MISSED
            if self._cleans_around(around, at):
                return Way.UNDONE
            at = around

    def _along(self, block: tuple[nodes.Statement, ...]) -> Way | None:
        """The way along some statements; None when it runs on past them."""
        for statement in block:
            if self._cleans((statement,)):
                return Way.UNDONE
            match statement:
                case nodes.Return() | nodes.Raise():
                    return self.left(statement)
                case nodes.Break():
                    return self.left_loop(statement)
                case nodes.Continue():
                    return Way.STAYS
                case _:
                    continue
        return None

    def _cleans_around(self, around: Node, at: Node) -> bool:
        """Whether leaving what is around a statement cleans up."""
        match around:
            case nodes.Try(body=body, other=other, final=final):
                if self._cleans(final) and not _within_block(at, final):
                    return True
                return _within_block(at, body) and self._cleans(other)
            case nodes.With():
                return around in self.guarding
            case _:
                return False

    def left(self, leaving: Node) -> Way:
        """The way out of a ``return`` (or of what nothing catches): the finals."""
        if self._cleaned_before(leaving):
            return Way.UNDONE
        at = leaving
        for around in flow.within(leaving, self.scene.program.parents):
            if isinstance(around, nodes.Try):
                if self._cleans(around.final) and not _within_block(at, around.final):
                    return Way.UNDONE
            elif isinstance(around, nodes.With) and around in self.guarding:
                return Way.UNDONE
            at = around
        return Way.MISSED

    def left_loop(self, leaving: Node) -> Way:
        """The way on from a ``break``."""
        if self._cleaned_before(leaving):
            return Way.UNDONE
        for around in flow.within(leaving, self.scene.program.parents):
            if isinstance(around, nodes.Try) and self._cleans(around.final):
                return Way.UNDONE
            if isinstance(around, nodes.Loop):
                return self.ended(around)
        return Way.UNKNOWN

    def _cleaned_before(self, leaving: Node) -> bool:
        """Whether a cleanup stands before a node, up to the loop around it."""
        parents = self.scene.program.parents
        at: Node = leaving
        while True:
            block, index = flow.block_of(at, parents)
            if self._cleans(block[:index]):
                return True
            around = parents.get(at)
            if not isinstance(
                around, nodes.If | nodes.Case | nodes.Switch | nodes.With
            ):
                return False
            at = around

    def _cleans(self, block: tuple[nodes.Statement, ...]) -> bool:
        """Whether a cleanup stands in a block, at whatever depth of its branches."""
        return any(self._holds(statement) for statement in block)

    def _holds(self, statement: nodes.Statement) -> bool:
        found = self._holding.get(statement)
        if found is None:
            found = any(node in self.undoing for node in tree.own_in((statement,)))
            self._holding[statement] = found
        return found

    def _suppressed(
        self, statement: nodes.With, point: Node, exception: Thrown
    ) -> bool:
        return any(
            catcher.scope is statement and catches(self.scene, catcher, exception)
            for catcher in handlers(self.scene, point)
            if catcher.kind == "suppress"
        )


def _within_block(at: Node, block: tuple[nodes.Statement, ...]) -> bool:
    return any(at is statement for statement in block)


def points(home: nodes.Function) -> Iterator[Node]:
    """Where a coroutine can be interrupted: what it waits for, in order.

    A generator can also be where it yields.
    """
    for node in tree.own_of(home):
        match node:
            case nodes.Await():
                yield node
            case nodes.Loop(is_async=True) | nodes.With(is_async=True):
                yield node
            case nodes.Yield() if home.is_generator:
                yield node
            case _:
                continue
