"""Dispatches: where a message is told apart by comparing what it says it is.

A dispatch is found where the comparison is made, whatever its form, and belongs to the
sockets whose messages are compared. `dispatches` gives them all, `handled` what a
socket's code knows of, and why it may take more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.model import Event
from wsaudit.program import flow, values
from wsaudit.program.tree import strip
from wsaudit.recognise.comparing import (
    DISCRIMINATORS,
    Comparison,
    class_pattern,
    comparisons,
    constants,
    subjects,
)
from wsaudit.recognise.passing import passed_on
from wsaudit.recognise.remainders import (
    HANDLES_ALL,
    Remainder,
    passes_on,
    remainder_of,
)
from wsaudit.recognise.tables import table_dispatches
from wsaudit.recognise.validation import unit_functions
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.messages import Message
    from wsaudit.recognise.scene import Scene, Socket

Form = Only["switch", "if", "filter", "table", "guard", "isinstance", "event"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The values that one branch is for; ``body`` is what it runs, if it is in sight.

    ``alone`` is false when another condition must hold as well.
    """

    values: tuple[str, ...]
    node: nodes.Node
    body: tuple[nodes.Statement, ...] = ()
    does: Remainder = "acts"
    complete: bool = True
    alone: bool = True
    prefix: bool = False


@dataclass(slots=True, eq=False)
class DispatchSite:
    """One place where messages are told apart; see the module.

    ``path`` leads to the discriminator from the whole message (empty for commands that
    are plain text), ``default`` is what becomes of the rest and ``default_at`` what
    does it. ``complete`` is false when some values or the table itself are not known.
    ``inside`` is the case of another dispatch that this one stands in.
    """

    sockets: tuple[Socket, ...]
    message: Message
    path: tuple[str, ...]
    form: Form
    cases: tuple[Case, ...]
    default: Remainder
    head: nodes.Node
    function: nodes.Function | None
    default_at: nodes.Node | None = None
    complete: bool = True
    inside: DispatchSite | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """Every value that some case is for, each once."""
        return tuple(dict.fromkeys(v for case in self.cases for v in case.values))


@dataclass(frozen=True, slots=True)
class Handled:
    """What a socket's dispatches know of.

    ``path`` is its discriminator, ``values`` the union over its ``sites``, ``open`` why
    other messages may be taken too ("" when they are not), ``defaults`` what the sites
    do with the rest.
    """

    path: tuple[str, ...]
    values: frozenset[str]
    sites: tuple[DispatchSite, ...]
    open: str = ""

    @property
    def defaults(self) -> frozenset[Remainder]:
        """What the dispatches do with the rest; empty without any."""
        return frozenset(site.default for site in self.sites)


def dispatches(scene: Scene) -> tuple[DispatchSite, ...]:
    """Every dispatch in the code of connections, in order of place."""
    return scene.once("dispatches", lambda: _all(scene))


def dispatches_of(scene: Scene, socket: Socket) -> tuple[DispatchSite, ...]:
    """The dispatches on messages of a socket."""
    return tuple(site for site in dispatches(scene) if socket in site.sockets)


def _all(scene: Scene) -> tuple[DispatchSite, ...]:
    found: list[DispatchSite] = []
    for function in unit_functions(scene):
        for block in _blocks(function):
            found.extend(_in_block(scene, function, block))
        found.extend(_conditionals(scene, function))
        found.extend(
            _site(scene, *each, function=function)
            for each in table_dispatches(scene, function)
        )
    found.extend(_events(scene))
    found.sort(key=lambda site: scene.place(site.head))
    _nest(scene, found)
    return tuple(found)
