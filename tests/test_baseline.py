"""The baseline: known findings stay known however their code is moved about."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.commands import Shell
from wsaudit.baseline import (
    BaselineError,
    Entry,
    entries_of,
    read_baseline,
    subtract,
    written,
)
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.outcome import Report

IMPORTS = """\
import time
from fastapi import FastAPI, WebSocket

app = FastAPI()

"""
ROOM = """\

@app.websocket('/ws/room')
async def room(websocket: WebSocket) -> None:
    await websocket.accept()
    time.sleep( 1 )
    await websocket.send_json({'type': 'opened'})

"""
HALL = """\

@app.websocket('/ws/hall')
async def hall(websocket: WebSocket) -> None:
    await websocket.accept()
    time.sleep( 1 )

"""
PROJECT = IMPORTS + ROOM + HALL


def _audit(folder: Path) -> tuple[Report, Config]:
    config = Config(str(folder), paths=(str(folder),), cache=False)
    return audit(config), config


def _new(folder: Path, text: str, *, name: str = "app.py") -> tuple[int, int]:
    """How many findings are new and how many are gone after a change."""
    (folder / "app.py").write_text(PROJECT, encoding="utf-8")
    entries = entries_of(*_audit(folder))
    assert entries.total() >= 4
    (folder / "app.py").unlink()
    (folder / name).write_text(text, encoding="utf-8")
    report, config = _audit(folder)
    (folder / name).unlink()
    after = subtract(report, entries, config)
    return len(after.findings), after.gone


_LINES = PROJECT.splitlines(keepends=True)
_ADDED = st.tuples(st.integers(0, len(_LINES)), st.sampled_from("#\n"))
_BROKEN_UP = PROJECT.replace("sleep( 1 )", "sleep(\n        1,  # a second\n    )")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(
    st.lists(st.tuples(st.integers(0, len(_LINES)), st.sampled_from("#\n")), max_size=9)
)
def test_lines_that_are_put_in_make_nothing_new(
    tmp_path: Path, added: list[tuple[int, str]]
) -> None:
    """Blank lines and comments, wherever they stand."""
    lines = list(_LINES)
    for at, kind in sorted(added, reverse=True):
        lines.insert(at, "# a comment\n" if kind == "#" else "\n")

    assert _new(tmp_path, "".join(lines)) == (0, 0)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (IMPORTS + HALL + ROOM, "app.py"),
        (PROJECT, "server.py"),
        (PROJECT.replace("async def room", "async def lobby"), "app.py"),
        (
            PROJECT.replace("sleep( 1 )", "sleep(\n        1,  # a second\n    )"),
            "app.py",
        ),
        (PROJECT.replace("'", '"'), "app.py"),
    ],
    ids=["moved", "file renamed", "function renamed", "broken up", "quotes"],
)
def test_moved_code_makes_nothing_new(tmp_path: Path, text: str, name: str) -> None:
    """Functions change places and names, files their name, code its layout."""
    assert _new(tmp_path, text, name=name) == (0, 0)


def test_formatter_makes_nothing_new(tmp_path: Path) -> None:
    """What ruff makes of the file."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=PROJECT.encode(),
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode() != PROJECT
    assert _new(tmp_path, done.stdout.decode()) == (0, 0)


def test_equal_finding_in_the_same_function_is_new(tmp_path: Path) -> None:
    """Findings are counted, not only told apart."""
    again = ROOM.replace(
        "    time.sleep( 1 )\n", "    time.sleep(1)\n    time.sleep(1)\n"
    )

    assert _new(tmp_path, IMPORTS + again + HALL) == (1, 0)


def test_mended_finding_is_gone(tmp_path: Path) -> None:
    """It is said, so that the file can be kept short."""
    mended = ROOM.replace("    time.sleep( 1 )\n", "")

    assert _new(tmp_path, IMPORTS + mended + HALL) == (0, 1)


def test_baseline_from_first_day_to_last(shell: Shell) -> None:
    """Create, nothing new, one new, one mended, prune."""
    shell.write({"app.py": PROJECT, "pyproject.toml": ""})
    made = shell("baseline", "create")
    assert made.code == 0
    assert "findings in wsaudit-baseline.json" in made.err

    known = shell("check", "--baseline", "wsaudit-baseline.json")
    assert known.code == 0
    assert "in the baseline" in known.out
    assert shell("baseline", "check").code == 0

    shell.write({"app.py": PROJECT.replace("    time.sleep( 1 )\n\n", "    pass\n\n")})
    assert shell("baseline", "check").code == 1
    assert shell("baseline", "prune").err == (
        "wsaudit: 1 entry dropped from wsaudit-baseline.json\n"
    )
    assert shell("baseline", "check").code == 0

    shell.write({"app.py": PROJECT})
    again = shell("check", "--baseline", "wsaudit-baseline.json")
    assert again.code == 1
    assert again.out.count("WS254") == 1


def test_configured_baseline_counts_wherever_the_run_starts(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths in the file are those of the project."""
    shell.write(
        {"web/app.py": PROJECT, "wsaudit.toml": 'baseline = "wsaudit-baseline.json"\n'}
    )
    (shell.folder / ".git").mkdir()
    shell("baseline", "create")
    monkeypatch.chdir(shell.folder / "web")

    assert shell("check").code == 0


def test_entries_of_what_was_not_looked_at_are_kept(shell: Shell) -> None:
    """A run over one folder, or with one rule, proves nothing of the others mended."""
    shell.write({"a/app.py": PROJECT, "b/app.py": PROJECT})
    shell("baseline", "create")
    before = (shell.folder / "wsaudit-baseline.json").read_text("utf-8")
    file = ("--file", "wsaudit-baseline.json")
    shell("baseline", "prune", "a", *file)
    one_rule = shell("check", "--baseline", file[1], "--select", "WS254")

    assert (shell.folder / "wsaudit-baseline.json").read_text("utf-8") == before
    assert "mended" not in one_rule.out


def test_file_has_an_entry_a_line_and_no_code() -> None:
    """Branches that both mend something merge without a conflict."""
    entries = Counter(
        {Entry("b.py", "WS1", "f", "0"): 2, Entry("a.py", "WS1", "", "0"): 1}
    )
    lines = written(entries).splitlines()

    assert lines[0] == '{"version": 1, "findings": ['
    assert lines[1] == (
        '{"path": "a.py", "rule": "WS1", "symbol": "", "code": "0", "count": 1},'
    )
    assert len(lines) == 4
    assert len(json.loads("\n".join(lines))["findings"]) == 2
    assert json.loads(written(Counter()))["findings"] == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("<<<<<<< HEAD", "is a merge conflict left in it?"),
        ("[]", "not a baseline of version 1"),
        ('{"version": 2}', "not a baseline of version 1"),
        ('{"version": 1, "findings": [{"rule": 1}]}', "is no entry"),
        ('{"version": 1, "findings": 5}', "is no entry"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_baseline_is_an_error(tmp_path: Path, text: str, why: str) -> None:
    """One sentence says what is wrong with it."""
    (tmp_path / "b.json").write_text(text, encoding="utf-8")
    with pytest.raises(BaselineError) as caught:
        read_baseline(str(tmp_path / "b.json"))

    assert why in str(caught.value)


def test_baseline_that_is_missing_is_an_error(shell: Shell) -> None:
    """An empty one would make everything new without a word."""
    ran = shell("check", "--baseline", "none.json")

    assert ran.code == 2
    assert ran.err == (
        "wsaudit: cannot read the baseline `none.json`: No such file or directory\n"
    )
