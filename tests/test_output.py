"""Where output goes: streams of any encoding, whole files, a line of progress."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import MISSPELT, Shell, spawn
from tests.report.sample import both_ends
from wsaudit.output import Output, Progress, complain, emit
from wsaudit.writing import write_file


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
    """Messages of one phase that follow at once are passed over; a new one is not."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress() as progress:
        progress("reading 1 of 2")
        progress("reading 2 of 2")
        progress("judging")
    shown = sys.stderr

    assert isinstance(shown, Terminal)
    assert "2 of 2" not in shown.getvalue()
    assert "judging" in shown.getvalue()


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


# -- files ---------------------------------------------------------------------------


def test_file_keeps_its_mode_and_is_replaced_whole(tmp_path: Path) -> None:
    """A new one is made as the umask says."""
    old, new = tmp_path / "old.json", tmp_path / "deep" / "new.json"
    old.write_text("old", encoding="utf-8")
    old.chmod(0o640)
    before = old.stat().st_ino
    write_file(str(old), "text")
    write_file(str(new), "text")

    assert (old.read_text("utf-8"), new.read_text("utf-8")) == ("text", "text")
    assert old.stat().st_mode & 0o777 == 0o640
    assert old.stat().st_ino != before
    assert new.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert os.listdir(tmp_path / "deep") == ["new.json"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_link_within_the_folder_stays_a_link(tmp_path: Path) -> None:
    """What it names is written."""
    (tmp_path / "latest").symlink_to("one")
    write_file(str(tmp_path / "latest"), "text")

    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "one").read_text("utf-8") == "text"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("fifo", "is no regular file"),
        ("folder", "is no regular file"),
        ("device", "is a link that leads to another folder"),
        ("out", "is a link that leads to another folder"),
        ("parent", "a link leads out of the folder"),
    ],
)
def test_what_is_no_file_of_this_folder_is_refused(
    shell: Shell, kind: str, why: str
) -> None:
    """One sentence, exit code 2, and nothing is written anywhere."""
    elsewhere = shell.folder.parent / f"{shell.folder.name}-elsewhere"
    elsewhere.mkdir()
    name = "o"
    match kind:
        case "fifo":
            os.mkfifo("o")
        case "folder":
            os.mkdir("o")
        case "device":
            os.symlink("/dev/null", "o")
        case "out":
            os.symlink(elsewhere / "x", "o")
        case _:
            os.symlink(elsewhere, "link")
            name = "link/o"
    shell.write({"a.ts": MISSPELT})
    ran = shell("check", "--output", f"json={name}")

    assert ran.code == 2
    assert ran.err == f"wsaudit: cannot write `{name}`: {why}\n"
    assert os.listdir(elsewhere) == []


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_has_two_names(shell: Shell, name: str) -> None:
    """Both are where the report goes anyway."""
    shell.write({"a.ts": MISSPELT})
    ran = shell("check", "-q", "--output", f"json={name}")

    assert '"schema_version"' in ran.out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_is_said(tmp_path: Path) -> None:
    """It is no error of ours."""
    (tmp_path / "a.ts").write_text(MISSPELT, encoding="utf-8")
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "wsaudit", "check", "--format", "json"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ran.returncode == 2
    assert ran.stderr.decode() == (
        "wsaudit: cannot write to standard output: No space left on device\n"
    )


def test_closed_pipe_is_said(tmp_path: Path) -> None:
    """Half a report must not look like a whole one."""
    (tmp_path / "a.ts").write_text(MISSPELT, encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "wsaudit", "check", "--format", "json"],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert ran.returncode == 2
    assert ran.stderr == b"wsaudit: cannot write to standard output: Broken pipe\n"


def test_deleted_working_directory_is_said(tmp_path: Path) -> None:
    """It may go while we start."""
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from wsaudit.cli import main; "
    ran = subprocess.run(
        [sys.executable, "-c", code + "sys.exit(main(['check']))"],
        cwd=gone,
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 2
    assert ran.stderr == b"wsaudit: the working directory is not there any more\n"
