"""`wsaudit init`: a configuration, a hook and a workflow, none of them twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.commands import Shell

GIT = shutil.which("git")
WORKFLOW = ".github/workflows/wsaudit.yml"
HOOKS = ".pre-commit-config.yaml"


def test_everything_is_written_once(shell: Shell) -> None:
    """All is shown as a difference; a second run finds all there."""
    ran = shell("init")
    texts = _texts(shell.folder)
    again = shell("init")

    assert ran.code == 0
    assert sorted(texts) == [WORKFLOW, HOOKS, "wsaudit.toml"]
    assert ran.out.count("new file mode") == 3
    assert again.out == ""
    assert "everything is there already" in again.err
    assert _texts(shell.folder) == texts
    assert tomllib.loads(texts["wsaudit.toml"]) == {"fail-on": "P1"}
    assert shell("check").code == 3


@pytest.mark.parametrize("option", ["--dry-run", "--diff"])
def test_difference_alone_writes_nothing(option: str, shell: Shell) -> None:
    """It is what `git apply` takes, and comes to what `init` writes."""
    shell.write({"pyproject.toml": "[project]\r\nname = 'chat'\r\n"})
    shown = shell("init", option)

    assert _texts(shell.folder) == {"pyproject.toml": "[project]\r\nname = 'chat'\r\n"}
    shell("init")
    written = _texts(shell.folder)
    assert written["pyproject.toml"] == (
        "[project]\r\nname = 'chat'\r\n\r\n[tool.wsaudit]\r\n"
        '# `wsaudit schema` tells what may stand here.\r\nfail-on = "P1"\r\n'
    )
    if GIT:
        for name in written:
            (shell.folder / name).unlink()
        shell.write({"pyproject.toml": "[project]\r\nname = 'chat'\r\n"})
        subprocess.run(
            [GIT, "apply", "-"], cwd=shell.folder, input=shown.out.encode(), check=True
        )
        assert _texts(shell.folder) == written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "repos:\n- repo: local\n  hooks: []\n",
            "repos:\n- repo: local\n  hooks: []\n- repo: NEW",
        ),
        (
            "repos:  # all\n  - repo: local\n    hooks: []\n\nfail_fast: true\n",
            "repos:  # all\n  - repo: local\n    hooks: []\n  - repo: NEW\n\n"
            "fail_fast: true\n",
        ),
    ],
)
def test_hook_joins_the_others(before: str, after: str, shell: Shell) -> None:
    """It is put behind the last one, as deep as that stands."""
    shell.write({HOOKS: before})
    shell("init")

    text = _texts(shell.folder)[HOOKS]
    start, _, rest = after.partition("NEW")
    assert text.startswith(f"{start}https://github.com/wsaudit/wsaudit\n")
    assert text.endswith(f"id: wsaudit\n{rest.removeprefix(chr(10))}")


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({HOOKS: "repos: []\n"}, "is left as it is: add the hook"),
        ({HOOKS: "# wsaudit\nrepos:\n"}, "has a hook of wsaudit already"),
        ({".github/workflows/ci.yml": "run: wsaudit check\n"}, "runs wsaudit already"),
        ({".gitlab-ci.yml": "stages: []\n"}, "`.gitlab-ci.yml` is left as it is"),
        ({"wsaudit.toml": ""}, "`wsaudit.toml` configures wsaudit already"),
    ],
)
def test_what_is_there_is_left_alone(
    files: dict[str, str], note: str, shell: Shell
) -> None:
    """It is said what was not done."""
    shell.write(files)
    ran = shell("init")

    assert note in ran.err
    assert files.items() <= _texts(shell.folder).items()


def test_links_and_devices_are_refused(shell: Shell, tmp_path: Path) -> None:
    """Nothing is written through a link that leads elsewhere."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "pyproject.toml").write_text("[project]\n", "utf-8")
    os.symlink(outside / "pyproject.toml", shell.folder / "pyproject.toml")

    ran = shell("init")

    assert ran.code == 2
    assert "cannot write `pyproject.toml`" in ran.err
    assert (outside / "pyproject.toml").read_text("utf-8") == "[project]\n"
    (shell.folder / "pyproject.toml").unlink()
    os.mkfifo(shell.folder / HOOKS)
    assert "cannot read `.pre-commit-config.yaml`" in shell("init").err
    assert shell("init", "nowhere").code == 2


def _texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
