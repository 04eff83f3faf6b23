"""From paths to Modules: bytes, text, the cache, and the processes that parse."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from wsaudit.budget import TimeIsUpError, limited
from wsaudit.cache import Cache, content_digest
from wsaudit.outcome import Fault, Skip
from wsaudit.screen import SIZE_LIMIT
from wsaudit.source import Language, NotTextError, Source, decode_source, language_of
from wsaudit.syntax.nodes import Module
from wsaudit.workers import SECONDS, Answer, Task, Workers, read_task

if TYPE_CHECKING:
    from wsaudit.discover import File

# Below these amounts another process costs more than it brings.
PYTHON_BYTES_PER_WORKER = 200_000
TYPESCRIPT_BYTES_PER_WORKER = 1_000_000
TYPESCRIPT_BYTES_HERE = 256_000

MINIFIED_AVERAGE = 300
MINIFIED_LINE = 5_000
MINIFIED_LEAST = 2_000
HEADER = 3_000
_GENERATED = re.compile(
    r"^[ \t]*(?:#|//|/?\*)[^\n]*(?:@generated\b|\bcode generated\b[^\n]*do not edit"
    r"|\b(?:auto-?|automatically )generated\b[^\n]*do not (?:edit|modify))",
    re.MULTILINE | re.IGNORECASE,
)

_LITERAL = re.compile(r"""(["'`])(?:(?!\1)[^\\\n]|\\.)*(?:\1|(?=\n)|\Z|\\\Z)""")
"""A text in the code; one that nothing ends takes its line: none is read twice."""
LONG_LITERAL = 200
"""From here on a text is data that was pasted in, such as a picture, and no code."""

_decode_module = msgspec.msgpack.Decoder(Module).decode


def decode(raw: bytes, path: str) -> Source | Skip:
    """The text of a file, or why it has none."""
    try:
        return decode_source(raw, path)
    except NotTextError as error:
        return Skip(path, "binary", str(error))


def written_by_machine(text: str) -> str:
    """``generated`` or ``minified`` when a text is; empty when a person wrote it."""
    if _GENERATED.search(text, 0, HEADER):
        return "generated"
    if len(text) < MINIFIED_LEAST:
        return ""
    if not _is_dense(text) or not _is_dense(_LITERAL.sub(_shorter, text)):
        return ""
    return "minified"


def _shorter(literal: re.Match[str]) -> str:
    text = literal[0]
    pasted = len(text) > LONG_LITERAL and text.endswith(literal[1])
    return "" if pasted else text


def _is_dense(text: str) -> bool:
    """Whether a text has longer lines than people write."""
    lines = text.splitlines() or [""]
    average = len(text) / len(lines)
    return average > MINIFIED_AVERAGE or max(map(len, lines)) > MINIFIED_LINE


@dataclass(slots=True)
class Reader:
    """Reads files of one root into Modules, each at most once.

    ``files`` are those that may be read; ``skipped`` and ``faults`` grow with it.
    ``progress`` is told how many files are done. ``overlay`` is what some files are to
    hold, by path, whatever they hold on disk.
    """

    root: str
    files: Collection[File]
    workers: Workers
    cache: Cache | None = None
    jobs: int = 0
    progress: Callable[[int], None] | None = None
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    skipped: list[Skip] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _explicit: dict[str, bool] = field(init=False)
    _done: dict[str, Module | None] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the files."""
        self._explicit = {file.path: file.explicit for file in self.files}

    @property
    def modules(self) -> dict[str, Module]:
        """All Modules read so far, by path."""
        return {path: done for path, done in sorted(self._done.items()) if done}

    def raw(self, path: str) -> bytes | None:
        """The bytes of a file that may be read; None when they cannot be had."""
        found = self._raw(path) if path in self._explicit else None
        return found if isinstance(found, bytes) else None

    def read(self, paths: Iterable[str]) -> dict[str, Module]:
        """The Modules of some files, by path; those that cannot be read are missing."""
        asked = [path for path in dict.fromkeys(paths) if path in self._explicit]
        tasks: dict[str, _Pending] = {}
        for path in asked:
            if path in self._done:
                continue
            self._done[path] = self._unchanged(path)
            pending = None if self._done[path] else self._prepare(path)
            if pending:
                tasks[path] = pending
        for path, answer in self._answers(tasks):
            self._take(tasks[path], answer)
            if self.progress:
                self.progress(len(self._done))
        found = ((path, self._done[path]) for path in asked)
        return {path: module for path, module in found if module}

    def source(self, path: str) -> Source:
        """The text of any file of the root, for code frames; empty if it cannot be."""
        if path not in self._sources:
            raw = self._raw(path)
            found = raw if isinstance(raw, Skip) else decode(raw, path)
            text = Source(path, "") if isinstance(found, Skip) else found
            self._sources[path] = text
        return self._sources[path]

    def _absolute(self, path: str) -> str:
        return os.path.join(self.root, path)

    def _raw(self, path: str) -> bytes | Skip:
        if path in self.overlay:
            return self.overlay[path]
        try:
            with open(self._absolute(path), "rb") as file:
                raw = file.read(SIZE_LIMIT + 1)
        except OSError as error:
            return Skip(path, "unreadable", error.strerror or "")
        if len(raw) > SIZE_LIMIT:
            return Skip(path, "too large", f"over {SIZE_LIMIT} bytes")
        return raw

    def _unchanged(self, path: str) -> Module | None:
        """The Module of a file whose time stamp the cache knows."""
        if self.cache is None or path in self.overlay:
            return None
        try:
            packed = self.cache.unchanged(path, os.stat(self._absolute(path)))
        except OSError:
            return None
        return _module(path, packed) if packed else None

    def _prepare(self, path: str) -> _Pending | None:
        """Make a task of a file, unless its bytes settle what becomes of it."""
        raw = self._raw(path)
        source = raw if isinstance(raw, Skip) else decode(raw, path)
        if isinstance(source, Skip):
            self.skipped.append(source)
            return None
        machine = written_by_machine(source.text)
        if machine and not self._explicit[path]:
            self.skipped.append(Skip(path, machine, "by its content"))
            return None
        if source.guessed:
            detail = "not UTF-8; read as Latin-1"
            self.skipped.append(Skip(path, "encoding", detail, partial=True))
        digest = content_digest(path, source.raw)
        packed = self.cache.same(path, digest) if self.cache else None
        self._done[path] = _module(path, packed) if packed else None
        # What comes with a note of its own is read anew each time, to note it again.
        digest = b"" if machine or source.guessed else digest
        pending = _Pending(Task(path, source.data), digest)
        if packed and self._done[path]:
            self._keep(pending, packed)
            return None
        return pending

    def _answers(self, tasks: dict[str, _Pending]) -> Iterator[tuple[str, Answer]]:
        """Parse: small amounts of TypeScript here, all else in worker processes."""
        todo = sorted(
            (pending.task for pending in tasks.values()),
            key=lambda task: (-len(task.data), task.path),
        )
        sizes = dict.fromkeys(Language, 0)
        for task in todo:
            sizes[language_of(task.path) or Language.TYPESCRIPT] += len(task.data)
        if not sizes[Language.PYTHON] and (
            sizes[Language.TYPESCRIPT] <= TYPESCRIPT_BYTES_HERE
        ):
            yield from ((task.path, _read_here(task)) for task in todo)
            return
        count = 1 + sizes[Language.PYTHON] // PYTHON_BYTES_PER_WORKER
        count += sizes[Language.TYPESCRIPT] // TYPESCRIPT_BYTES_PER_WORKER
        count = min(count, self.jobs or processors(), len(todo))
        yield from self.workers.run(todo, count=count)

    def _take(self, pending: _Pending, answer: Answer) -> None:
        path = pending.task.path
        if isinstance(answer, Skip):
            self.skipped.append(answer)
            return
        if isinstance(answer, Fault):
            self.faults.append(answer)
            return
        module = _module(path, answer)
        if module is None:
            self.skipped.append(Skip(path, "too deep", "nested beyond what is read"))
            return
        self._done[path] = module
        if module.faults:
            self.skipped.append(_syntax_error(module, pending.task.data))
        else:
            self._keep(pending, answer)

    def _keep(self, pending: _Pending, packed: bytes) -> None:
        path = pending.task.path
        if self.cache is None or not pending.digest or path in self.overlay:
            return
        with suppress(OSError):
            status = os.stat(self._absolute(path))
            self.cache.keep(path, status, pending.digest, packed)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file to be parsed; no ``digest`` when the cache shall not keep the result."""

    task: Task
    digest: bytes


def _read_here(task: Task) -> Answer:
    """Read a file in this process, which nobody may keep for longer than a worker."""
    try:
        with limited(SECONDS, "reading"):
            return read_task(task)
    except TimeIsUpError as error:
        return Skip(task.path, "timeout", str(error))


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _module(path: str, packed: bytes) -> Module | None:
    try:
        module = _decode_module(packed)
    except (msgspec.DecodeError, RecursionError):
        return None
    return msgspec.structs.replace(module, path=path) if module.path != path else module


def _syntax_error(module: Module, data: bytes) -> Skip:
    first = min(module.faults, key=lambda fault: fault.start)
    line = Source(module.path, data.decode()).line_of(first.start)
    more = len(module.faults) - 1
    detail = first.message + (f" (and {more} more)" if more else "")
    partial = bool(module.body)
    return Skip(module.path, "syntax error", detail, partial=partial, line=line)
