"""Endings: after which ends of its connection a client comes back."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comeback(Fact):
    """What a client that comes back does after each end; ``at`` is its close handler.

    ``codes`` are close codes, each with whether it comes back; where it does not the
    evidence is the test in the way. ``asked`` are the codes that its code compares,
    ``reads`` tells whether anything depends on the code, ``chosen`` when that is what a
    library is told to come back by. ``otherwise`` is another way by which it opens
    again, "" without. ``leaves`` is where a loop that reconnects is left after a clean
    end only.
    """

    event: str
    codes: tuple[tuple[int, Evidence], ...]
    asked: tuple[int, ...] = ()
    chosen: bool = False
    reads: Evidence
    otherwise: str = ""
    leaves: Place | None = None

    def after(self, code: int) -> Evidence:
        """Whether it comes back after an end with a code."""
        return dict(self.codes)[code]
