"""The nouns: each module's ``find`` makes the facts of one family of them.

A module here is found by walking the folder; there is no list to keep. ``MAKES`` are
the kinds of facts that it makes: an error in it costs these, and nothing else. The
folders hold the questions that the families of their chapter ask.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from wsaudit.budget import TimeIsUpError
from wsaudit.model import Fact, Trouble

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


class Family(Protocol):
    """A module of this folder."""

    MAKES: tuple[type[Fact], ...]

    def find(self, scene: Scene) -> Iterator[Fact | Trouble]:
        """Make the facts of the family."""


def families() -> dict[str, Family]:
    """Every module by its name, in order."""
    found = sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg
    )
    return {name: cast("Family", import_module(f"{__name__}.{name}")) for name in found}


def cut_off(name: str, family: Family, error: TimeIsUpError) -> Trouble:
    """What a family that had no time left costs."""
    return Trouble(_told(name), family.MAKES, error)


def _told(name: str) -> str:
    return f"the recogniser `{name}`"


def made_by(name: str, family: Family, scene: Scene) -> Iterator[Fact | Trouble]:
    """The facts of a family as far as it gets, and what went wrong in it."""
    told = _told(name)
    try:
        for found in family.find(scene):
            if isinstance(found, Trouble):
                yield replace(found, recogniser=told, kinds=family.MAKES)
            else:
                yield _checked(found, family.MAKES)
    except Exception as error:  # noqa: BLE001 - reported as what it is
        yield Trouble(told, family.MAKES, error)


def _checked(fact: Fact, kinds: tuple[type[Fact], ...]) -> Fact:
    if not isinstance(fact, kinds):
        raise TypeError(f"made a {type(fact).__name__}, which is not in MAKES")
    return fact


def each(
    sockets: Iterable[Socket], make: Callable[[Socket], Iterable[Fact]]
) -> Iterator[Fact | Trouble]:
    """The facts of each socket; an error costs those of this socket only."""
    for socket in sockets:
        try:
            yield from tuple(make(socket))
        except Exception as error:  # noqa: BLE001 - reported as what it is
            yield Trouble("", (), error, (socket.fact,))
