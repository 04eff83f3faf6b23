"""What a project needs to be audited every day: a configuration, a hook, a workflow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wsaudit import __version__
from wsaudit.config import ConfigError, load_config
from wsaudit.ignored import git_top
from wsaudit.regular import read_regular
from wsaudit.writing import write_file

LIMIT = 1 << 20
HOOKS = ".pre-commit-config.yaml"
WORKFLOWS = os.path.join(".github", "workflows")
TABLE = """\
{header}
# `wsaudit schema` tells what may stand here.
fail-on = "P1"
"""
HOOK = """\
- repo: https://github.com/wsaudit/wsaudit
  rev: v{version}
  hooks:
    - id: wsaudit
"""
WORKFLOW = """\
name: wsaudit

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read
  security-events: write

jobs:
  wsaudit:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - uses: wsaudit/wsaudit@main
"""
_ITEM = re.compile(r"^([ ]*)- repo:", re.MULTILINE)
_REPOS = re.compile(r"^repos:[ \t]*(?:#.*)?$", re.MULTILINE)
_KEY = re.compile(r"^[^\s#-]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Planned:
    """A file that is to be written: what it holds, None for a new one, and then."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The files to write, and sentences on what is left as it is."""

    files: tuple[Planned, ...]
    notes: tuple[str, ...]


def plan(folder: str) -> Plan:
    """What is missing in a project's folder. Raises ConfigError."""
    if not os.path.isdir(folder):
        raise ConfigError(f"`{folder}` is no folder")
    top = git_top(folder) or folder
    steps = (*_config(folder), *_hook(top), *_workflow(top))
    return Plan(
        tuple(step for step in steps if isinstance(step, Planned)),
        tuple(step for step in steps if isinstance(step, str)),
    )


def carry_out(made: Plan) -> None:
    """Write the files of a plan. Raises ConfigError."""
    for file in made.files:
        try:
            write_file(file.path, file.after)
        except OSError as error:
            shown = os.path.relpath(file.path)
            raise ConfigError(f"cannot write `{shown}`: {error.strerror}") from None


Steps = Iterator[Planned | str]


def _config(folder: str) -> Steps:
    known = load_config(folder).file
    if known:
        yield f"`{os.path.relpath(known)}` configures wsaudit already"
        return
    project = os.path.join(folder, "pyproject.toml")
    if not os.path.lexists(project):
        text = TABLE.format(header="# The configuration of wsaudit.")
        yield Planned(os.path.join(folder, "wsaudit.toml"), None, text)
        return
    before = _read(project)
    gap = "" if not before.strip() else "\n" if before.endswith("\n") else "\n\n"
    added = gap + TABLE.format(header="[tool.wsaudit]")
    yield Planned(project, before, before + _as_in(before, added))


def _hook(top: str) -> Steps:
    path = os.path.join(top, HOOKS)
    if not os.path.lexists(path):
        yield Planned(path, None, f"repos:\n{_hook_text('  ')}")
        return
    before = _read(path)
    if "wsaudit" in before:
        yield f"`{os.path.relpath(path)}` has a hook of wsaudit already"
        return
    repos, items = _REPOS.search(before), list(_ITEM.finditer(before))
    if repos is None or not items or items[0].start() < repos.end():
        yield f"`{os.path.relpath(path)}` is left as it is: add the hook to its `repos`"
        return
    following = _KEY.search(before, items[-1].start())
    end = following.start() if following else len(before)
    kept = before[:end].rstrip()
    rest = before[len(kept) : end] if following else ""
    added = f"\n{_hook_text(items[0][1])}".rstrip("\n") + (rest or "\n")
    yield Planned(path, before, kept + _as_in(before, added) + before[end:])


def _hook_text(indent: str) -> str:
    lines = HOOK.format(version=__version__).splitlines()
    return "".join(f"{indent}{line}\n" for line in lines)


def _workflow(top: str) -> Steps:
    if os.path.lexists(os.path.join(top, ".gitlab-ci.yml")):
        yield "`.gitlab-ci.yml` is left as it is: the README has what it may include"
        return
    folder = os.path.join(top, WORKFLOWS)
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        if name.endswith((".yml", ".yaml")) and "wsaudit" in _read(path):
            yield f"`{os.path.relpath(path)}` runs wsaudit already"
            return
    yield Planned(os.path.join(folder, "wsaudit.yml"), None, WORKFLOW)


def _as_in(before: str, added: str) -> str:
    """A text with the line endings that a file has."""
    plain = added.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in before else plain


def _read(path: str) -> str:
    """The text of a file that is there. Raises ConfigError."""
    shown = os.path.relpath(path)
    try:
        return read_regular(path, LIMIT, links=True).decode()
    except OSError as error:
        raise ConfigError(f"cannot read `{shown}`: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"`{shown}` is not UTF-8") from None
