"""Cases: what a dispatch on messages is made of, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.inbound.messages import Message
    from wsaudit.recognise.inbound.remainders import Remainder
    from wsaudit.recognise.scene import Socket

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
    """One place where messages are told apart.

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
    crashes: bool = False
    """True when an unknown value makes the lookup itself fail."""
    rest: tuple[nodes.Statement, ...] = ()
    """The statements that only the rest runs into."""
    inside: DispatchSite | None = None
    continued: DispatchSite | None = None
    """The dispatch on the same key that its default leads to."""

    @property
    def values(self) -> tuple[str, ...]:
        """Every value that some case is for, each once."""
        return tuple(dict.fromkeys(v for case in self.cases for v in case.values))

    @property
    def end(self) -> Remainder:
        """What becomes of the rest in the end, through the dispatches it leads to."""
        at, seen = self, {id(self)}
        while at.continued is not None and id(at.continued) not in seen:
            at = at.continued
            seen.add(id(at))
        return at.default


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
        return frozenset(site.end for site in self.sites)
