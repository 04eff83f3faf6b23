"""Input that no program expects: each has a clear answer, an exit code and no crash."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.commands import MISSPELT, SERVER, Shell
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.screen import SIZE_LIMIT

CLIENT = 'export const ws = new WebSocket("wss://example.org/ws");\n'
NOBODY = 65534


def checked(shell: Shell, *options: str) -> dict[str, Any]:
    """The JSON report of an audit that was not prevented."""
    ran = shell("check", "--format", "json", "--no-cache", *options)
    assert ran.err == ""
    assert ran.code in (0, 1, 2)
    data: dict[str, Any] = json.loads(ran.out)
    assert data["faults"] == []
    return data


def skips(data: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """What was skipped: path, reason, and whether the rest was read."""
    return [(one["path"], one["reason"], one["partial"]) for one in data["skipped"]]


# -- paths ---------------------------------------------------------------------------


def test_path_that_does_not_exist(shell: Shell) -> None:
    """One line says which."""
    ran = shell("check", "no where")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "wsaudit: `no where` does not exist\n"


def test_no_file_matches(shell: Shell) -> None:
    """A folder of other things is nothing to check."""
    shell.write({"a.rs": "fn main() {}", "b.txt": "websocket"})

    assert shell("check").code == 3


def test_named_file_is_no_code(shell: Shell) -> None:
    """A file of another language is skipped in words."""
    shell.write({"b.txt": "websocket"})
    ran = shell("check", "-v", "b.txt")

    assert ran.code == 3
    assert "b.txt: skipped: not code" in ran.out


def test_broken_link(shell: Shell) -> None:
    """A link to nothing is skipped, not followed."""
    shell.write({"server.py": SERVER})
    (shell.folder / "gone.py").symlink_to("nowhere.py")

    assert skips(checked(shell)) == [("gone.py", "link", False)]


def test_broken_link_that_is_named(shell: Shell) -> None:
    """The path exists, what it leads to does not."""
    (shell.folder / "gone.py").symlink_to("nowhere.py")
    ran = shell("check", "-v", "gone.py")

    assert ran.code == 2
    assert "gone.py: skipped: unreadable (No such file or directory)" in ran.out


def test_folder_loop(shell: Shell) -> None:
    """A link to a folder above it ends the walk there."""
    shell.write({"a/server.py": SERVER})
    (shell.folder / "a" / "again").symlink_to("..", target_is_directory=True)
    (shell.folder / "b").symlink_to("b", target_is_directory=True)
    data = checked(shell)

    assert data["summary"]["files_seen"] == 1
    assert ("a/again", "link", False) in skips(data)


@pytest.mark.parametrize("named", [(), ("pipe.py",)])
def test_pipe_and_socket_are_not_opened(shell: Shell, named: tuple[str, ...]) -> None:
    """Reading a pipe would wait for ever."""
    os.mkfifo(shell.folder / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("plug.ts")
        ran = shell("check", "-v", *named)

    assert ran.code == 3
    assert "pipe.py: skipped: not a file (a pipe, socket or device)" in ran.out
    assert ("plug.ts: skipped: not a file" in ran.out) == (not named)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Nobody's rights, where the tests run with root's."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_unreadable_file_and_folder(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may not be read is skipped and said; with nothing else, it is an error."""
    shell.write({"warm.py": SERVER})
    shell("check")  # loads all modules while that is allowed
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        top.chmod(0o755)
        (top / "locked").mkdir()
        (top / "locked").chmod(0)
        (top / "secret.py").write_text(SERVER, encoding="utf-8")
        (top / "secret.py").chmod(0)
        for name in (".gitignore", "proxy.conf"):
            (top / name).touch()
            (top / name).chmod(0)
        (top / ".git").mkdir()
        monkeypatch.chdir(top)
        with without_privileges():
            alone = shell("check", "--no-cache", "-v")
        (top / "open.ts").write_text(CLIENT, encoding="utf-8")
        with without_privileges():
            beside = shell("check", "--no-cache", "--exit-zero")

    assert alone.code == 2
    assert "locked: skipped: unreadable (Permission denied)" in alone.out
    assert "secret.py: skipped: unreadable (Permission denied)" in alone.out
    assert beside.code == 0
    assert "2 files skipped (2 unreadable)" in beside.out


