"""The same bytes come out whatever the seed of hashes, the workers and the order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.nouns import families

FIXTURES = Path(__file__).parent.parent / "fixtures"
PROJECTS = ("fastapi-chat", "react-classes", "pipeline-fragile")


def _said(seed: int, *arguments: str) -> str:
    """What a command prints with one seed of hashes."""
    ran = subprocess.run(
        [sys.executable, "-m", "wsaudit", *arguments],
        cwd=FIXTURES,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    return ran.stdout


def test_seeds_workers_and_order_of_paths_change_nothing() -> None:
    """Five seeds, one worker or two, and either order of folders give one report."""
    options = ("--strict", "--isolated", "--no-cache", "--format", "json")
    reports = {
        _said(
            seed,
            "check",
            *options,
            "-j",
            str(1 + seed % 2),
            *PROJECTS[:: 1 - seed % 2 * 2],
        )
        for seed in range(1, 6)
    }

    assert len(reports) == 1


def test_facts_come_in_order_of_places() -> None:
    """What is printed of a file's nouns depends on no seed."""
    path = "fastapi-chat/fragile/rooms.py"

    assert len({_said(seed, "facts", path) for seed in (1, 2)}) == 1


@pytest.mark.parametrize("project", PROJECTS)
def test_order_of_recognisers_changes_nothing(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks first decides nothing: answers do not depend on the asker."""
    config = Config(str(FIXTURES), paths=(str(FIXTURES / project),), cache=False)
    before = audit(config).outcomes
    known = dict(reversed(families().items()))
    monkeypatch.setattr("wsaudit.nouns", lambda: known)

    assert audit(config).outcomes == before
