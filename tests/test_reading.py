"""Reading: which files become Modules, where, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wsaudit.discover import File
from wsaudit.reading import Reader, processors, written_by_machine
from wsaudit.source import Language, language_of
from wsaudit.workers import Answer, Task, Workers


class Counted(Workers):
    """Workers that remember what they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[list[str], int]] = []

    def run(self, tasks: Iterable[Task], *, count: int) -> Iterator[tuple[str, Answer]]:
        """Note the request, then do it."""
        given = list(tasks)
        self.asked.append(([task.path for task in given], count))
        yield from super().run(given, count=count)


@pytest.fixture
def workers() -> Iterator[Counted]:
    """Workers that are closed in the end."""
    with Counted() as found:
        yield found


def _reader(
    folder: Path,
    workers: Workers,
    files: dict[str, str | bytes],
    *,
    explicit: tuple[str, ...] = (),
    **options: Any,
) -> Reader:
    known = []
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
        language = language_of(name) or Language.PYTHON
        known.append(File(name, language, name in explicit))
    return Reader(str(folder), known, workers, **options)


def test_file_is_read_once(tmp_path: Path, workers: Counted) -> None:
    """Asking again costs nothing; what is not of the project is not read."""
    reader = _reader(tmp_path, workers, {"a.ts": "a;", "b.ts": "b;"})
    first = reader.read(["a.ts", "a.ts", "../x.ts"])
    (tmp_path / "a.ts").unlink()

    assert list(first) == ["a.ts"]
    assert reader.read(["a.ts"])["a.ts"] is first["a.ts"]
    assert reader.read(["../x.ts"]) == {}
    assert reader.raw("../x.ts") is None
    assert list(reader.modules) == ["a.ts"]
    reader.read(["b.ts"])
    assert list(reader.modules) == ["a.ts", "b.ts"]


def test_little_typescript_is_read_here(tmp_path: Path, workers: Counted) -> None:
    """Another process would cost more than it brings."""
    _reader(tmp_path, workers, {"a.ts": "a;"}).read(["a.ts"])

    assert workers.asked == []


def test_python_is_read_in_workers(tmp_path: Path, workers: Counted) -> None:
    """The parser can crash; the largest file goes first."""
    files = {"a.py": "x = 1\n", "b.py": "x = 1\n" * 50, "c.ts": "c;"}
    reader = _reader(tmp_path, workers, dict(files))
    reader.read(files)

    assert workers.asked == [(["b.py", "a.py", "c.ts"], 1)]
    assert len(reader.modules) == 3


@pytest.mark.parametrize(("jobs", "count"), [(0, min(processors(), 3)), (1, 1), (8, 3)])
def test_number_of_workers_follows_the_bytes(
    tmp_path: Path, workers: Counted, jobs: int, count: int
) -> None:
    """Never more than asked for, nor than there is to read."""
    long = '"""' + "text\n" * 60_000 + '"""'
    files: dict[str, str | bytes] = {"a.py": long, "b.py": long, "c.py": long}
    _reader(tmp_path, workers, files, jobs=jobs).read(files)

    assert workers.asked[0][1] == count


def test_progress_is_told(tmp_path: Path, workers: Counted) -> None:
    """How many files are done so far."""
    told: list[int] = []
    files: dict[str, str | bytes] = {"a.ts": "a;", "b.ts": "b;"}
    _reader(tmp_path, workers, files, progress=told.append).read(files)

    assert told == [2, 2]


def test_file_that_is_gone_is_unreadable(tmp_path: Path, workers: Counted) -> None:
    """It was there when the folder was listed."""
    reader = _reader(tmp_path, workers, {"a.ts": "a;"})
    (tmp_path / "a.ts").unlink()

    assert reader.raw("a.ts") is None
    assert reader.read(["a.ts"]) == {}
    assert [(one.path, one.reason) for one in reader.skipped] == [
        ("a.ts", "unreadable")
    ]
    assert reader.source("a.ts").text == ""


def test_text_of_any_file_can_be_shown(tmp_path: Path, workers: Counted) -> None:
    """Code frames need a text; a file without one has an empty text."""
    files: dict[str, str | bytes] = {"a.ts": "a;", "b.ts": b"\0"}
    reader = _reader(tmp_path, workers, files)
    (tmp_path / "Dockerfile").write_text("FROM x", encoding="utf-8")

    assert reader.source("a.ts").text == "a;"
    assert reader.source("b.ts").text == ""
    assert reader.source("Dockerfile").text == "FROM x"
    assert reader.source("a.ts") is reader.source("a.ts")


def test_syntax_errors_are_counted(tmp_path: Path, workers: Counted) -> None:
    """The first is shown with its line; how many more there are is said."""
    text = "a();\nf(@@);\ng(@@);\n"
    reader = _reader(tmp_path, workers, {"a.ts": text})
    reader.read(["a.ts"])
    (skip,) = reader.skipped

    assert (skip.reason, skip.line, skip.partial) == ("syntax error", 2, True)
    assert skip.detail == "unexpected `@@` (and 1 more)"


def test_named_file_is_read_whoever_wrote_it(tmp_path: Path, workers: Counted) -> None:
    """A generated file is left out unless the user names it."""
    text = "// Code generated by x. DO NOT EDIT.\na;\n"
    files: dict[str, str | bytes] = {"a.ts": text, "b.ts": text}
    reader = _reader(tmp_path, workers, files, explicit=("b.ts",))
    reader.read(files)

    assert list(reader.modules) == ["b.ts"]
    assert [(one.path, one.reason) for one in reader.skipped] == [("a.ts", "generated")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", ""),
        ("// @generated\n", "generated"),
        ("# Code generated by protoc. DO NOT EDIT.\n", "generated"),
        (" * auto-generated file, do not modify\n", "generated"),
        ("/* This file was automatically generated, do not edit. */\n", "generated"),
        ("x = '@generated'\n", ""),
        ("# code generated by hand\n", ""),
        ("\n" * 4000 + "// @generated\n", ""),
        ("x = 1\n" * 1000, ""),
        ("x" * 1999, ""),
        ("x" * 2000, "minified"),
        ("x\n" * 3000 + "y" * 5001, "minified"),
    ],
)
def test_machines_leave_traces(text: str, kind: str) -> None:
    """A header in a comment, or lines no person writes."""
    assert written_by_machine(text) == kind


def test_there_is_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is counted."""
    assert processors() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert processors() >= 1
