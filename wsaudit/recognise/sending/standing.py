"""Standing: what may be known of a socket's state at a place, from best to worst."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsaudit.syntax.nodes import Node


class Known(StrEnum):
    """What is known of a socket's state at a place."""

    OPEN = "open"
    STALE = "stale"
    """It was open before something was awaited."""
    PERHAPS = "perhaps"
    FALLS_THROUGH = "falls-through"
    """A condition was tested, and the code goes on either way."""
    EXISTS = "exists"
    NOTHING = "nothing"


_BEST = (
    Known.OPEN,
    Known.STALE,
    Known.PERHAPS,
    Known.FALLS_THROUGH,
    Known.EXISTS,
    Known.NOTHING,
)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known, in a few words from where, and the node that tells it."""

    known: Known
    why: str = ""
    at: Node | None = None


def better(one: Readiness, other: Readiness) -> Readiness:
    """The one that is known better; the first of two alike."""
    return min(one, other, key=_rank)


def worst(each: Iterable[Readiness]) -> Readiness:
    """The one that is known least; raises ValueError of none."""
    return max(each, key=_rank)


def _rank(one: Readiness) -> int:
    return _BEST.index(one.known)
