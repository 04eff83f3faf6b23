"""Messages: how what comes in is told apart, and what is done with it unchecked."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Evidence, Fact


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dispatch(Fact):
    """Where the messages of a connection are told apart by what they say they are.

    ``at`` is the head of the last such place. ``key`` is what is compared ("type",
    "data.kind"), "" for commands that are plain text. ``kinds`` counts the values that
    some branch is for. ``rest`` is present when something becomes of the others,
    ``crashes`` when the lookup itself fails for them.
    """

    key: str
    kinds: int
    rest: Evidence
    crashes: bool = False
