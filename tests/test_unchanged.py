"""Whole answers: given again only where nothing that they depend on has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

import wsaudit
from tests.commands import MISSPELT, Shell
from wsaudit.cache import users_place
from wsaudit.catalogue import load_rules
from wsaudit.config import Config
from wsaudit.discover import discover
from wsaudit.engine import audit
from wsaudit.outcome import Report
from wsaudit.pages import rules_dir
from wsaudit.sealed import seal, unseal, users_secret
from wsaudit.unchanged import unchanged

LONG_AGO = 1_000_000_000
OWN = """\
[dialect]
id = "ours"
title = "Ours"
langs = ["python"]
role = "vocabulary"
packages = ["ours"]
checked = { version = "1", on = "2026-11-01" }
"""
FILES = {
    "a.ts": MISSPELT,
    "other.py": "x = 1\n",
    "Procfile": "web: uvicorn server:app\n",
    "own.toml": OWN,
}


def _config(shell: Shell) -> Config:
    return Config(str(shell.folder), paths=(str(shell.folder),), jobs=1)


def _audit(config: Config) -> tuple[Report, bool]:
    """The report, and whether it was made anew."""
    said: list[str] = []
    report = audit(config, progress=said.append)
    return report, "judging" in said


def test_last_day_of_a_report_is_the_first_of_its_ignores(shell: Shell) -> None:
    """What is over already, or no date, counts no more."""
    words = ("2999-01-31 x", "2998-01-31 x", "2020-01-31 x", "soon x")
    lines = (f"a(); // wsaudit: ignore[WS130] until={word}\n" for word in words)
    shell.write({"a.ts": "".join(lines)})

    assert audit(_config(shell)).until == "2998-01-31"


def _age(shell: Shell) -> None:
    for path in shell.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (LONG_AGO, LONG_AGO))


def _stored() -> Path:
    [found] = Path(os.environ["XDG_CACHE_HOME"]).glob("wsaudit/*.answer")
    return found


@pytest.mark.parametrize(("last_day", "made"), [("2020-01-31", True), ("", False)])
def test_answer_holds_as_long_as_ignores(
    shell: Shell, last_day: str, *, made: bool
) -> None:
    """Where one of them ends with a day, so does the answer."""
    shell.write({"a.ts": MISSPELT})
    config = _config(shell)
    report = replace(audit(config), until=last_day)
    place = users_place(config.root)
    assert place
    kept = unchanged(config, discover(config.paths, config), place, ())
    kept.report((), report.source)
    kept.keep(report)

    assert (kept.report(load_rules(), report.source) is None) is made


def test_unchanged_tree_gets_its_answer_again(shell: Shell) -> None:
    """All of it, without a look into any file."""
    shell.write(FILES)
    _age(shell)
    first, made = _audit(_config(shell))
    again, made_again = _audit(_config(shell))

    assert made
    assert not made_again
    assert replace(again, source=first.source) == first
    assert again.source("a.ts").text == MISSPELT


def test_fresh_checkout_gets_its_answer_again(shell: Shell) -> None:
    """New time stamps on old content cost a look at the bytes only."""
    shell.write(FILES)
    _age(shell)
    _audit(_config(shell))
    for name in FILES:
        os.utime(shell.folder / name)

    assert not _audit(_config(shell))[1]


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file that matters": lambda top: (top / "a.ts").write_text(MISSPELT + "\n"),
    "a file that does not": lambda top: (top / "other.py").write_text("x = 2\n"),
    "as long as before": lambda top: (top / "other.py").write_text("y = 1\n"),
    "a support file": lambda top: (top / "Procfile").write_text("web: daphne\n"),
    "a new file": lambda top: (top / "more.py").write_text(""),
    "a new support file": lambda top: (top / "Dockerfile").write_text("FROM x\n"),
    "one file less": lambda top: (top / "other.py").unlink(),
    "what is ignored": lambda top: (top / ".gitignore").write_text("other.py\n"),
    "a link": lambda top: (top / "b.ts").symlink_to("/etc/hosts"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_in_the_tree_makes_it_anew(
    shell: Shell, change: Callable[[Path], object]
) -> None:
    """Of content, of the list of files, and of what is left out."""
    shell.write(FILES)
    (shell.folder / ".git").mkdir()
    _age(shell)
    _audit(_config(shell))
    change(shell.folder)

    assert _audit(_config(shell))[1]


def test_change_of_the_configuration_makes_it_anew(shell: Shell) -> None:
    """Also of a dialect of the project; how many processes read is all the same."""
    shell.write(FILES)
    _age(shell)
    plain = _config(shell)
    own = replace(plain, dialects=("own.toml",))
    for config in (plain, own):
        _audit(config)
        assert not _audit(replace(config, jobs=2))[1]
    assert _audit(replace(plain, strict=True))[1]
    assert _audit(replace(plain, asked_ignore=("WS902",)))[1]

    shell.write({"own.toml": OWN + '\n[alias]\n"ours.a" = ["ours.b"]\n'})
    assert _audit(own)[1]
    assert not _audit(plain)[1]


@pytest.mark.parametrize("suffix", [".py", ".toml", ".md"])
def test_change_of_the_program_makes_it_anew(shell: Shell, suffix: str) -> None:
    """Of its code, of a dialect, of a rule's page."""
    home = shell.folder / "program"
    shutil.copytree(Path(wsaudit.__file__).parent, home / "wsaudit")
    if not (home / "wsaudit" / "rules").exists():
        shutil.copytree(rules_dir(), home / "rules")
    shell.write({"project/a.ts": MISSPELT})
    _age(shell)
    command = [sys.executable, "-m", "wsaudit", "check", "project", "--exit-zero"]
    environment = {**os.environ, "PYTHONPATH": str(home)}

    def kept_at() -> int:
        subprocess.run(command, cwd=shell.folder, env=environment, check=True)
        return _stored().stat().st_mtime_ns

    before = kept_at()
    assert kept_at() == before
    os.utime(next(iter(sorted(home.rglob(f"[a-z]*{suffix}")))))
    assert kept_at() != before


def test_other_version_makes_it_anew(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer is that of the program which gave it."""
    shell.write(FILES)
    _age(shell)
    _audit(_config(shell))
    monkeypatch.setattr(wsaudit, "__version__", "0")

    assert _audit(_config(shell))[1]


def test_answer_that_is_not_as_it_was_written_is_none(shell: Shell) -> None:
    """Not one bit of it, not under another key, and not with other contents."""
    shell.write(FILES)
    _age(shell)
    first, _ = _audit(_config(shell))
    file = _stored()
    whole = file.read_bytes()
    secret = users_secret(str(file.parent))
    assert secret
    packed = unseal(whole, secret)
    assert packed
    damaged = (
        whole[:-1],
        b"\xc1" + whole[1:],
        seal(packed, b"of somebody else"),
        seal(b"\xc1", secret),
        seal(msgspec.msgpack.encode([b"another key"]), secret),
    )
    for damage in damaged:
        file.write_bytes(damage)
        report, made = _audit(_config(shell))
        assert made
        assert report.findings == first.findings


def test_what_chance_decided_is_not_kept(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that took too long may be read the next time."""
    shell.write(FILES)
    _age(shell)
    monkeypatch.setattr("wsaudit.reading.SECONDS", 0.000_001)
    _audit(_config(shell))
    monkeypatch.undo()

    assert _audit(_config(shell))[1]


def test_without_a_cache_nothing_is_kept(shell: Shell) -> None:
    """Every run is the first."""
    shell.write(FILES)
    config = replace(_config(shell), cache=False)
    _audit(config)

    assert _audit(config)[1]
