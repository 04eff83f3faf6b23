"""Where output goes: streams of any encoding, whole files, a line of progress."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from tests.commands import MISSPELT, Shell, spawn
from tests.report.sample import both_ends
from wsaudit.output import Output, Progress, complain, emit


def test_output_encoding_need_not_be_utf_8(tmp_path: Path) -> None:
    """What the terminal cannot show is escaped; data stays UTF-8."""
    (tmp_path / "é😀.ts").write_text(MISSPELT, encoding="utf-8")
    command = ("check", "-q", "--select", "WS902", "--no-cache")
    text = spawn(tmp_path, *command, PYTHONIOENCODING="ascii")
    data = spawn(tmp_path, *command, "--format", "json", PYTHONIOENCODING="latin-1")

    assert text.out.startswith("\\xe9\\U0001f600.ts:1:1: P2 WS902")
    assert '"path": "\\u00e9\\ud83d\\ude00.ts"' in data.out


def test_file_of_an_output_that_fails_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the new content is whole the old one stays."""
    path = tmp_path / "o.json"
    path.write_text("old", encoding="utf-8")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(KeyboardInterrupt):
        emit(both_ends(), "text", (Output("json", str(path)),))

    assert path.read_text("utf-8") == "old"
    assert os.listdir(tmp_path) == ["o.json"]


def test_findings_left_out_of_sarif_are_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the log and on standard error; not when nobody asked for SARIF."""
    monkeypatch.setattr("wsaudit.report.sarif.MOST_RESULTS", 1)
    shell.write({"a.ts": MISSPELT, "b.ts": MISSPELT})
    note = "wsaudit: 1 findings are not in the SARIF: GitHub shows no more\n"

    assert shell("check", "--select", "WS902", "--format", "sarif").err == note
    assert shell("check", "--select", "WS902").err == ""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def _progress(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, **how: bool) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("wsaudit.output.BLINK", 0.0)
    with Progress(**how) as progress:
        progress("one")
        progress("two")
    return stream.getvalue()


def test_progress_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message takes the place of the last; in the end there is none."""
    shown = _progress(monkeypatch, Terminal())

    assert shown == "\r\x1b[2Kone\r\x1b[2Ktwo\r\x1b[2K"


def test_progress_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a log nor who asked for quiet wants it."""
    assert _progress(monkeypatch, io.StringIO()) == ""
    assert _progress(monkeypatch, Terminal(), quiet=True) == ""


def test_progress_does_not_flicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that follow at once are passed over."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress() as progress:
        progress("one")
        progress("two")
    shown = sys.stderr

    assert isinstance(shown, Terminal)
    assert "two" not in shown.getvalue()


def test_complaint_is_harmless_and_never_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the message quotes cannot move the cursor; no stream is no error."""
    assert complain("no `\x1b[2J`") == 2
    assert capsys.readouterr().err == "wsaudit: no `\\x1b[2J`\n"

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    assert complain("x") == 2