@pytest.mark.parametrize(
    "name",
    [
        "a b.ts",
        "pages/[id]/[...slug].ts",
        'it\'s "quoted".ts',
        "café/日本.ts",
        "😀.ts",
        "[red]bold[/red].ts",
        "a\x1b]0;owned\x07.ts",
        "a\n::error::b.ts",
        "a\rb.ts",
        "a\tb.ts",
        "back\\slash.ts",
        "-rf.ts",
        "%0A.ts",
        "#.ts",
        "a:b.ts",
    ],
)
def test_file_name_of_any_kind(shell: Shell, name: str) -> None:
    """Such a file is read like any other, and its name harms no one."""
    shell.write({name: MISSPELT})
    text = shell("check", "--select", "WS902")
    github = shell("check", "--select", "WS902", "--format", "github")
    (run,) = json.loads(shell("check", "--format", "sarif").out)["runs"]
    (found,) = checked(shell, "--select", "WS902")["findings"]

    assert found["line"] == 1
    assert text.out.count("P2 WS902") == 1
    assert text.out.count("\n") == 3
    assert not set(text.out) & set("\x1b\x07\r\t")
    assert sum(line.startswith("::") for line in github.out.splitlines()) == 1
    assert len(run["results"]) == 1


def test_file_name_that_is_no_unicode(shell: Shell) -> None:
    """A name of bytes is shown by its bytes, and the file is read."""
    os.mkdir(b"caf\xe9")
    with open(b"caf\xe9/a.ts", "w", encoding="utf-8") as file:
        file.write(MISSPELT)
    with open(b"caf\xe9/b.py", "w", encoding="utf-8") as file:
        file.write(SERVER)
    data = checked(shell, "--select", "WS902")

    assert [found["path"] for found in data["findings"]] == ["caf\\xe9/a.ts"]
    assert data["summary"]["files_read"] == 2
    assert shell("check", "--select", "WS902").code == 0  # and with a cache


# -- bytes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        MISSPELT.encode("utf-8-sig"),
        MISSPELT.encode("utf-16"),
        b"\xfe\xff" + MISSPELT.encode("utf-16-be"),
        MISSPELT.encode("utf-32"),
        MISSPELT.replace("\n", "\r\n").encode(),
        MISSPELT.replace("\n", "\r").encode(),
        MISSPELT.encode() + b"\n\x0c\n",
    ],
    ids=["bom", "utf-16", "utf-16-be", "utf-32", "crlf", "cr", "form feed"],
)
def test_text_in_any_encoding(shell: Shell, content: bytes) -> None:
    """What declares its encoding is read in it; places count from the first letter."""
    shell.write({"a.ts": content})
    data = checked(shell, "--select", "WS902")
    (found,) = data["findings"]

    assert (found["line"], found["column"]) == (1, 1)
    assert (found["end_line"], found["end_column"]) == (1, 32)
    assert data["skipped"] == []


def test_latin_1_is_read_and_said(shell: Shell) -> None:
    """Bytes that are no UTF-8 are read as Latin-1, with a note."""
    text = "// wsaudit: publik caf\xe9\nconst x = 1;\n"
    shell.write({"a.ts": text.encode("latin-1")})
    data = checked(shell, "--select", "WS902")

    assert len(data["findings"]) == 1
    assert skips(data) == [("a.ts", "encoding", True)]


def test_declared_encoding_of_python(shell: Shell) -> None:
    """A cookie in the first lines counts."""
    text = f"# -*- coding: latin-1 -*-\n# caf\xe9\n{SERVER}"
    shell.write({"a.py": text.encode("latin-1")})
    data = checked(shell)

    assert data["summary"]["files_read"] == 1
    assert data["skipped"] == []


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF WebSocket\x00\x01\x02",
        b"const ws = new WebSocket(u);\x00",
        "\ufeffnew WebSocket(u);".encode("utf-16-le") + b"\x00",
    ],
    ids=["binary", "nul", "broken utf-16"],
)
def test_bytes_that_are_no_text(shell: Shell, content: bytes) -> None:
    """NUL bytes and broken encodings are binary: skipped, and alone an error."""
    shell.write({"a.ts": content})
    data = checked(shell)

    assert skips(data) == [("a.ts", "binary", False)]
    assert shell("check").code == 2


