"""Messages: how what comes in is told apart, and what is done with it unchecked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dispatch(Fact):
    """Where the messages of a connection are told apart by what they say they are.

    ``at`` is the head of the last such place. ``key`` is what is compared ("type",
    "data.kind"), "" for commands that are plain text. ``kinds`` counts the values that
    some branch is for. ``rest`` is present when something becomes of the others,
    ``crashes`` when the lookup itself fails for them. ``logged`` is where every message
    is logged, or its kind.
    """

    key: str
    kinds: int
    rest: Evidence
    crashes: bool = False
    logged: Place | None = None


ITEM = "[]"
"""What a use needs that only fails where an item of a list is nothing."""


class Trust(StrEnum):
    """What is done with a part of a message that nobody has looked at."""

    OPENED = "opened"
    """What lies below it is reached for: without it that throws."""
    KEPT = "kept"
    """It is written into the state of a client."""
    VISITED = "visited"
    """The page goes to the address that it names."""
    MARKUP = "markup"
    """It becomes part of the page as HTML."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A use of a part of a message, ``text``, that takes it as it came.

    ``needs`` is the key without which it fails, or `ITEM`, "" where none is known.
    ``contained`` when what it throws costs this one message only. ``unchecked`` when
    it was seen that the part is there, and not of which type it is. ``throws`` is what
    the language does for want of a part: "throws", "raises".
    """

    at: Place
    text: str
    how: Trust
    needs: str = ""
    contained: bool = False
    unchecked: bool = False
    throws: str = "throws"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Inbound(Fact):
    """The messages that connections take in as data, and how far they are trusted.

    ``uses`` trust them, the first one first, and ``at`` is that one. Where there is
    none ``vetted`` says why: what looks at them, or what hides that. ``parse`` is where
    they became data, ``assumed`` the type that the code declares them to be of, ""
    without. ``told_apart`` when it compares what kind they are. ``typed`` when the
    library's types say what its events carry.
    """

    uses: tuple[Trusted, ...]
    vetted: Evidence
    parse: Place | None = None
    assumed: str = ""
    told_apart: bool = False
    typed: bool = False
