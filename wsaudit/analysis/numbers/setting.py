"""One run of a computation: where an expression is looked at, and what is met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wsaudit.limits import NUMBERS, ROUNDS
from wsaudit.program.cells import Cell
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

Named = nodes.Name | nodes.Member


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Where an expression is looked at.

    ``given`` is what parameters get on the way there, ``counts`` the parameters in
    which a library hands over the number of the attempt, ``tests`` the conditions of
    the wait itself: they limit the attempts and cap no delay. ``asked`` are the
    variables whose writes are being looked at.
    """

    scene: Scene
    given: Mapping[Cell, nodes.Expression] = field(default_factory=dict)
    counts: frozenset[Cell] = frozenset()
    tests: frozenset[Node] = frozenset()
    asked: frozenset[Cell] = frozenset()
    depth: int = 0

    def __hash__(self) -> int:
        return hash(self._told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and self._told == other._told

    @property
    def _told(self) -> tuple[object, ...]:
        given = frozenset(self.given.items())
        return (given, self.counts, self.tests, self.asked, self.depth)

    def within(self, cell: Cell) -> Setting:
        """The setting in which a variable's own writes are looked at."""
        return replace(self, asked=self.asked | {cell}, depth=self.depth + 1)

    def counted(self, node: Named) -> Cell | None:
        """The parameter of which a library fills a member with the number of attempts.

        ``context.previousRetryCount`` counts where ``context`` is what it hands over.
        """
        if not isinstance(node, nodes.Member):
            return None
        cell = self.scene.program.cell(node.object)
        return cell if cell in self.counts else None

    @property
    def too_deep(self) -> bool:
        """Whether nothing is followed any further."""
        return self.depth > ROUNDS


@dataclass(slots=True, eq=False)
class Notes:
    """What all that goes on from one run knows of it.

    ``assumed`` are the numbers taken for what is not known, ``steps`` which writes make
    a new value from the one before, ``left`` how many numbers may still be asked for.
    """

    assumed: dict[Node, float] = field(default_factory=dict)
    steps: dict[object, bool] = field(default_factory=dict)
    left: int = NUMBERS


@dataclass(slots=True, eq=False)
class Run:
    """One run of a computation: what it starts from, and what it meets.

    ``state`` are the variables that change from one attempt to the next, ``assume``
    gives a number to the first, second, … value that is not known. ``met`` are the
    variables of the state that were read, ``unknown`` says what could not be followed,
    ``veiled`` that a call is among that, ``exact`` that every number is the code's own,
    ``random`` that chance was asked.
    """

    read: Callable[[Run, Setting, Named], float | None]
    chance: float
    assume: Callable[[int], float]
    state: dict[Cell, float] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    met: set[Cell] = field(default_factory=set)
    unknown: str = ""
    veiled: bool = False
    exact: bool = True
    random: bool = False

    def guess(self, node: Node, why: str, *, veiled: bool = False) -> float:
        """A number in place of one that is not known, the same in all of the run."""
        self.unknown = self.unknown or why
        self.veiled = self.veiled or veiled
        self.exact = False
        assumed = self.notes.assumed
        if node not in assumed:
            assumed[node] = self.assume(len(assumed))
        return assumed[node]

    def fork(self) -> Run:
        """A run that goes on from here by itself; only its notes are shared."""
        return Run(self.read, self.chance, self.assume, dict(self.state), self.notes)

    def learn(self, other: Run) -> None:
        """Take over the counters that another run has come upon."""
        for cell, value in other.state.items():
            self.state.setdefault(cell, value)

    def adopt(self, other: Run) -> None:
        """Take over what another run has met."""
        self.learn(other)
        self.met |= other.met
        self.unknown = self.unknown or other.unknown
        self.veiled = self.veiled or other.veiled
        self.exact = self.exact and other.exact
        self.random = self.random or other.random
