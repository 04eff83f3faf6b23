"""Worker processes: a crash, a hang or an error costs one file."""

from __future__ import annotations

import os
import signal
import time
from typing import Never

import msgspec
import pytest

from wsaudit.outcome import Fault, Skip
from wsaudit.syntax.nodes import Module
from wsaudit.workers import Task, Workers, read_task

# Patched readers reach the workers because those are forked.
pytestmark = [
    pytest.mark.usefixtures("forked"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def _answers(
    tasks: list[Task], *, count: int = 2, seconds: float = 20.0
) -> dict[str, object]:
    with Workers(seconds=seconds) as workers:
        return dict(workers.run(tasks, count=count))


def test_files_become_packed_modules() -> None:
    """The bytes that come back are what this process would have made."""
    tasks = [
        Task("a.py", b"import websockets\n"),
        Task("b.ts", b"const a = 1;\n"),
        Task("c.py", b""),
    ]
    answers = _answers(tasks)

    assert answers == {task.path: read_task(task) for task in tasks}
    packed = answers["a.py"]
    assert isinstance(packed, bytes)
    assert msgspec.msgpack.decode(packed, type=Module).path == "a.py"


def test_workers_are_kept_for_the_next_files() -> None:
    """Starting a process costs more than most files."""
    with Workers() as workers:
        first = dict(workers.run([Task("a.ts", b"a")], count=1))
        second = dict(workers.run([Task("b.ts", b"b")], count=1))

    assert [*first, *second] == ["a.ts", "b.ts"]


def test_too_deep_is_told_without_parsing() -> None:
    """The gate stands before the parser."""
    (answer,) = _answers([Task("a.py", b"x = " + b"[" * 3000)]).values()

    assert isinstance(answer, Skip)
    assert answer.reason == "too deep"


def test_worker_that_dies_costs_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read by new processes."""

    def read(path: str, text: str) -> Module:
        if path == "bad.py":
            os.kill(os.getpid(), signal.SIGSEGV)
            time.sleep(60)  # another thread may be the one that is hit
        return Module(path, "python", (), (), ())

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)
    tasks = [Task(name, b"x") for name in ("bad.py", "a.py", "b.py")]
    answers = _answers(tasks, count=1)

    assert answers["bad.py"] == Skip(
        "bad.py", "crashed", "the reader process ended with signal 11"
    )
    assert isinstance(answers["a.py"], bytes)
    assert isinstance(answers["b.py"], bytes)


def test_worker_that_exits_costs_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends by itself is no better."""

    def read(path: str, text: str) -> Never:
        os._exit(7)

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)
    answers = _answers([Task("a.py", b"x")])

    assert answers["a.py"] == Skip(
        "a.py", "crashed", "the reader process ended with exit code 7"
    )


@pytest.mark.parametrize("kind", ["works", "sleeps"])
def test_worker_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """After the time for one file, the file is given up."""

    def read(path: str, text: str) -> Module:
        while path == "slow.py":
            if kind == "sleeps":
                time.sleep(60)
        return Module(path, "python", (), (), ())

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)
    started = time.monotonic()
    tasks = [Task("slow.py", b"x"), Task("a.py", b"x")]
    with Workers(seconds=0.5, patience=2 if kind == "sleeps" else 1000) as workers:
        answers = dict(workers.run(tasks, count=2))

    assert time.monotonic() - started < 30
    assert answers["slow.py"] == Skip(
        "slow.py", "timeout", "reading took more than 0.5 s"
    )
    assert isinstance(answers["a.py"], bytes)


def test_load_of_the_machine_ends_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is the time of the processor that a file takes, not the clock's."""

    def read(path: str, text: str) -> Module:
        time.sleep(1)
        return Module(path, "python", (), (), ())

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)
    tasks = [Task(f"{name}.py", b"x") for name in "abc"]

    assert all(type(one) is bytes for one in _answers(tasks, seconds=0.5).values())


def test_reader_that_raises_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message travels, even one that is no Unicode."""

    def read(path: str, text: str) -> Never:
        raise ValueError("odd \udce9")

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)

    assert _answers([Task("a.py", b"x")])["a.py"] == Fault(
        "a.py", "reader", "ValueError: odd ?"
    )


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_reader_out_of_room_says_too_deep(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """What the gate let through may still be too much."""

    def read(path: str, text: str) -> Never:
        raise error

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)
    answer = read_task(Task("a.py", b"x"))

    assert isinstance(answer, Skip)
    assert (answer.reason, answer.detail) == (
        "too deep",
        f"reading ended in a {error.__name__}",
    )


def test_path_of_bytes_comes_back_unharmed() -> None:
    """A file name need not be Unicode."""
    answers = _answers([Task("caf\udce9.py", b"x = 1"), Task("a\nb.ts", b"x")])

    assert sorted(answers) == ["a\nb.ts", "caf\udce9.py"]
    assert all(isinstance(answer, bytes) for answer in answers.values())


def test_leaving_ends_workers_at_work() -> None:
    """Nobody waits for what nobody wants any more."""
    with Workers() as workers:
        running = workers.run([Task(f"{n}.py", b"x = 1") for n in range(8)], count=2)
        next(running)

    assert workers.run([], count=1) is not None
    assert list(workers.run([], count=1)) == []
