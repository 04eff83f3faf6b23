"""Formats for CI: GitLab's code quality, JUnit, and a comment on a pull request."""

from __future__ import annotations

import json
from io import StringIO
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt

from tests.report.nasty import each_nasty
from tests.report.sample import (
    Sources,
    both_ends,
    make_outcome,
    make_page,
    make_report,
)
from tests.report.test_nasty import nasty_report
from wsaudit.report import gitlab, junit, markdown
from wsaudit.rule import Problem


def test_gitlab_has_an_entry_a_finding() -> None:
    """Rule and message, severity, and the place from the top of the repository."""
    out = StringIO()
    gitlab.render(both_ends(), out)
    entries = json.loads(out.getvalue())

    assert [entry["severity"] for entry in entries] == ["critical", "major"]
    assert entries[0]["description"].startswith("WS181: `self.sockets` can change")
    assert entries[0]["check_name"] == "broadcast-over-live-collection"
    assert entries[0]["location"] == {
        "path": "backend/manager.py",
        "lines": {"begin": 6, "end": 6},
    }


def test_fingerprints_of_equal_findings_differ() -> None:
    """GitLab would show the first of them only."""
    sources = Sources({"a.ts": "ws.send();\nws.send();\n"})
    problems = [Problem(sources.place("a.ts", "ws", at), "bad") for at in (0, 1)]
    report = make_report(sources, [make_outcome(make_page(), *problems)])
    out = StringIO()
    gitlab.render(report, out)

    assert len({entry["fingerprint"] for entry in json.loads(out.getvalue())}) == 2


def test_junit_has_a_test_for_every_item() -> None:
    """What fails lists its findings; what nobody decided is skipped, not passed."""
    out = StringIO()
    junit.render(both_ends(), out)
    root = ET.fromstring(out.getvalue())  # noqa: S314 - our own
    cases = root.findall(".//testcase")
    failures = root.findall(".//failure")

    assert len(cases) == 54
    assert len(failures) == 2
    assert "frontend/feed.ts:3: P1 WS105" in "".join(f.text or "" for f in failures)
    assert sum(int(suite.attrib["skipped"]) for suite in root) == len(
        root.findall(".//skipped")
    )


def test_comment_shows_the_worst_first() -> None:
    """With links to the pages and what to do."""
    out = StringIO()
    markdown.render(both_ends(), out)
    text = out.getvalue()

    assert text.startswith("### wsaudit: 2 findings (1 P0, 1 P1)\n\n- **P0** [WS181](")
    assert "Close it in the cleanup." in text
    assert "1 file skipped" in text


def test_comment_fits_whatever_there_is() -> None:
    """GitHub refuses a longer one."""
    sources = Sources({"a.ts": "ws.send();\n" * 3000})
    problems = [Problem(sources.place("a.ts", "ws"), f"bad {at}") for at in range(3000)]
    report = make_report(sources, [make_outcome(make_page(), *problems)])
    out = StringIO()
    markdown.render(report, out)

    assert 50_000 < len(out.getvalue()) < 65_536
    assert "more\n" in out.getvalue()


@each_nasty
def test_nasty_text_breaks_no_format(nasty: str) -> None:
    """XML stays XML, JSON stays JSON, and Markdown has no markup from code."""
    outs = [StringIO(), StringIO(), StringIO()]
    gitlab.render(nasty_report(nasty), outs[0])
    junit.render(nasty_report(nasty), outs[1])
    markdown.render(nasty_report(nasty), outs[2])

    assert json.loads(outs[0].getvalue())
    assert ET.fromstring(outs[1].getvalue()) is not None  # noqa: S314 - our own
    tokens = MarkdownIt("commonmark", {"html": True}).parse(outs[2].getvalue())
    kinds = {token.type for token in tokens} | {
        child.type for token in tokens for child in token.children or ()
    }
    assert kinds.isdisjoint({"html_block", "html_inline", "image", "fence"})
