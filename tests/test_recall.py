"""Recall by planting: a sound project broken in one way is found guilty of just that.

`tests/recall/<code>.toml` lists ways to break a sound fixture, each a handful of edits
of a copy. The rule must report the break at its line; what else the break brings about
is named beside it, and nothing else may change. One way a rule is tried in every run of
the tests, all of them with ``--every-break`` (`make recall`).
"""

from __future__ import annotations

import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.examples import account
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.outcome import Report

FIXTURES = Path(__file__).parent.parent / "fixtures"
BREAKS = Path(__file__).parent / "recall"


@dataclass(frozen=True, slots=True)
class Edit:
    """Text of one file that gives way to other text; no ``old`` makes a new file."""

    path: str
    new: str
    old: str = ""

    def make(self, project: Path) -> None:
        """Change the copy; the old text must be there, once."""
        path = project / self.path
        if not self.old:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.new, "utf-8")
            return
        text = path.read_text("utf-8")
        assert text.count(self.old) == 1, f"{self.path} does not hold it once"
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a sound fixture.

    ``line`` is a piece of the line that must be reported, in ``path`` or in the first
    file that is edited. ``also`` names the other rules that rightly speak of it.
    """

    code: str
    how: str
    fixture: str
    line: str
    edits: tuple[Edit, ...]
    path: str = ""
    also: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """A test id: ``WS130-the state is not looked at``."""
        return f"{self.code}-{self.how}"


def _breaks() -> Iterator[Break]:
    for path in sorted(BREAKS.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["break"]:
            edits = tuple(Edit(**edit) for edit in row.pop("edits"))
            also = frozenset(row.pop("also", ()))
            yield Break(path.stem, edits=edits, also=also, **row)


ALL = tuple(_breaks())
FIRST = {one.code: one for one in reversed(ALL)}


def _copy(fixture: str, project: Path) -> None:
    """The sound part of a fixture."""
    shutil.copytree(
        FIXTURES / fixture, project, ignore=shutil.ignore_patterns("fragile")
    )


def _report(project: Path) -> Report:
    return audit(
        Config(
            root=str(project), paths=(str(project),), strict=True, jobs=1, cache=False
        )
    )


@cache
def _whole(fixture: str, base: Path) -> Counter[tuple[str, str]]:
    """What is found before anything is broken."""
    project = base / fixture
    _copy(fixture, project)
    return Counter((code, path) for code, path, _ in _found(_report(project), project))


def _found(report: Report, project: Path) -> list[tuple[str, str, str]]:
    """Every finding as its rule, its file within the project, and its line."""
    return [
        (
            one.code,
            Path(report.root, one.at.path).relative_to(project).as_posix(),
            report.source(one.at.path).line_text(
                report.source(one.at.path).line_of(one.at.start)
            ),
        )
        for one in report.findings
    ]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the copies that stay whole."""
    return tmp_path_factory.mktemp("whole")


@pytest.mark.parametrize("broken", ALL, ids=str)
def test_a_break_is_found(
    broken: Break, tmp_path: Path, whole: Path, request: pytest.FixtureRequest
) -> None:
    """The rule reports the break at its line, and no other rule speaks unasked."""
    if broken is not FIRST[broken.code] and not request.config.getoption("every_break"):
        pytest.skip("make recall tries every break")
    before = _whole(broken.fixture, whole)
    project = tmp_path / broken.fixture
    _copy(broken.fixture, project)
    for edit in broken.edits:
        edit.make(project)

    report = _report(project)

    assert not report.faults
    found = _found(report, project)
    path = broken.path or broken.edits[0].path
    assert [
        one for one in found if one[:2] == (broken.code, path) and broken.line in one[2]
    ], f"silent at {path}: {broken.line}\n{account(report, broken.code)}\n{found}"
    new = Counter((code, where) for code, where, _ in found) - before
    new[broken.code, path] -= 1
    assert {one for one in +new if one[0] not in broken.also} == set(), found


def test_a_break_names_what_is_there() -> None:
    """No two breaks of a rule share a name, and each edits something."""
    names = Counter(str(one) for one in ALL)

    assert [name for name, count in names.items() if count > 1] == []
    assert [str(one) for one in ALL if not one.edits] == []
