"""JSON: one object with everything that was found, passed, doubted and skipped."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from tests.report.sample import (
    CLIENT,
    SERVER,
    Sources,
    both_ends,
    make_outcome,
    make_page,
    make_report,
)
from wsaudit.outcome import Report
from wsaudit.report import json as reporter
from wsaudit.report.remedy import HOME
from wsaudit.rule import Problem


def written(report: Report) -> dict[str, Any]:
    """The object that a report becomes."""
    out = StringIO()
    reporter.render(report, out)
    data: dict[str, Any] = json.loads(out.getvalue())
    return data


def test_keys_of_the_document() -> None:
    """The promise to those who read it with a program."""
    data = written(both_ends())

    assert list(data) == [
        "schema_version",
        "tool",
        "summary",
        "findings",
        "ignored",
        "rules",
        "verdicts",
        "skipped",
        "faults",
    ]
    assert data["schema_version"] == 1


def test_finding_has_its_place_in_all_units() -> None:
    """Lines and columns for people, bytes for programs, and the other end."""
    data = written(both_ends())
    first = data["findings"][0]

    assert first == {
        "code": "WS181",
        "name": "broadcast-over-live-collection",
        "title": "Sockets can come and go while a broadcast walks over them",
        "priority": "P0",
        "confidence": "high",
        "variant": None,
        "symbol": "",
        "shape": "",
        "message": "`self.sockets` can change while this loop awaits, which ends it",
        "help": "Close it in the cleanup.",
        "url": f"{HOME}/blob/main/rules/lifecycle/broadcast-over-live-collection.md",
        "path": "backend/manager.py",
        "line": 6,
        "column": 23,
        "end_line": 6,
        "end_column": 35,
        "start": SERVER.index("self.sockets"),
        "end": SERVER.index("self.sockets") + 12,
        "related": [
            {
                "message": "the client connects here",
                "path": "frontend/feed.ts",
                "line": 3,
                "column": 16,
                "end_line": 3,
                "end_column": 34,
                "start": CLIENT.index("new WebSocket(url)"),
                "end": CLIENT.index("new WebSocket(url)") + 18,
            }
        ],
        "fix": None,
    }


def test_columns_are_code_points_and_offsets_bytes() -> None:
    """An emoji is one column and four bytes."""
    sources = Sources({"a.ts": "'é😀'; ws.send()"})
    at = sources.place("a.ts", "ws.send()")
    report = make_report(sources, [make_outcome(make_page(), Problem(at, "bad"))])
    (finding,) = written(report)["findings"]

    assert (finding["column"], finding["end_column"]) == (7, 16)
    assert (finding["start"], finding["end"]) == (10, 19)


def test_ignored_findings_have_their_reason() -> None:
    """They stand apart, so that nobody counts them."""
    data = written(both_ends())

    assert [(one["code"], one["reason"]) for one in data["ignored"]] == [
        ("WS140", "the proxy pings")
    ]


def test_verdict_of_every_rule_that_ran() -> None:
    """State, counts and evidence, sorted by code."""
    verdicts = written(both_ends())["verdicts"]

    assert [(one["code"], one["state"]) for one in verdicts] == [
        ("WS105", "fail"),
        ("WS140", "pass"),
        ("WS160", "undecided"),
        ("WS181", "fail"),
    ]
    heartbeat = verdicts[1]
    assert heartbeat["counts"] == {"fail": 0, "pass": 1, "undecided": 0, "ignored": 1}
    assert heartbeat["items"] == ["1.4.1", "2.2.1"]
    assert heartbeat["evidence"][0]["text"] == "uvicorn pings by itself"
    assert heartbeat["evidence"][0]["line"] == 6
    assert verdicts[2]["undecided"][0]["text"] == "no endpoint was found"


def test_skips_and_internal_errors_are_data() -> None:
    """Nothing that was left out is left unsaid."""
    data = written(both_ends())

    assert data["skipped"][1] == {
        "path": "backend/old.py",
        "reason": "syntax error",
        "detail": "unexpected `(`",
        "partial": True,
        "line": 3,
    }
    assert data["skipped"][0]["line"] is None
    assert data["faults"] == [
        {
            "path": "backend/manager.py",
            "where": "WS107",
            "message": "KeyError: 'socket'",
        }
    ]


def test_summary_counts() -> None:
    """What a dashboard shows."""
    assert written(both_ends())["summary"] == {
        "findings": 2,
        "by_priority": {"P0": 1, "P1": 1, "P2": 0},
        "ignored": 1,
        "known": 0,
        "gone": 0,
        "files_seen": 3,
        "files_read": 2,
        "files_skipped": 1,
        "files_partly_read": 1,
        "skipped_by_reason": {"minified": 1, "syntax error": 1},
        "faults": 1,
        "facts": {"ClientConnection": 1, "Endpoint": 2, "Send": 4},
        "strict": False,
    }


def test_same_report_gives_same_bytes() -> None:
    """So that outputs can be compared."""
    first, second = StringIO(), StringIO()
    reporter.render(both_ends(), first)
    reporter.render(both_ends(), second)

    assert first.getvalue() == second.getvalue()
    assert first.getvalue().endswith("}\n")
