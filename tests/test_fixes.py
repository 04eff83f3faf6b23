"""Fixes: each does what its example says, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import Shell
from wsaudit.examples import Example, read_example, split_sections
from wsaudit.fixes import fixers
from wsaudit.pages import load_pages, split_front_matter

EXAMPLES = Path(__file__).parent / "fixes"
AFTER = "after/"
OPTIONS = ("--no-cache", "--exit-zero", "--strict")


@dataclass(frozen=True, slots=True)
class Trial:
    """An example: files as they are, and below ``after/`` as they are to be."""

    code: str
    stem: str
    example: Example

    def __str__(self) -> str:
        """A test id."""
        return f"{self.code}-{self.stem}:{self.example.line}"

    @property
    def before(self) -> dict[str, str]:
        """The files as they are."""
        files = self.example.files
        return {name: files[name] for name in files if not name.startswith(AFTER)}

    @property
    def after(self) -> dict[str, str]:
        """The files as they are to be."""
        files = self.example.files
        return {name: files.get(f"{AFTER}{name}", files[name]) for name in self.before}


def _trials() -> Iterator[Trial]:
    for path in sorted(EXAMPLES.glob("*/*.md")):
        keys, body, first_line = split_front_matter(path)
        for section in split_sections(body, first_line):
            example = read_example(section, keys["code"], str(path))
            yield Trial(keys["code"], path.stem, example)


def _files(shell: Shell, trial: Trial) -> dict[str, str]:
    return {name: (shell.folder / name).read_text("utf-8") for name in trial.before}


@pytest.mark.parametrize("trial", list(_trials()), ids=str)
def test_fix_is_what_its_example_says(trial: Trial, shell: Shell) -> None:
    """A safe fix is applied at once, one that is suggested when asked for."""
    kind = trial.example.heading.partition(":")[0]
    options = (*OPTIONS, "--select", f"{trial.code},WS900")
    shell.write(trial.before)

    ran = shell("check", "--fix", *options)

    assert ran.code == 0, ran.err
    if kind == "Suggested":
        assert _files(shell, trial) == trial.before
        assert "more with --unsafe-fixes" in ran.out
    if kind != "Safe":
        shell("check", "--fix", "--unsafe-fixes", *options)
    assert _files(shell, trial) == trial.after
    assert (kind == "None") == (trial.before == trial.after)
    if kind != "None":
        again = shell("check", "--fix", "--unsafe-fixes", *options)
        assert _files(shell, trial) == trial.after
        assert f" {trial.code} " not in again.out


def test_every_fixer_has_its_examples() -> None:
    """What mends a rule is shown, in a file with the name of its page."""
    pages = {page.code: f"{page.chapter}/{page.name}" for page in load_pages()}
    shown = {
        str(path.relative_to(EXAMPLES).with_suffix(""))
        for path in EXAMPLES.glob("*/*.md")
    }

    assert {pages[code] for code in fixers()} == shown


def test_every_page_says_what_its_fix_does() -> None:
    """A reader knows whether a fix is safe, and why it is not."""
    assert {
        page.code
        for page in load_pages()
        if re.search("--(unsafe-)?fix", page.what_to_do)
    } == set(fixers())
