"""Commands: what the files around the code start, word by word.

Read are the ``CMD`` and ``ENTRYPOINT`` of Dockerfiles, the ``command`` and
``entrypoint`` of compose files, Procfiles, ``ExecStart`` of systemd units, lines of
shell scripts and recipes of Makefiles, and the scripts of a package.json. YAML is read
line by line: anchors, merges, and block scalars that are nested in other values are
not followed, nor are variables; a word with a ``$`` in it stays as it is written.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program.modules import read_jsonc
from wsaudit.source import Place

if TYPE_CHECKING:
    from wsaudit.program import Program

_SEPARATOR = re.compile(r"&&|\|\||[;&|]")
_INSTRUCTION = re.compile(r"(FROM|CMD|ENTRYPOINT)\s+(.*)", re.IGNORECASE | re.DOTALL)
_KEY = re.compile(r"( *)(?:- )?(command|entrypoint)\s*:\s*(.*)")
_PROCESS = re.compile(r"[\w-]+\s*:\s*(.+)")
_STARTS = re.compile(r"ExecStart(?:Pre|Post)?\s*=\s*[-@:+!]*(.+)", re.DOTALL)
_SCRIPT = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Command:
    """A command as its words, and the line that it stands in."""

    words: tuple[str, ...]
    at: Place


def commands(program: Program, names: Collection[str]) -> Iterator[Command]:
    """The commands of all support files that hold one of some names, file by file."""
    for path in program.files.support_paths:
        reader = _reader(posixpath.basename(path))
        text = program.files.support(path) if reader else None
        if reader is None or text is None or not any(name in text for name in names):
            continue
        for written, start in reader(text):
            if any(name in part for name in names for part in _strings(written)):
                place = line_at(path, text, start)
                for words in _split(written):
                    yield Command(words, place)


def _strings(written: str | tuple[str, ...]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written


_Written = Iterator[tuple["str | tuple[str, ...]", int]]
"""A command line, or its words where the file lists them, and where it starts."""


def _reader(name: str) -> Callable[[str], _Written] | None:
    if "Dockerfile" in name:
        return _dockerfile
    if name.endswith((".yml", ".yaml")):
        return _compose
    if name.startswith("Procfile"):
        return lambda text: _matching(text, _PROCESS)
    if name.endswith(".service"):
        return lambda text: _matching(text, _STARTS)
    if name.endswith(".sh"):
        return _lines
    if name.lower() == "makefile":
        return _recipes
    return _scripts if name == "package.json" else None


def line_at(path: str, text: str, start: int) -> Place:
    """The line at an offset (in characters) as a place (in bytes)."""
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    indent = len(line) - len(line.lstrip())
    first = len(text[: start + indent].encode())
    return Place(path, first, first + len(line.strip().encode()))


def _logical(text: str) -> Iterator[tuple[str, int]]:
    """The lines of a text, those that a backslash continues joined."""
    start = 0
    joined = ""
    at = 0
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        joined += bare.removesuffix("\\")
        at += len(line)
        if bare.endswith("\\"):
            joined += " "
            continue
        yield joined, start
        joined, start = "", at


def _dockerfile(text: str) -> _Written:
    """What each stage starts: its last ``ENTRYPOINT`` with its last ``CMD``."""
    entry: tuple[str | tuple[str, ...], int] | None = None
    command: tuple[str | tuple[str, ...], int] | None = None
    for line, start in _logical(text):
        found = _INSTRUCTION.match(line.strip())
        if found is None:
            continue
        match found[1].upper():
            case "ENTRYPOINT":
                entry = (_exec_form(found[2]), start)
            case "CMD":
                command = (_exec_form(found[2]), start)
            case _:
                yield from _started(entry, command)
                entry = command = None
    yield from _started(entry, command)


def _exec_form(written: str) -> str | tuple[str, ...]:
    if written.lstrip().startswith("["):
        try:
            words = json.loads(written)
        except ValueError:
            return written
        if isinstance(words, list):
            return tuple(str(word) for word in words)
    return written


def _started(
    entry: tuple[str | tuple[str, ...], int] | None,
    command: tuple[str | tuple[str, ...], int] | None,
) -> _Written:
    """An ``ENTRYPOINT`` in exec form is given the words of ``CMD``."""
    match entry, command:
        case (tuple() as first, start), (tuple() as rest, _):
            yield (*first, *rest), start
            yield rest, start
        case _:
            yield from (one for one in (entry, command) if one is not None)


def _compose(text: str) -> _Written:
    lines = list(_positions(text))
    for index, (line, start) in enumerate(lines):
        found = _KEY.fullmatch(line)
        if found is None:
            continue
        depth, value = len(found[1]), found[3].strip()
        if value and value not in {">", "|", ">-", "|-", ">+", "|+"}:
            yield _exec_form(value.strip("\"'") if value[0] in "\"'" else value), start
            continue
        block = _block(lines[index + 1 :], depth)
        items = [each.lstrip()[2:].strip().strip("\"'") for each in block if each]
        listed = not value and all(each.lstrip().startswith("- ") for each in block)
        if listed:
            yield tuple(items), start
        elif value:
            yield " ".join(each.strip() for each in block), start


def _block(lines: list[tuple[str, int]], depth: int) -> list[str]:
    """The lines that belong to a key: deeper ones, and a list at the key's depth."""
    found: list[str] = []
    for line, _ in lines:
        indent = len(line) - len(line.lstrip())
        deeper = indent > depth or (indent == depth and line.lstrip().startswith("- "))
        if line.strip() and not deeper:
            break
        if line.strip():
            found.append(line)
    return found


def _positions(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield line.rstrip("\r\n"), at
        at += len(line)


def _matching(text: str, pattern: re.Pattern[str]) -> _Written:
    for line, start in _logical(text):
        found = pattern.fullmatch(line.strip())
        if found is not None:
            yield found[1], start


def _lines(text: str) -> _Written:
    for line, start in _logical(text):
        if line.strip() and not line.lstrip().startswith("#"):
            yield line, start


def _recipes(text: str) -> _Written:
    for line, start in _logical(text):
        if line.startswith("\t"):
            yield line.strip().lstrip("@-+"), start


def _scripts(text: str) -> _Written:
    manifest = read_jsonc(text)
    scripts = manifest.get("scripts") if isinstance(manifest, dict) else None
    if not isinstance(scripts, dict):
        return
    for script in scripts.values():
        if isinstance(script, str):
            yield script, max(text.find(json.dumps(script)), 0)


# -- words -------------------------------------------------------------------------


def _split(written: str | tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The simple commands of a line; also those quoted inside: ``sh -c "…"``."""
    if isinstance(written, tuple):
        yield from _with_inner(written)
        return
    for part in _parts(written):
        try:
            words = tuple(shlex.split(part))
        except ValueError:
            words = tuple(part.split())
        yield from _with_inner(words)


def _with_inner(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not words or posixpath.basename(words[0]) in {"echo", "printf"}:
        return
    yield words
    for word in words:
        if " " in word.strip():
            yield from _split(word)


def _parts(line: str) -> Iterator[str]:
    """A line cut where one command ends and the next begins, quotes respected."""
    start = 0
    quoted = {
        position
        for found in re.finditer(r"\"(?:[^\"\\]|\\.)*+(?:\"|\\?\Z)|'[^']*'", line)
        for position in range(found.start(), found.end())
    }
    for found in _SEPARATOR.finditer(line):
        if found.start() not in quoted:
            yield line[start : found.start()].strip()
            start = found.end()
    yield line[start:].strip()
