"""The README is true where a machine can tell."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from wsaudit.answers import load_answers
from wsaudit.catalogue import load_rules
from wsaudit.cli import cli
from wsaudit.comments import WORDS
from wsaudit.config import Config, load_config
from wsaudit.engine import audit
from wsaudit.report.items import load_items
from wsaudit.report.text import render

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CODES = [rule.page.code for rule in load_rules()]


def test_every_command_is_in_the_table() -> None:
    """A command that nobody can read about does not exist."""
    listed = re.findall(r"^\| `wsaudit (\w+)", README, re.MULTILINE)

    assert sorted(listed) == sorted(cli.commands)


def test_every_option_that_is_named_exists() -> None:
    """What the README shows can be typed."""
    options = {
        name
        for command in cli.commands.values()
        for parameter in command.params
        for name in parameter.opts
    }
    named = re.findall(r"wsaudit [^`\n]*", README)
    used = {option for line in named for option in re.findall(r"--[a-z-]+", line)}

    assert used
    assert used <= options


def test_answers_example_is_accepted(tmp_path: Path) -> None:
    """It answers something that the checklist asks."""
    block = re.search(r"## The checklist.*?```toml\n(.*?)```", README, re.DOTALL)
    assert block
    file = tmp_path / "wsaudit-answers.toml"
    file.write_text(block[1], encoding="utf-8")
    asked = {check.id for item in load_items() for check in item.checks}

    assert {one.item for one in load_answers(str(file))} <= asked


def test_configuration_example_is_accepted(tmp_path: Path) -> None:
    """The TOML block is a configuration, every key of it."""
    block = re.search(r"## Configuration.*?```toml\n(.*?)```", README, re.DOTALL)
    assert block
    file = tmp_path / "pyproject.toml"
    file.write_text(block[1], encoding="utf-8")
    config = load_config(str(tmp_path), file=str(file))

    assert config.ignore == ("WS153",)
    assert dict(config.per_path_ignores) == {"backend/admin/**": ("WS160",)}


@pytest.mark.parametrize("word", WORDS)
def test_every_comment_is_explained(word: str) -> None:
    """Whoever may write a comment to wsaudit can read here what it means."""
    assert re.search(rf"(wsaudit: |`){word}\b", README)


def test_output_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of the excerpt is what the audit of the fixture prints."""
    block = re.search(r"```text\n(.*?)\n```", README, re.DOTALL)
    assert block
    fixture = ROOT / "fixtures" / "pipeline-fragile"
    paths = (str(fixture / "backend"), str(fixture / "frontend"))
    monkeypatch.chdir(fixture)
    out = io.StringIO()
    report = audit(Config(str(fixture), paths=paths, jobs=1, cache=False))
    render(report, out, terminal=True, color=False, width=100, built=CODES)
    printed = out.getvalue()

    parts = block[1].split("\n…\n")
    assert len(parts) >= 4
    assert [part for part in parts if part not in printed] == []
