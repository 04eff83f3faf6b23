"""Edits: what a fix changes in a file, and where a place is after that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise

from wsaudit.source import Place


class Applicability(StrEnum):
    """Whether a fix may be applied without anybody looking at it."""

    SAFE = "safe"
    SUGGEST = "suggest"
    """It mends the finding, but what the program then does is for people to judge."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The text that stands at a place instead; an insertion where that is empty."""

    at: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """All edits that mend one finding, and in a few words what they do."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...]

    def __post_init__(self) -> None:
        """Keep the edits in order. Raises ValueError where two of them meet."""
        object.__setattr__(self, "edits", tuple(sorted(set(self.edits))))
        if not self.edits or overlapping(self.edits):
            raise ValueError(f"`{self.title}` edits one place twice")


def overlapping(edits: Iterable[Edit]) -> bool:
    """Whether two edits change the same bytes, or insert at the same place."""
    places = sorted(edit.at for edit in edits)
    return any(
        one.path == other.path and (other.start < one.end or one.start == other.start)
        for one, other in pairwise(places)
    )


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The text of a file with edits of it made, all offsets as they are in ``data``."""
    parts: list[bytes] = []
    done = 0
    for edit in sorted(edits):
        parts += [data[done : edit.at.start], edit.text.encode()]
        done = edit.at.end
    return b"".join((*parts, data[done:]))


@dataclass(frozen=True, slots=True)
class Shift:
    """Where the bytes of a file are once some edits are made."""

    edits: Sequence[Edit]
    starts: Sequence[int]
    grown: Sequence[int]

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> Shift:
        """The shift by edits of one file."""
        inorder = sorted(edits)
        sizes = (len(one.text.encode()) - one.at.end + one.at.start for one in inorder)
        return cls(inorder, [one.at.start for one in inorder], [0, *accumulate(sizes)])

    def stretch(self, at: Place) -> tuple[int, int]:
        """Where a place begins and ends then, with all that was put in or around it."""
        first = bisect_right(self.starts, at.start)
        if first and self.edits[first - 1].at.end >= at.start:
            first -= 1
            start = self.edits[first].at.start + self.grown[first]
        else:
            start = at.start + self.grown[first]
        last = bisect_right(self.starts, at.end)
        inside = last and self.edits[last - 1].at.end > at.end
        end = self.edits[last - 1].at.end if inside else at.end
        return start, end + self.grown[last]
