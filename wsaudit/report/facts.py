"""What was recognised in one file, a line for each noun: the way to debug a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from enum import Enum
from typing import TextIO

from wsaudit.model import Connection, Evidence, Fact, Project
from wsaudit.report.sanitise import harmless
from wsaudit.source import Place, Source

Sources = Callable[[str], Source]
HIDDEN = {"at", "connections"}


def render(project: Project, source: Sources, path: str, out: TextIO) -> None:
    """Write the facts of ``path`` in order: place, kind, and what is known of each."""
    count = 0
    for fact in project.facts:
        if fact.at.path != path:
            continue
        count += 1
        out.write(f"{harmless(worded(fact, source))}\n")
    if path in project.partly_read:
        out.write("the file was read in part only: it proves nothing absent\n")
    if not count:
        out.write("nothing was recognised\n")


def worded(fact: Fact, source: Sources) -> str:
    """A noun in one line: its place, its kind, and what is known of it."""
    details = " ".join(_details(fact, source))
    return f"{_span(fact.at, source)} {type(fact).__name__} {details}".rstrip()


def _details(fact: Fact, source: Sources) -> Iterator[str]:
    for one in fields(fact):
        value = getattr(fact, one.name)
        if one.name not in HIDDEN and value not in ("", None, (), False):
            yield f"{one.name}={_shown(value, source)}"
    others = [each for each in fact.connections if each is not fact]
    if others:
        yield f"of={_shown(tuple(others), source)}"


def _shown(value: object, source: Sources) -> str:
    match value:
        case Place():
            return f"{value.path}:{_span(value, source)}"
        case Connection():
            return f"{value.name or value.library}@{_shown(value.at, source)}"
        case Fact():
            return f"{type(value).__name__}@{_shown(value.at, source)}"
        case Evidence():
            why = f" ({value.why})" if value.why else ""
            return f"{value.seen.value}{why}"
        case Enum():
            return str(value.value)
        case tuple() | list():
            return f"[{', '.join(_shown(item, source) for item in value)}]"
        case frozenset():
            return f"[{', '.join(sorted(_shown(item, source) for item in value))}]"
        case _:
            return repr(value)


def _span(at: Place, source: Sources) -> str:
    text = source(at.path)
    start, end = text.position(at.start), text.position(at.end)
    return f"{start.line}:{start.column}-{end.line}:{end.column}"
