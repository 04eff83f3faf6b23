"""The GitHub action and the GitLab job: their steps are run as a runner runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import MISSPELT, SERVER

yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
JOB: dict[str, Any] = yaml.safe_load((ROOT / "gitlab-ci.yml").read_text("utf-8"))


def _step(name: str) -> dict[str, Any]:
    [found] = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
    assert isinstance(found, dict)
    return found


def _run(
    script: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub's runner does: ``bash -e -o pipefail``."""
    tools = folder.parent / "bin"
    tools.mkdir(exist_ok=True)
    ours = tools / "wsaudit"
    ours.write_text(f'#!/bin/sh\nexec {sys.executable} -m wsaudit "$@"\n', "utf-8")
    ours.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],  # noqa: S607
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _audit(folder: Path, **given: str) -> tuple[dict[str, str], str]:
    """What the step *Audit* leaves for the others, and its log."""
    environment = {
        "PATHS": "", "ARGS": "", "FAIL_ON": "P1", "CATEGORY": "",
        "SARIF": str(folder / "w.sarif"), "COMMENT": str(folder / "w.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    } | given  # fmt: skip
    ran = _run(_step("Audit")["run"], folder, **environment)
    assert ran.returncode == 0, ran.stderr
    lines = (folder / "output").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines), ran.stdout


def test_action_audits_and_leaves_a_summary(tmp_path: Path) -> None:
    """Annotations in the log, SARIF for the upload, the code for the last step."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "server.py").write_text(SERVER, encoding="utf-8")
    (project / "a b.ts").write_text(MISSPELT, encoding="utf-8")
    outputs, log = _audit(project, FAIL_ON="P2")

    assert outputs["code"] == "1"
    assert "::notice file=a b.ts,line=1" in log
    assert json.loads(Path(outputs["sarif"]).read_text("utf-8"))["version"] == "2.1.0"
    assert "### wsaudit:" in (project / "summary").read_text("utf-8")


def test_arguments_of_the_action_are_no_script(tmp_path: Path) -> None:
    """Whoever chooses a branch or a path must not run anything."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.ts").write_text(MISSPELT, encoding="utf-8")
    outputs, _ = _audit(project, PATHS="$(touch,ran) `touch,ran` ;touch,ran")

    assert outputs["code"] == "2"
    assert not (project / "ran").exists()
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "uses" in step or step["shell"] == "bash"


@pytest.mark.parametrize("code", ["0", "1", "2", "3"])
def test_last_step_of_the_action_decides(tmp_path: Path, code: str) -> None:
    """After the upload, whatever it was."""
    project = tmp_path / "project"
    project.mkdir()

    assert str(_run(_step("Decide")["run"], project, CODE=code).returncode) == code


def test_job_of_gitlab_writes_its_reports(tmp_path: Path) -> None:
    """What its artifacts name is there also when the job fails."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.ts").write_text(MISSPELT, encoding="utf-8")
    install, audit = JOB["wsaudit"]["script"]
    ran = _run(audit, project, WSAUDIT_ARGS="--fail-on P2")
    reports = JOB["wsaudit"]["artifacts"]["reports"]

    assert "pip install" in install
    assert ran.returncode == 1
    assert json.loads((project / reports["codequality"]).read_text("utf-8"))
    assert (project / reports["junit"]).is_file()


def test_options_in_the_templates_exist() -> None:
    """What they pass is what the command takes."""
    from wsaudit.cli import cli

    known = {name for option in cli.commands["check"].params for name in option.opts}
    text = _step("Audit")["run"] + JOB["wsaudit"]["script"][1]

    assert set(re.findall(r"--[a-z-]+(?= |$)", text)) <= known
