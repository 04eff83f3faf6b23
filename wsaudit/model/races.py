"""What a socket's handlers remember: values of one render, kept while others follow."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True)
class Capture:
    """A value of a render that a handler which outlives the render still reads.

    ``at`` is the first read, ``name`` what the code calls the value. ``kind`` says
    where it comes from: "state", "store" or "prop". ``declared`` is its declaration.
    """

    at: Place
    name: str
    kind: str
    declared: Place


@dataclass(frozen=True, slots=True)
class SnapshotWrite:
    """A state write whose new value is built from a captured old one.

    ``at`` is the callee of the write, ``setter`` its text, ``name`` the captured value.
    """

    at: Place
    setter: str
    name: str
    declared: Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SocketCallback(Fact):
    """A function that a component leaves with a socket; ``at`` is where it does.

    ``by_effect`` when an effect does, and could do it again; what an event handler of
    the component attaches, on a click say, keeps its values by design.
    ``stale`` are the captured values it reads, ``snapshots`` the writes built from one.
    ``fresh`` says in a few words why what it reads is current, "" if it reads nothing.
    """

    by_effect: bool = True
    stale: tuple[Capture, ...] = ()
    snapshots: tuple[SnapshotWrite, ...] = ()
    fresh: str = ""
