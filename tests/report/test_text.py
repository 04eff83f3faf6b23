"""The report for people: code frames on a terminal, one line a finding elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from tests.report.sample import (
    Sources,
    both_ends,
    make_finding,
    make_outcome,
    make_page,
    make_report,
)
from wsaudit.outcome import Fault, Report
from wsaudit.report import text
from wsaudit.report.items import load_items
from wsaudit.report.paint import wants_color
from wsaudit.rule import Confidence, Priority, Problem, Related
from wsaudit.source import Place

KNOWN = len({code for item in load_items() for code in item.rules})
FRAMED = f"""\
P0 should stop a release (1)

  P0 WS181 broadcast-over-live-collection
  `self.sockets` can change while this loop awaits, which ends it
   --> backend/manager.py:6:23
    5 │     async def broadcast(self, message: str) -> None:
    6 │         for socket in self.sockets:
      │                       ^^^^^^^^^^^^
    7 │             await socket.send_text(message)
   ... frontend/feed.ts:3:16  the client connects here
    3 │     const ws = new WebSocket(url);
      │                ------------------
   help Close it in the cleanup.

P1 to be mended before the next release (1)

  P1 WS105 effect-socket-not-closed
  `ws` stays open when the effect is cleaned up
   --> frontend/feed.ts:3:16
    2 │   useEffect(() => {{
    3 │     const ws = new WebSocket(url);
      │                ^^^^^^^^^^^^^^^^^^
    4 │     ws.onmessage = show;
   help Close it in the cleanup.

frontend/vendor.min.js: skipped: minified
backend/old.py:3: read in part: syntax error (unexpected `(`)
backend/manager.py: internal error in WS107: KeyError: 'socket'; please report it
2 findings in 2 files: 1 P0, 1 P1
     1  P0 WS181 broadcast-over-live-collection
     1  P1 WS105 effect-socket-not-closed
Checked 1 client, 2 endpoints in 2 files of 3; 1 file skipped (1 minified); 1
file read in part (1 syntax error); 1 finding ignored by comments
54 checklist items: 2 fail, 2 pass, 2 undecided, 1 not selected, 47 not built
yet; 4 of {KNOWN} rules looked; `wsaudit checklist` shows every item
Next: `wsaudit explain WS181` tells why it matters and what to do
"""
LISTED = """\
backend/manager.py:6:23: P0 WS181 broadcast-over-live-collection: `self.sockets` can \
change while this loop awaits, which ends it
frontend/feed.ts:3:16: P1 WS105 effect-socket-not-closed: `ws` stays open when the \
effect is cleaned up
backend/manager.py: internal error in WS107: KeyError: 'socket'; please report it
2 findings in 2 files: 1 P0, 1 P1
Checked 1 client, 2 endpoints in 2 files of 3; 1 file skipped (1 minified); 1 file \
read in part (1 syntax error); 1 finding ignored by comments
"""


def shown(report: Report, **options: Any) -> str:
    """The report as text without colours."""
    out = StringIO()
    text.render(report, out, **({"color": False, "terminal": False} | options))
    return out.getvalue()


def test_terminal_shows_code_and_the_other_end() -> None:
    """Frames with the token marked, related places, and what is known in the end."""
    report = both_ends()

    assert (
        shown(report, terminal=True, width=78, verbose=True, built={"WS142"}) == FRAMED
    )


def test_pipe_gets_one_line_a_finding() -> None:
    """What is grepped is neither framed nor wrapped."""
    assert shown(both_ends()) == LISTED


def test_stream_decides_when_nobody_else_does() -> None:
    """A file is no terminal and has no colours."""
    out = StringIO()
    text.render(both_ends(), out)

    assert out.getvalue() == LISTED


def test_quiet_shows_findings_and_internal_errors_only() -> None:
    """An internal error is never silent."""
    assert shown(both_ends(), quiet=True, verbose=True) == "".join(
        LISTED.splitlines(keepends=True)[:3]
    )


def test_nothing_found_is_said_with_what_was_looked_at() -> None:
    """Silence would not tell a clean project from one that nobody looked at."""
    sources = Sources({"a.py": ""})

    assert shown(make_report(sources, facts={})) == (
        "No findings: no WebSocket code in 1 file of 2\n"
    )
    assert shown(make_report(sources, facts={"Endpoint": 1, "Registry": 9})) == (
        "No findings: 1 endpoint in 1 file of 2\n"
    )
    assert shown(make_report(sources, facts={}), terminal=True, width=30).startswith(
        "No findings: no WebSocket code\nin 1 file of 2\n"
    )


def test_internal_error_without_a_file() -> None:
    """Some errors are of the whole run."""
    report = make_report(Sources({}), faults=[Fault("", "recognition", "KeyError")])

    assert shown(report).startswith("internal error in recognition: KeyError; please")


def test_confidence_is_said_when_it_is_not_high() -> None:
    """A reader should know how sure a finding is."""
    sources = Sources({"a.ts": "ws.send();"})
    page = make_page(confidence=Confidence.MEDIUM)
    finding = make_finding(page, sources.place("a.ts", "ws"), "bad")
    report = make_report(sources, [make_outcome(page, finding)])

    assert "P1 WS105 effect-socket-not-closed (medium confidence)\n" in shown(
        report, terminal=True, width=80
    )


def test_long_related_message_has_lines_of_its_own() -> None:
    """Place and message share a line only where both fit."""
    sources = Sources({"a.ts": "ws.send();"})
    at = sources.place("a.ts", "ws")
    related = Related(at, "this is where the other end of it all was once made")
    report = make_report(
        sources, [make_outcome(make_page(), Problem(at, "bad", related=(related,)))]
    )
    lines = shown(report, terminal=True, width=40).splitlines()

    at_related = lines.index("   ... a.ts:1:1")
    assert lines[at_related + 1] == "       this is where the other end of it"
    assert lines[at_related + 2] == "       all was once made"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_frames_fit_into_the_terminal(width: int) -> None:
    """However long the line and wherever the token."""
    line = "x" * 300 + ".send('日本語')" + "y" * 300
    sources = Sources({"a.ts": line})
    at = sources.place("a.ts", ".send('日本語')")
    report = make_report(sources, [make_outcome(make_page(), Problem(at, "bad"))])
    frame = [
        row for row in shown(report, terminal=True, width=width).splitlines()
        if "│" in row
    ]  # fmt: skip

    assert frame
    assert any("^" in row for row in frame)
    assert max(map(len, frame)) <= max(width, 29)


def test_place_beyond_the_text_does_no_harm() -> None:
    """The file may have changed since it was read."""
    sources = Sources({"a.ts": "short"})
    report = make_report(
        sources, [make_outcome(make_page(), Problem(Place("a.ts", 90, 99), "bad"))]
    )

    assert "a.ts:1:6" in shown(report, terminal=True, width=80)


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_follow_the_environment(
    environment: dict[str, str],
    *,
    terminal: bool,
    wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NO_COLOR, then FORCE_COLOR, then what the stream is."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert wants_color(Terminal() if terminal else StringIO()) is wanted


def test_colours_do_not_change_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coloured line is the plain one and escapes around its parts."""
    monkeypatch.setenv("COLUMNS", "78")
    out = Terminal()
    text.render(both_ends(), out, color=True, verbose=True, built={"WS142"})
    coloured = out.getvalue()

    assert "\x1b[1;31m  P0 WS181\x1b[0m" in coloured
    assert _without_escapes(coloured) == FRAMED


def _without_escapes(shown: str) -> str:
    parts = shown.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])


def test_frames_can_be_drawn_in_ascii() -> None:
    """A terminal without box characters shows bars, and escapes what it lacks."""

    class Ascii(StringIO):
        encoding = "ascii"

    out = Ascii()
    text.render(both_ends(), out, terminal=True, color=False, width=78)

    assert out.getvalue().isascii()
    assert "    6 |         for socket in self.sockets:\n" in out.getvalue()


def test_every_output_tells_of_the_same_findings() -> None:
    """Framed and listed reports count alike."""
    report = replace(both_ends(), skipped=(), faults=())

    assert "2 findings in 2 files" in shown(report)
    assert "2 findings in 2 files" in shown(report, terminal=True, width=80)


def _several() -> Report:
    """Findings of three rules and priorities in two files."""
    sources = Sources({"a.ts": "one();\ntwo();\n", "b.ts": "one();\n"})
    priorities = {"WS102": Priority.P2, "WS103": Priority.P0, "WS104": Priority.P1}
    rules = {
        code: make_page(code, code.lower(), priority=priority)
        for code, priority in priorities.items()
    }
    places = {
        "WS102": [("a.ts", "one")],
        "WS103": [("a.ts", "two"), ("b.ts", "one")],
        "WS104": [("a.ts", "one")],
    }
    return make_report(
        sources,
        [
            make_outcome(
                page, *(Problem(sources.place(*at), "bad") for at in places[code])
            )
            for code, page in rules.items()
        ],
    )


@pytest.mark.parametrize(
    ("group_by", "codes", "headings"),
    [
        ("priority", "WS103 WS103 WS104 WS102", ["P0 should", "P1 to be", "P2 when"]),
        ("file", "WS102 WS104 WS103 WS103", ["a.ts", "b.ts"]),
        ("rule", "WS102 WS103 WS103 WS104", ["WS102 ws102 (1)", "WS103", "WS104"]),
    ],
)
def test_findings_are_grouped_as_asked(
    group_by: str, codes: str, headings: list[str]
) -> None:
    """The worst first, unless somebody goes from file to file, or rule to rule."""
    listed = shown(_several(), group_by=group_by).splitlines()[:4]
    framed_ = shown(_several(), group_by=group_by, terminal=True, width=80)
    starts = [line for line in framed_.splitlines() if line.startswith(tuple(headings))]

    assert [line.split()[2] for line in listed] == codes.split()
    assert len(starts) == len(headings)


def test_statistics_list_every_rule() -> None:
    """The rule with the most first, each with its worst priority."""
    assert shown(_several(), statistics=True, quiet=True).endswith(
        "     2  P0 WS103 ws103\n     1  P1 WS104 ws104\n     1  P2 WS102 ws102\n"
    )


def test_summary_fits_a_terminal() -> None:
    """Twenty-four lines tell how it is and what to do next."""
    sources = Sources({"a.ts": "one();\n" * 30})
    pages = [make_page(f"WS1{number:02}", f"rule-{number}") for number in range(30)]
    outcomes = [
        make_outcome(page, Problem(sources.place("a.ts", "one", at), "bad"))
        for at, page in enumerate(pages)
    ]
    whole = shown(make_report(sources, outcomes), terminal=True, width=80)
    summary = whole[whole.index("30 findings") :].splitlines()

    assert len(summary) <= 23
    assert "        and 25 other rules; `--statistics` lists all" in summary
    assert "`wsaudit baseline create` keeps what is there" in " ".join(summary)
