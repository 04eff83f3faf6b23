"""The fixture projects: every planted defect is found, and nothing else.

`fixtures/<name>.planted.toml` lists what an audit of `fixtures/<name>` must report; the
folders under ``silent`` must stay silent at every confidence. `fixtures/<name>.txt` is
the whole report, for people to read the difference.
"""

from __future__ import annotations

import io
import tomllib
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.outcome import Report, State
from wsaudit.pages import load_pages
from wsaudit.report.text import render

FIXTURES = Path(__file__).parent.parent / "fixtures"
NAMES = sorted(path.name.split(".")[0] for path in FIXTURES.glob("*.planted.toml"))


@dataclass(frozen=True, slots=True)
class Planted:
    """One defect of a project: its rule, its file, and a piece of its line."""

    code: str
    path: str
    fragment: str


@cache
def _report(name: str) -> Report:
    folder = FIXTURES / name
    config = Config(root=str(folder), strict=True, jobs=1, cache=False)
    with chdir(folder):
        return audit(config)


@cache
def _plan(name: str) -> tuple[tuple[Planted, ...], tuple[str, ...], tuple[str, ...]]:
    """The planted defects of rules that exist, the silent folders, what must pass."""
    text = (FIXTURES / f"{name}.planted.toml").read_text("utf-8")
    data = tomllib.loads(text)
    built = {page.code for page in load_pages()}
    planted = tuple(
        Planted(**each) for each in data.get("planted", ()) if each["code"] in built
    )
    return planted, tuple(data.get("silent", ())), tuple(data.get("passes", ()))


def _lines(name: str) -> list[tuple[str, str, str]]:
    """Every finding as its rule, its file, and the whole line it points at."""
    report = _report(name)
    return [
        (
            finding.code,
            finding.at.path,
            report.source(finding.at.path).line_text(
                report.source(finding.at.path).line_of(finding.at.start)
            ),
        )
        for finding in report.findings
    ]


@pytest.mark.parametrize("name", NAMES)
def test_planted_defects_are_found(name: str) -> None:
    """Each planted defect is reported at its line."""
    planted, _, _ = _plan(name)
    found = _lines(name)

    assert [
        one
        for one in planted
        if not any(
            (one.code, one.path) == (code, path) and one.fragment in line
            for code, path, line in found
        )
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_is_found(name: str) -> None:
    """Whatever is reported was planted."""
    planted, _, _ = _plan(name)

    assert [
        (code, path, line)
        for code, path, line in _lines(name)
        if not any(
            (one.code, one.path) == (code, path) and one.fragment in line
            for one in planted
        )
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_silent_folders_are_silent(name: str) -> None:
    """Sound code is silent at every confidence, and was read all the same."""
    _, silent, _ = _plan(name)
    report = _report(name)

    assert [one for one in report.findings if one.at.path.startswith(silent)] == []
    assert not report.faults
    assert report.read > 0


@pytest.mark.parametrize("name", NAMES)
def test_rules_that_must_pass_pass(name: str) -> None:
    """A rule that looked says so: silence is never shown as a pass."""
    _, _, passes = _plan(name)
    states = {one.rule.page.code: one.state for one in _report(name).outcomes}

    assert {code: states[code] for code in passes} == dict.fromkeys(passes, State.PASS)


@pytest.mark.parametrize("name", NAMES)
def test_report_is_the_golden_one(name: str, *, update: bool) -> None:
    """The report as text; ``--update`` rewrites it for a person to read."""
    path = FIXTURES / f"{name}.txt"
    out = io.StringIO()
    render(_report(name), out, terminal=False, group_by="file")
    if update:
        path.write_text(out.getvalue(), "utf-8")

    assert path.read_text("utf-8") == out.getvalue()
