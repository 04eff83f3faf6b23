"""Libraries: whose connections a project has, and which versions it asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.deployment import requirements
from wsaudit.model import Connection, Fact
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects
    from wsaudit.program import Program


def libraries(
    program: Program, dialects: Dialects, facts: Iterable[Fact]
) -> tuple[str, ...]:
    """The libraries of production connections, in words, those with the most first.

    ``websockets >=12.0 (2 connections)``; a version is what the project asks for.
    """
    counts = Counter(
        fact.library
        for fact in facts
        if isinstance(fact, Connection) and fact.judged and not fact.declared
    )
    wanted = dict(_wanted(program))
    found = []
    for library, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        header = dialects.dialect(library).dialect
        versions = {wanted[name] for name in header.packages if wanted.get(name)}
        words = " ".join((header.title, *sorted(versions)))
        found.append(f"{words} ({amount(number, 'connection')})")
    return tuple(found)


def _wanted(program: Program) -> Iterator[tuple[str, str]]:
    """What a project asks for: packages by name with the versions, "" for any."""
    for one in requirements.all_of(program):
        yield one.name, one.version
    yield from requirements.in_packages(program.files)
