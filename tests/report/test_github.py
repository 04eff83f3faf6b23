"""GitHub annotations: the worst first, on the right line, below the repository."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from tests.report.sample import Sources, both_ends, make_outcome, make_page, make_report
from wsaudit.outcome import Report
from wsaudit.report import github
from wsaudit.rule import Priority, Problem
from wsaudit.spelling import amount


def shown(report: Report, root: str | None = None) -> list[str]:
    """The lines that a report becomes."""
    out = StringIO()
    github.render(report, out, root=root)
    return out.getvalue().splitlines()


def test_finding_is_an_annotation_on_its_token() -> None:
    """The level is the priority's, the title the rule's code."""
    first, second = shown(both_ends())

    assert first == (
        "::error file=backend/manager.py,line=6,endLine=6,col=23,endColumn=35,"
        "title=wsaudit (WS181)::broadcast-over-live-collection: `self.sockets` can "
        "change while this loop awaits, which ends it"
    )
    assert second.startswith("::warning file=frontend/feed.ts,line=3,")


def test_finding_on_several_lines_has_no_columns() -> None:
    """They mean nothing across lines."""
    sources = Sources({"a.ts": "one\ntwo\n"})
    at = sources.place("a.ts", "one\ntwo")
    page = make_page(priority=Priority.P2)
    (line,) = shown(make_report(sources, [make_outcome(page, Problem(at, "bad"))]))

    assert line.startswith("::notice file=a.ts,line=1,endLine=2,title=")


def test_more_than_github_shows_is_said() -> None:
    """It drops the rest without a word."""
    sources = Sources({"a.ts": "x\n" * 11})
    page = make_page()
    problems = [Problem(sources.place("a.ts", "x", at), "bad") for at in range(11)]
    lines = shown(make_report(sources, [make_outcome(page, *problems)]))

    assert len(lines) == 12
    assert lines[-1] == (
        "Of the 11 warnings above GitHub shows 10; the others are in the text only"
    )


def test_files_are_named_from_the_repository(tmp_path: Path) -> None:
    """Whatever folder the run was started in."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    inside = shown(both_ends(root=str(tmp_path / "app")))
    outside = shown(both_ends(root=str(tmp_path)), root=str(tmp_path / "app"))

    assert inside[0].startswith("::error file=app/backend/manager.py,")
    assert outside[0].startswith("::error file=backend/manager.py,")


def test_numbers_have_nouns() -> None:
    """One thing, two things."""
    nouns = ("file", "registry", "play", "box", "class", "branch")

    assert [amount(1, noun) for noun in nouns[:2]] == ["1 file", "1 registry"]
    assert [amount(2, noun) for noun in nouns] == [
        "2 files",
        "2 registries",
        "2 plays",
        "2 boxes",
        "2 classes",
        "2 branches",
    ]
