"""Whole answers: what a run came to, kept for a tree in which nothing has changed.

An answer is given again where this very program, told the same, finds the same files
with the same content. It is kept as the cache is: sealed, as data, outside of the tree.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

import msgspec

import wsaudit
from wsaudit.cache import GRAIN_NS, UsersPlace, read_sealed, write_sealed
from wsaudit.config import Config
from wsaudit.discover import Discovered
from wsaudit.outcome import Finding, Report, RuleOutcome, Skip
from wsaudit.pages import rules_dir
from wsaudit.rule import Pass, Rule, Undecided
from wsaudit.source import Source

READERS = ("libcst", "tree_sitter", "tree_sitter_typescript", "msgspec")
BY_CHANCE = frozenset({"crashed", "timeout", "unreadable"})
"""Why a file was skipped that the next run may read."""


class _File(msgspec.Struct, array_like=True, frozen=True):
    mtime_ns: int
    size: int
    digest: bytes


class _Outcome(msgspec.Struct, array_like=True, frozen=True):
    code: str
    findings: tuple[Finding, ...]
    passes: tuple[Pass, ...]
    undecided: tuple[Undecided, ...]


class _Answer(msgspec.Struct, array_like=True, frozen=True):
    """A `Report` without what is at hand anyway; ``files`` are those it depends on."""

    key: bytes
    files: dict[str, _File]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    outcomes: tuple[_Outcome, ...]
    skipped: tuple[Skip, ...]
    seen: int
    read: int
    facts: dict[str, int]
    notes: tuple[str, ...]
    libraries: tuple[str, ...]
    until: str


@dataclass(slots=True)
class Unchanged:
    """Where the answer for a tree is kept, and on which files it depends."""

    root: str
    file: str
    key: bytes
    strict: bool
    paths: tuple[str, ...]
    secret: bytes = field(repr=False)
    _stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When the files were written last, and how long they are, before the run."""

    def report(
        self, rules: Iterable[Rule], source: Callable[[str], Source]
    ) -> Report | None:
        """The report of the run before, if it would come out the same."""
        with suppress(OSError):
            self._stamps = {path: self._stamp(path) for path in self.paths}
        if len(self._stamps) < len(self.paths):
            return None
        with suppress(OSError, msgspec.MsgspecError, RecursionError, KeyError):
            packed = read_sealed(self.file, self.secret)
            kept = msgspec.msgpack.decode(packed or b"", type=_Answer)
            current = not kept.until or _today() <= kept.until
            if current and kept.key == self.key and self._same(kept.files):
                return self._told(kept, rules, source)
        return None

    def keep(self, report: Report) -> None:
        """Keep the report of a run, unless chance or an error of ours had a part in it.

        Nor is it kept where a file was written meanwhile.
        """
        if report.faults or any(skip.reason in BY_CHANCE for skip in report.skipped):
            return
        recent = time.time_ns() - GRAIN_NS
        with suppress(OSError, UnicodeEncodeError):
            files = {
                path: _File(0 if mtime > recent else mtime, size, self._digest(path))
                for path, (mtime, size) in self._stamps.items()
            }
            if self._stamps and all(
                self._stamp(path) == stamp for path, stamp in self._stamps.items()
            ):
                packed = msgspec.msgpack.encode(self._answer(report, files))
                write_sealed(self.file, packed, self.secret)

    def _answer(self, report: Report, files: dict[str, _File]) -> _Answer:
        return _Answer(
            key=self.key,
            files=files,
            findings=report.findings,
            ignored=report.ignored,
            outcomes=tuple(
                _Outcome(one.rule.page.code, one.findings, one.passes, one.undecided)
                for one in report.outcomes
            ),
            skipped=report.skipped,
            seen=report.seen,
            read=report.read,
            facts=dict(report.facts),
            notes=report.notes,
            libraries=report.libraries,
            until=report.until,
        )

    def _told(
        self, kept: _Answer, rules: Iterable[Rule], source: Callable[[str], Source]
    ) -> Report:
        by_code = {rule.page.code: rule for rule in rules}
        return Report(
            findings=kept.findings,
            ignored=kept.ignored,
            outcomes=tuple(
                RuleOutcome(by_code[one.code], one.findings, one.passes, one.undecided)
                for one in kept.outcomes
            ),
            skipped=kept.skipped,
            faults=(),
            source=source,
            seen=kept.seen,
            read=kept.read,
            facts=kept.facts,
            strict=self.strict,
            root=self.root,
            notes=kept.notes,
            libraries=kept.libraries,
            until=kept.until,
        )

    def _same(self, files: dict[str, _File]) -> bool:
        """Whether files have the content that they had; their times tell at once."""
        return all(
            (files[path].mtime_ns, files[path].size) == stamp
            or (
                files[path].size == stamp[1]
                and files[path].digest == self._digest(path)
            )
            for path, stamp in self._stamps.items()
        )

    def _stamp(self, path: str) -> tuple[int, int]:
        status = os.stat(os.path.join(self.root, path))
        return status.st_mtime_ns, status.st_size

    def _digest(self, path: str) -> bytes:
        with open(os.path.join(self.root, path), "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()


def _today() -> str:
    return str(dt.datetime.now().astimezone().date())


def unchanged(
    config: Config,
    discovered: Discovered,
    place: UsersPlace,
    texts: Iterable[tuple[str, str]],
) -> Unchanged:
    """Where the answer is kept for what was found below the configured paths.

    ``texts`` are what else it depends on, by name: dialects of the project, say.
    """
    told = replace(config, jobs=0, cache_dir="")
    home = hashlib.sha256(repr((discovered.root, told)).encode()).hexdigest()[:32]
    key = hashlib.sha256(repr((told, discovered)).encode())
    for each in (*texts, *_program()):
        key.update(repr(each).encode())
    return Unchanged(
        root=discovered.root,
        file=os.path.join(place.folder, f"{home}.answer"),
        key=key.digest(),
        strict=config.strict,
        paths=(*(file.path for file in discovered.code), *discovered.support),
        secret=place.secret,
    )


def _program() -> Iterator[tuple[object, ...]]:
    """What this program is made of: its version, its files, and what reads for it."""
    yield wsaudit.__version__, sys.version
    for folder in (os.path.dirname(wsaudit.__file__), str(rules_dir())):
        yield from sorted(_files_below(folder))
    for name in READERS:
        found = find_spec(name)
        if found is not None and found.origin:
            yield _of_file(found.origin)


def _files_below(folder: str) -> Iterator[tuple[object, ...]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith((".py", ".toml", ".md")):
                yield _of_file(os.path.join(place, name))


def _of_file(path: str) -> tuple[object, ...]:
    status = os.stat(path)
    return path, status.st_mtime_ns, status.st_size
