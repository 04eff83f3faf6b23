"""`check --watch`: as a user runs it, in a process that Ctrl-C ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.commands import MISSPELT, Shell

ENDS = ("Checked ", "No findings", "wsaudit: ")


def _next(out: IO[str]) -> str:
    """All that is printed up to the end of a report, or an error."""
    lines = []
    while line := out.readline():
        lines.append(line)
        if line.startswith(ENDS):
            break
    return "".join(lines)


@pytest.mark.skipif(os.name == "nt", reason="needs Ctrl-C from another process")
def test_it_looks_again_when_a_file_has_changed(tmp_path: Path) -> None:
    """Also after a configuration that is wrong for a moment; without escapes."""
    (tmp_path / "a.ts").write_text("export {}\n")
    words = [sys.executable, "-m", "wsaudit", "check", "--watch", "--no-cache"]
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        first = _next(process.stdout)
        (tmp_path / "a.ts").write_text(MISSPELT)
        second = _next(process.stdout)
        (tmp_path / "wsaudit.toml").write_text("selct = []\n")
        third = _next(process.stdout)
        (tmp_path / "wsaudit.toml").write_text("\n")
        fourth = _next(process.stdout)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()

    assert first.startswith("No findings")
    assert "WS902" in second
    assert "unknown key `selct`" in third
    assert fourth == second
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert "\x1b" not in first + second


@pytest.mark.parametrize("option", ["--fix", "--diff", "--show-files"])
def test_it_only_tells(option: str, shell: Shell) -> None:
    """What changes files would be woken by itself."""
    ran = shell("check", "--watch", option)

    assert ran.code == 2
    assert "`--watch` goes with options that only tell" in ran.err
