"""Hostile text in file names, messages and source lines, through every format."""

from __future__ import annotations

import json
import re
import unicodedata
from io import StringIO

import pytest
from markdown_it import MarkdownIt

from tests.report.github_ingestion import objections
from tests.report.nasty import each_nasty
from tests.report.sample import Sources, make_finding, make_outcome, make_page
from tests.report.sample import make_report as settle
from wsaudit.outcome import Fault, Ignore, Report, Skip
from wsaudit.report import github, sarif, text
from wsaudit.report import json as json_report
from wsaudit.report.checklist import data as checklist_data
from wsaudit.report.checklist import markdown as checklist_markdown
from wsaudit.report.checklist.document import Asked
from wsaudit.rule import Pass, Related, Undecided
from wsaudit.source import Place

STYLE = re.compile(r"\x1b\[[0-9;]*m")
JOINERS = {"\u200c", "\u200d", "\u2060"}


def nasty_report(nasty: str) -> Report:
    """A report in which one text stands wherever text from outside can stand."""
    path = f"src/{nasty}.ts"
    sources = Sources({path: f"const before = 1;\nconst a = '{nasty}';\nlast();\n"})
    start = sources[path].text.index("'")
    size = len(nasty.encode("utf-8", "surrogatepass")) + 2
    at = Place(path, start, start + size)
    page, other = make_page(), make_page("WS140", "missing-heartbeat")
    related = Related(at, f"see {nasty}")
    ignored = make_finding(
        other, at, f"ignored {nasty}", ignored=Ignore(at, ("WS140",), f"since {nasty}")
    )
    return settle(
        sources,
        [
            make_outcome(
                page,
                make_finding(page, at, f"bad {nasty}", related=(related,)),
                Pass(at, f"fine {nasty}"),
                Undecided(at, f"unknown {nasty}"),
            ),
            make_outcome(other, ignored),
        ],
        skipped=[Skip(path, "syntax error", f"at {nasty}", partial=True, line=1)],
        faults=[Fault(path, "WS105", f"failed {nasty}")],
    )


def unsafe(shown: str) -> list[str]:
    """Characters that are no text: controls, invisible formats, lone surrogates."""
    return [
        character
        for character in shown
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        and character not in JOINERS | {"\n"}
    ]


@each_nasty
def test_piped_text_is_one_line_a_finding(nasty: str) -> None:
    """A finding stays one line, without control characters and commands."""
    out = StringIO()

    text.render(nasty_report(nasty), out, terminal=False, color=False, verbose=True)

    lines = out.getvalue().splitlines()
    assert len(lines) == 5
    assert "WS105 effect-socket-not-closed: bad " in lines[0]
    assert unsafe(out.getvalue()) == []
    assert commands(lines) == []


@each_nasty
@pytest.mark.parametrize("width", [20, 80])
def test_framed_text_has_only_its_own_escapes(nasty: str, width: int) -> None:
    """On a terminal nothing but our own colours is sent as an escape sequence."""
    out = StringIO()

    text.render(nasty_report(nasty), out, terminal=True, color=True, width=width)

    shown = STYLE.sub("", out.getvalue())
    assert unsafe(shown) == []
    assert commands(shown.splitlines()) == []


@each_nasty
def test_plain_frames_equal_coloured_ones(nasty: str) -> None:
    """Colours change no character: nothing of a text is taken for markup."""
    plain, coloured = StringIO(), StringIO()

    text.render(nasty_report(nasty), plain, terminal=True, color=False, width=80)
    text.render(nasty_report(nasty), coloured, terminal=True, color=True, width=80)

    assert STYLE.sub("", coloured.getvalue()) == plain.getvalue()


def _checklist_json(report: Report, out: StringIO) -> None:
    checklist_data.render(report, out, Asked())


@each_nasty
@pytest.mark.parametrize("render", [json_report.render, _checklist_json, sarif.render])
def test_json_is_well_formed_text(nasty: str, render: object) -> None:
    """Every string of a JSON format can be encoded, and shown as it is."""
    out = StringIO()

    assert callable(render)
    render(nasty_report(nasty), out)

    assert out.getvalue().isascii()
    for string in strings(json.loads(out.getvalue())):
        assert unsafe(string) == []


@each_nasty
def test_sarif_is_what_github_takes(nasty: str) -> None:
    """A hostile text makes no link, no placeholder and no bad URI."""
    out = StringIO()

    sarif.render(nasty_report(nasty), out)

    assert objections(json.loads(out.getvalue())) == []


@each_nasty
def test_annotation_is_one_command(nasty: str) -> None:
    """A runner reads one command, with our properties and no others."""
    out = StringIO()

    github.render(nasty_report(nasty), out)

    lines = re.split(r"[\r\n]+", out.getvalue().rstrip("\n"))
    assert len(lines) == 1
    assert set(out.getvalue().splitlines()) == set(lines)
    found = re.fullmatch(r"::warning (.*?)::(.*)", lines[0])
    assert found
    names = [part.partition("=")[0] for part in found[1].split(",")]
    assert set(names) <= {"file", "line", "endLine", "col", "endColumn", "title"}
    assert len(set(names)) == len(names)
    assert found[2].startswith("effect-socket-not-closed: bad ")


@each_nasty
def test_markdown_has_no_markup_of_its_own(nasty: str) -> None:
    """Text from outside is words or code: no HTML, link, image, heading or column."""
    out = StringIO()

    checklist_markdown.render(nasty_report(nasty), out, Asked())

    assert unsafe(out.getvalue()) == []
    tokens = (
        MarkdownIt("commonmark", {"html": True}).enable("table").parse(out.getvalue())
    )
    kinds = {token.type for token in tokens} | {
        child.type for token in tokens for child in token.children or ()
    }
    assert kinds.isdisjoint({"html_block", "html_inline", "link_open", "image"})
    assert kinds.isdisjoint({"code_block", "hr", "lheading_open"})
    fences = [token for token in tokens if token.type == "fence"]
    assert [one.content.partition("\n")[0] for one in fences] == ["[[answer]]"]
    titles = [
        tokens[index + 1].content
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    assert all(re.match(r"\d\.\d|W", title) for title in titles)
    assert set(filter(str.isalpha, (title[0] for title in titles))) == {"W"}
    words = "".join(
        child.content
        for token in tokens
        for child in token.children or ()
        if child.type == "text"
    )
    assert not re.search(r"[@#]\w|https?:\w|www\.\w", words)


def commands(lines: list[str]) -> list[str]:
    """The lines that a runner of GitHub or Azure would take for a command."""
    return [
        line
        for line in lines
        if line.lstrip().startswith("::") or re.search(r"##\[|##vso\[", line)
    ]


def strings(value: object) -> list[str]:
    """All strings in a JSON document, keys among them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [
            found for pair in value.items() for part in pair for found in strings(part)
        ]
    if isinstance(value, list):
        return [found for part in value for found in strings(part)]
    return []
