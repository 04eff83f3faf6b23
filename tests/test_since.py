"""Only what is new since a branch began: both trees are audited whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.commands import Shell
from wsaudit.config import ConfigError
from wsaudit.since import _named_by_ci

APP = """\
import time
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws/room")
async def room(websocket: WebSocket) -> None:
    await websocket.accept()
    time.sleep(1)
"""
SINCE = ("check", "--select", "WS254", "--new-since")


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
    )


def _repository(shell: Shell, **files: str) -> None:
    """A repository with a commit on `main`, and the branch `work` checked out."""
    shell.write(
        {"web/app.py": APP, "web/helper.py": "def wait():\n    pass\n", **files}
    )
    _git(shell.folder, "init", "-q", "-b", "main")
    _git(shell.folder, "add", "-A")
    _git(shell.folder, "commit", "-qm", "first")
    _git(shell.folder, "checkout", "-qb", "work")


def test_what_was_there_before_is_not_told(shell: Shell) -> None:
    """Neither where it stood nor in another file; an added one is."""
    _repository(shell)
    assert shell(*SINCE, "main").code == 0

    _git(shell.folder, "mv", "web/app.py", "web/server.py")
    assert shell(*SINCE, "main").code == 0

    shell.write({"web/server.py": APP + "    time.sleep(1)\n"})
    ran = shell(*SINCE, "main")
    assert ran.code == 1
    assert ran.out.count("WS254") == 1


def test_change_in_another_file_is_seen(shell: Shell) -> None:
    """The finding is in a line that nobody touched."""
    calling = APP.replace("time.sleep(1)", "wait()") + "    wait()\n"
    _repository(shell)
    shell.write(
        {"web/app.py": calling.replace("import time", "from helper import wait")}
    )
    _git(shell.folder, "commit", "-qam", "call")
    _git(shell.folder, "checkout", "-qB", "more")
    shell.write({"web/helper.py": "import time\ndef wait():\n    time.sleep(1)\n"})

    assert "WS254" in shell(*SINCE, "work").out


def test_branch_that_went_on_does_not_count(shell: Shell) -> None:
    """What the other branch mended since is not new here."""
    _repository(shell)
    _git(shell.folder, "checkout", "-q", "main")
    shell.write({"web/app.py": APP.replace("    time.sleep(1)\n", "")})
    _git(shell.folder, "commit", "-qam", "mend")
    _git(shell.folder, "checkout", "-q", "work")

    assert shell(*SINCE, "main").code == 0


def test_files_of_the_user_are_left_alone(shell: Shell) -> None:
    """The index, the files, and a hook that is not run."""
    _repository(shell)
    hook = shell.folder / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch ran\n", encoding="utf-8")
    hook.chmod(0o755)
    shell.write({"web/app.py": "changed = True\n", "note.txt": "mine"})
    before = _names(shell.folder)
    shell(*SINCE, "main")

    assert (shell.folder / "web" / "app.py").read_text("utf-8") == "changed = True\n"
    assert _names(shell.folder) == before


def _names(folder: Path) -> list[str]:
    """What lies in a folder, but for what measures the tests."""
    return sorted(path.name for path in folder.iterdir() if "coverage" not in path.name)


def test_what_git_does_not_know_is_one_sentence(shell: Shell) -> None:
    """With the command that mends it."""
    _repository(shell)
    unknown = shell(*SINCE, "origin/next")
    assert unknown.code == 2
    assert unknown.err == (
        "wsaudit: git knows no commit `origin/next` here; "
        "`git fetch origin next:refs/remotes/origin/next` brings it\n"
    )

    _git(shell.folder, "checkout", "-q", "--orphan", "alone")
    _git(shell.folder, "commit", "-qam", "alone")
    assert "they share no history" in shell(*SINCE, "main").err
    assert shell(*SINCE, "--output=x").code == 2


def test_shallow_clone_is_told_apart(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history is elsewhere."""
    _repository(shell)
    shell.write({"web/app.py": APP + "\n"})
    _git(shell.folder, "commit", "-qam", "second")
    clone = shell.folder.parent / f"{shell.folder.name}-clone"
    origin = f"file://{shell.folder}"
    _git(shell.folder, "clone", "-q", "--depth=1", "-b", "work", origin, str(clone))
    _git(clone, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    monkeypatch.chdir(clone)
    ran = shell(*SINCE, "origin/main")

    assert ran.code == 2
    assert "`git fetch --unshallow` brings the history" in ran.err


def test_outside_of_git_is_an_error(shell: Shell) -> None:
    """There is nothing to compare with."""
    shell.write({"app.py": APP})

    assert shell(*SINCE, "main").err == (
        "wsaudit: `--new-since` needs a git repository around the project\n"
    )


def test_base_of_a_pull_request_comes_from_ci() -> None:
    """GitHub names a branch, GitLab a commit."""
    assert _named_by_ci({"GITHUB_BASE_REF": "main"}) == "origin/main"
    assert _named_by_ci({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}) == "abc"
    with pytest.raises(ConfigError, match="name a branch or commit"):
        _named_by_ci({})


def test_submodules_and_links_are_left_out(shell: Shell) -> None:
    """A link in the old tree leads nowhere, a submodule is another project."""
    shell.write({"web/real.py": APP})
    (shell.folder / "web" / "link.py").symlink_to("/etc/passwd")
    _repository(shell)

    assert shell(*SINCE, "main").code == 0