# -- sizes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.py", "import websockets; x = " + "[" * 3000 + "]" * 3000, "too deep"),
        ("a.py", "import websockets; x = " + "(" * 3000, "too deep"),
        ("a.py", "import websockets; x = " + "f(" * 3000 + ")" * 3000, "too deep"),
        ("a.ts", "x = new WebSocket(" + "[" * 3000 + "]" * 3000 + ")", "too deep"),
        ("a.py", "import websockets; x = " + " + ".join(["a"] * 10_000), "too deep"),
        ("a.py", "import websockets; x = " + " or ".join(["a"] * 10_000), "too deep"),
        ("a.py", "import websockets; x = a" + ".b()" * 10_000, "too deep"),
        ("a.py", "import websockets; x = " + "not " * 10_000 + "a", "too deep"),
        ("a.py", "import websockets; x = " + "lambda: " * 10_000 + "a", "too deep"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_nesting_beyond_what_a_parser_survives(
    shell: Shell, name: str, content: str, reason: str
) -> None:
    """Such a file is named and skipped at once; the others are audited."""
    shell.write({name: content + "\n", "other.ts": MISSPELT})
    started = time.monotonic()
    data = checked(shell, "--select", "WS902", name, "other.ts")

    assert time.monotonic() - started < 20
    assert skips(data) == [(name, reason, False)]
    assert len(data["findings"]) == 1


@pytest.mark.parametrize("operator", [" + ", " || ", ", ", ".f().", " ? 1 : "])
def test_long_chain_in_typescript(shell: Shell, operator: str) -> None:
    """Ten thousand operators are read or skipped, never fatal."""
    chain = operator.join(["a"] * 10_000)
    shell.write({"a.ts": f"{CLIENT}x = {chain};\n", "other.ts": MISSPELT})
    data = checked(shell, "--select", "WS902", "a.ts", "other.ts")

    assert len(data["findings"]) == 1
    assert {path for path, _, _ in skips(data)} <= {"a.ts"}


@pytest.mark.parametrize("name", ["a.py", "a.ts"])
def test_ten_megabytes_on_one_line(shell: Shell, name: str) -> None:
    """It is not read, whoever names it."""
    shell.write({name: "websocket = '" + "x" * 10_000_000 + "'\n"})
    data = checked(shell, name)

    assert skips(data) == [(name, "too large", False)]
    assert len((shell.folder / name).read_bytes()) > SIZE_LIMIT
    assert shell("check", name).code == 2


def test_minified_file_is_left_out_unless_named(shell: Shell) -> None:
    """Nobody wrote it; who names it wants it read."""
    text = MISSPELT + "var a=new WebSocket(u);" * 1000
    shell.write({"bundle.js": text, "other.ts": "export {};\n"})

    assert skips(checked(shell)) == [("bundle.js", "minified", False)]
    assert len(checked(shell, "--select", "WS902", "bundle.js")["findings"]) == 1


# -- syntax --------------------------------------------------------------------------

# Rules that report something as missing from a whole connection.
ABSENCES = ("WS107", "WS120", "WS140", "WS146", "WS160", "WS250", "WS300")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", SERVER + "\n\ndef broken(:\n    pass\n"),
        ("a.ts", CLIENT + "function broken( {\n  return 1;\n}\n"),
    ],
)
def test_syntax_error_costs_the_verdicts_of_its_file(
    shell: Shell, name: str, content: str
) -> None:
    """The line is named, the rest is read, and nothing is called absent."""
    shell.write({name: content})
    data = checked(shell)
    text = shell("check", "-v")

    assert skips(data) == [(name, "syntax error", True)]
    assert f"{name}:{data['skipped'][0]['line']}: read in part: syntax error" in (
        text.out
    )
    assert data["summary"]["files_partly_read"] == 1
    assert [one for one in data["findings"] if one["code"] in ABSENCES] == []
    assert shell("check", "--strict").code == 2
    assert shell("facts", name).out.endswith("it proves nothing absent\n")


