"""Processes that read one file at a time, so that a crash or a hang costs one file."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

import msgspec

from wsaudit.outcome import Fault, Skip
from wsaudit.source import Language, language_of

SECONDS = 10.0
PATIENCE = 20
"""How much longer than that a file may take by the clock: others use the machine."""
_COUNTED = hasattr(signal, "setitimer")
STACK_BYTES = 512 << 20
MEMORY_BYTES = 4 << 30
RECURSION = 20_000


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read: its text, as UTF-8."""

    path: str
    data: bytes


Answer = bytes | Skip | Fault
"""A packed Module, or why there is none."""


def read_task(task: Task) -> Answer:
    """Read one file into a packed Module, in this process."""
    from wsaudit.syntax.gate import too_deep
    from wsaudit.syntax.singlefile import (
        is_component_file,
        read_component,
        scripts_only,
    )

    text = task.data.decode()
    language = language_of(task.path) or Language.TYPESCRIPT
    component = is_component_file(task.path)
    try:
        code = scripts_only(task.path, text) if component else text
        reason = too_deep(code, language)
        if reason:
            return Skip(task.path, "too deep", reason)
        if language is Language.PYTHON:
            from wsaudit.syntax.python import read_python

            return msgspec.msgpack.encode(read_python(_printable(task.path), text))
        if component:
            return msgspec.msgpack.encode(read_component(_printable(task.path), text))
        from wsaudit.syntax.typescript import read_typescript

        return msgspec.msgpack.encode(read_typescript(_printable(task.path), text))
    except (RecursionError, MemoryError) as error:
        return Skip(task.path, "too deep", f"reading ended in a {type(error).__name__}")
    except Exception as error:  # noqa: BLE001 - a reader's fault costs one file
        return Fault(task.path, "reader", f"{type(error).__name__}: {error}"[:500])


def _printable(path: str) -> str:
    """A path that msgpack can carry; the one who asked knows the real one."""
    return path.encode("utf-8", "replace").decode()


class Workers:
    """A handful of worker processes, started when needed and kept until closed."""

    def __init__(self, *, seconds: float = SECONDS, patience: float = PATIENCE) -> None:
        """Workers that may take ``seconds`` of a processor for each file.

        Where the system cannot count these, and for those that sleep, ``patience``
        times as many by the clock.
        """
        self._seconds = seconds
        self._longest = seconds * patience
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, _Worker] = {}

    def __enter__(self) -> Self:
        """The workers themselves; leaving closes them."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes."""
        self.close()

    def close(self) -> None:
        """End all processes, also those at work."""
        for worker in (*self._idle, *self._busy.values()):
            worker.end()
        self._idle.clear()
        self._busy.clear()

    def run(self, tasks: Iterable[Task], *, count: int) -> Iterator[tuple[str, Answer]]:
        """Read files on up to ``count`` processes; answers come as they are ready."""
        waiting = deque(tasks)
        while waiting or self._busy:
            while waiting and len(self._busy) < count:
                worker = self._idle.pop() if self._idle else self._start()
                task = waiting.popleft()
                worker.give(task, time.monotonic() + self._longest)
                self._busy[worker.connection] = worker
            yield from self._ready()

    def _start(self) -> _Worker:
        workers = (*self._idle, *self._busy.values())
        return _Worker([worker.connection for worker in workers], self._seconds)

    def _ready(self) -> Iterator[tuple[str, Answer]]:
        soonest = min(worker.deadline for worker in self._busy.values())
        ready = set(wait(list(self._busy), max(0.0, soonest - time.monotonic())))
        for connection in [one for one in self._busy if one in ready]:
            worker = self._busy.pop(connection)
            path, answer = worker.path, worker.answer()
            if worker.alive:
                self._idle.append(worker)
            yield path, answer
        now = time.monotonic()
        for connection, worker in list(self._busy.items()):
            if worker.deadline <= now:
                del self._busy[connection]
                worker.end()
                yield worker.path, _too_long(worker.path, self._seconds)


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, others: list[Connection], seconds: float) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        forks = _may_fork()
        context = multiprocessing.get_context("fork" if forks else "spawn")
        # A forked child holds copies of all our ends: it has to close them, or a
        # worker would not notice that we are gone.
        ours = [*others, self.connection] if forks else []
        self._process = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, ours, seconds), daemon=True
        )
        self._process.start()
        theirs.close()
        self.path = ""
        self._seconds = seconds
        self.deadline = 0.0
        self.alive = True

    def give(self, task: Task, deadline: float) -> None:
        self.path, self.deadline = task.path, deadline
        with suppress(OSError):  # A dead worker shows when its answer is read.
            name = task.path.encode("utf-8", "surrogateescape")
            self.connection.send_bytes(name + b"\0" + task.data)

    def answer(self) -> Answer:
        try:
            message = self.connection.recv_bytes()
        except (EOFError, OSError):
            self.end()
            code = self._process.exitcode
            if _COUNTED and code == -signal.SIGPROF:
                return _too_long(self.path, self._seconds)
            how = f"signal {-code}" if code and code < 0 else f"exit code {code}"
            return Skip(self.path, "crashed", f"the reader process ended with {how}")
        return _unpack(self.path, message)

    def end(self) -> None:
        self.alive = False
        self.connection.close()
        self._process.kill()
        self._process.join()


def _may_fork() -> bool:
    """Forking is cheap, and safe as long as this process has a single thread."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return threading.active_count() == 1


def _too_long(path: str, seconds: float) -> Skip:
    return Skip(path, "timeout", f"reading took more than {seconds:g} s")


def _serve(connection: Connection, inherited: list[Connection], seconds: float) -> None:
    """What a worker process does: answer until the pipe closes."""
    for other in inherited:
        other.close()
    _shut_in()
    thread = threading.Thread(target=_answer_all, args=(connection, seconds))
    thread.start()
    thread.join()


def _shut_in() -> None:
    """Room for deep recursion, bounds for the rest, and no sound."""
    import faulthandler

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _COUNTED:
        # The system ends the process then, whatever a parser holds on to.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.disable()
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    sys.setrecursionlimit(RECURSION)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with suppress(ValueError):
        threading.stack_size(STACK_BYTES)


def _answer_all(connection: Connection, seconds: float) -> None:
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            return
        name, _, data = message.partition(b"\0")
        path = name.decode("utf-8", "surrogateescape")
        with suppress(BrokenPipeError), _counted(seconds):
            connection.send_bytes(_pack(read_task(Task(path, data))))


@contextmanager
def _counted(seconds: float) -> Iterator[None]:
    """Let the system end this process after some seconds of a processor's time."""
    if _COUNTED:
        signal.setitimer(signal.ITIMER_PROF, seconds)
    yield
    if _COUNTED:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _pack(answer: Answer) -> bytes:
    match answer:
        case Skip():
            return b"S" + msgspec.msgpack.encode((answer.reason, answer.detail))
        case Fault():
            safe = answer.message.encode("utf-8", "replace").decode()
            return b"F" + msgspec.msgpack.encode((answer.where, safe))
        case _:
            return b"M" + answer


def _unpack(path: str, message: bytes) -> Answer:
    if message[:1] == b"M":
        return message[1:]
    first, second = msgspec.msgpack.decode(message[1:], type=tuple[str, str])
    return (
        Skip(path, first, second) if message[:1] == b"S" else Fault(path, first, second)
    )
