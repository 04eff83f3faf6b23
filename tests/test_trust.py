"""A repository that is set with traps: nothing of it runs, and nobody is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import SERVER, Shell

TRAP = "import pathlib; pathlib.Path({0!r}).touch()\n"
MODULES = (
    *("sitecustomize", "usercustomize", "conftest", "setup", "wsaudit", "click"),
    *("libcst", "msgspec", "tree_sitter", "app", "app.__init__"),
)
# Whatever would run something, call somebody or change the folder is written down.
WATCHED = """
import os, sys
folder, log = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)

def told(event, given):
    where = next((str(one) for one in given if isinstance(one, (str, bytes))), "")
    if event == "exec":
        where = given[0].co_filename
    if event == "open":
        writes = not isinstance(given[0], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        bad = writes and os.path.abspath(os.fsdecode(given[0])).startswith(folder)
    elif event in {"exec", "compile", "import"}:
        bad = where.startswith(folder) or folder in os.fsdecode(where)
    else:
        names = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.send",
                 "subprocess", "os.system", "os.exec", "os.posix_spawn", "os.remove",
                 "os.rename", "os.mkdir", "ctypes", "urllib", "pickle")
        bad = event.startswith(names)
        bad = bad and (not event.startswith("os.re") or where.startswith(folder))
        bad = bad and (event != "os.mkdir" or where.startswith(folder))
        bad = bad and (event != "subprocess.Popen" or given[0] != "git")
    if bad:
        os.write(log, f"{event} {given!r}\\n"[:300].encode("utf-8", "replace"))

sys.addaudithook(told)
from wsaudit.cli import main
sys.exit(main(sys.argv[3:]))
"""


def _traps(shell: Shell) -> Path:
    """A repository in which everything that anybody might run leaves a trace."""
    trace = shell.folder.parent / "trace"
    python = TRAP.format(str(trace))
    script = f"#!/bin/sh\ntouch {trace}\n"
    javascript = f"require('fs').writeFileSync({str(trace)!r}, '')\n"
    shell.write(
        {f"{name.replace('.', '/')}.py": python for name in MODULES}
        | {
            "server.py": python + SERVER,
            "eslint.config.js": javascript,
            "node_modules/typescript/index.js": javascript,
            "package.json": f'{{"scripts": {{"preinstall": "touch {trace}"}}}}',
            "pyproject.toml": "[build-system]\nrequires = ['evil']\n",
            "wsaudit.toml": 'dialects = ["own.toml"]\n',
            "own.toml": '[dialect]\nid = "own"\ntitle = "Own"\nlangs = ["python"]\n'
            'role = "vocabulary"\npackages = ["own"]\n',
            ".gitattributes": "* filter=evil diff=evil\n",
            "run.sh": script,
        }
    )
    _git(shell.folder, "init", "-q", "-b", "main")
    _git(shell.folder, "add", "-A")
    _git(shell.folder, "commit", "-qm", "first")
    run = str(shell.folder / "run.sh")
    Path(run).chmod(0o700)
    for key in (
        *("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor"),
        *("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv"),
        *("diff.external", "core.gitProxy", "gpg.program", "credential.helper"),
    ):
        _git(shell.folder, "config", key, run)
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        path = shell.folder / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o700)
    trace.unlink(missing_ok=True)
    return trace


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command = ["git", *identity, *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


COMMANDS = [
    ("check", "."),
    ("check", "--no-cache", "--output-format=agent", "."),
    ("check", "--diff", "--unsafe-fixes", "."),
    ("checklist", "."),
    ("protocol", "."),
    ("config", "--show", "server.py"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_runs_and_nobody_is_called(
    command: tuple[str, ...], shell: Shell
) -> None:
    """Neither in this process nor in those that read, whatever lies about."""
    trace = _traps(shell)
    log = shell.folder.parent / "log"
    log.touch()
    program = [sys.executable, "-P", "-c", WATCHED, str(shell.folder), str(log)]
    # What measures the tests would write into the folder, and be taken for wsaudit.
    alone = {key: os.environ[key] for key in os.environ if "COVERAGE" not in key}
    ran = subprocess.run(
        [*program, *command], capture_output=True, text=True, check=False, env=alone
    )

    assert ran.returncode in {0, 1}, ran.stderr
    assert "Traceback" not in ran.stderr
    assert not log.read_text()
    assert not trace.exists()


def test_git_runs_nothing_of_the_repository(shell: Shell) -> None:
    """Its configuration names programs for many occasions."""
    trace = _traps(shell)
    ran = shell("check", "--new-since", "main", ".")

    assert ran.code == 0, ran.err
    assert not trace.exists()


def test_what_is_not_here_is_not_fetched(shell: Shell) -> None:
    """A clone without all of its objects would ask its remote for them."""
    trace = _traps(shell)
    run = str(shell.folder / "run.sh")
    for key, value in (
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", "ssh://host.invalid/x"),
        ("protocol.ssh.allow", "always"),
        ("core.sshCommand", run),
        ("core.repositoryFormatVersion", "1"),
    ):
        _git(shell.folder, "config", key, value)
    for path in (shell.folder / ".git" / "objects").glob("??/*"):
        if path.stat().st_size > 200:
            path.chmod(0o644)
            path.unlink()
    ran = shell("check", "--new-since", "HEAD", ".")

    assert "Traceback" not in ran.err
    assert not trace.exists()