# -- what the user says ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.wsaudit\n", "not TOML: "),
        ("[tool.wsaudit]\nselct = ['ALL']\n", "did you mean `select`?"),
        ("[tool.wsaudit]\nselect = ['WS999']\n", "unknown rule `WS999`"),
        ("[tool.wsaudit]\npaths = ['../..']\n", "leaves the project"),
        ("[tool.wsaudit]\nstrict = 'yes'\n", "`strict` must be true or false"),
    ],
)
def test_wrong_configuration(shell: Shell, text: str, message: str) -> None:
    """The file, the line and the nearest word; nothing is audited."""
    shell.write({"pyproject.toml": text, "a.ts": MISSPELT})
    ran = shell("check")

    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("comment", "code", "message"),
    [
        ("ignore x", "WS902", "`ignore` names no rule: write `ignore[WS150] reason`"),
        ("ignore[] x", "WS902", "`ignore` names no rule"),
        ("ignore[WS909] x", "WS902", "`WS909` is no rule's code; did you mean `WS90"),
        ("ignore[ws900] x", "WS902", "`ws900` is no rule's code"),
        ("ignore[WS900]", "WS901", "`ignore` gives no reason"),
        ("ignore-file[WS901]", "WS901", "`ignore-file` gives no reason"),
        ("ignore[WS901] x", "WS900", "`WS901` has nothing to silence here"),
    ],
)
@pytest.mark.parametrize("name", ["a.ts", "a.py"])
def test_ignore_that_does_not_do_what_it_says(
    shell: Shell, name: str, comment: str, code: str, message: str
) -> None:
    """Without code, without reason, for no rule, for nothing: each is a finding."""
    mark = "//" if name == "a.ts" else "#"
    shell.write({name: f"{mark} wsaudit: {comment}\nx = 1\n"})
    found = checked(shell, "--select", code)["findings"]
    silenced = code == "WS901" and "ignore-file" in comment

    assert [one["code"] for one in found] == [] if silenced else [code]
    assert silenced or message in found[0]["message"]


# -- the end -------------------------------------------------------------------------


@pytest.fixture
def _heeded() -> Iterator[None]:
    """Ctrl-C reaches what is started here, also where a shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeded")
def test_interrupt_ends_cleanly(tmp_path: Path) -> None:
    """Ctrl-C is one line, no traceback, and leaves nothing half-written."""
    slow = f"{SERVER}\nx = " + "f(" * 140 + ")" * 140 + "\n"
    for number in range(60):
        text = slow + f"y = {number}\n"
        (tmp_path / f"m{number}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "wsaudit", "check", "--output", "json=o.json"]
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    ) as running:
        os.close(theirs)
        shown = os.read(ours, 1000)
        os.killpg(running.pid, signal.SIGINT)
        with suppress(OSError):  # the terminal's way to say that all is read
            while part := os.read(ours, 1000):
                shown += part
        out, _ = running.communicate(timeout=30)
    os.close(ours)
    plain = re.sub(r"\x1b\[2K|[\r\n]", "\n", shown.decode())
    lines = [line for line in plain.splitlines() if line]

    assert running.returncode == 130
    assert out == b""
    assert lines[0] == "looking for files"
    assert lines[-1] == "wsaudit: interrupted"
    assert all(line.startswith("reading ") for line in lines[1:-1])
    assert not (tmp_path / "o.json").exists()


def test_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """``wsaudit check | head`` ends quietly."""
    for number in range(300):
        (tmp_path / f"m{number}.ts").write_text(MISSPELT, encoding="utf-8")
    command = [sys.executable, "-m", "wsaudit", "check", "--format", "json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline() == b"{\n"
        running.stdout.close()
        assert running.stderr.read() == b""

    assert running.returncode == 0


@pytest.mark.parametrize("gone", ["server.py", "waits.py"])
def test_file_that_disappears_during_the_run(shell: Shell, gone: str) -> None:
    """It is named as one that was not read, and costs nothing else."""
    shell.write(
        {
            "server.py": "from waits import wait\n" + SERVER,
            "waits.py": "import time\n\n\ndef wait():\n    time.sleep(5)\n",
            "a.ts": MISSPELT,
        }
    )

    def remove(said: str) -> None:
        if said.startswith("following"):
            (shell.folder / gone).unlink(missing_ok=True)

    paths = (str(shell.folder),)
    config = Config(str(shell.folder), paths=paths, jobs=1, cache=False)
    report = audit(config, progress=remove)

    assert report.faults == ()
    assert "WS902" in {one.code for one in report.findings}
    assert gone not in {one.at.path for one in report.findings}
    assert [(s.path, s.reason) for s in report.skipped] == [(gone, "unreadable")]
