"""What people answer in `wsaudit-answers.toml`, and what is wrong with such a file."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.commands import MISSPELT, SERVER, Shell
from wsaudit.answers import Answer, load_answers
from wsaudit.config import ConfigError

GOOD = """\
[[answer]]
item = "1.2.4.3"
answer = "they look different"
who = "Ada"
until = 2030-01-31

[[answer]]
item = "2.4.3"
answer = "one tab only"
"""


def test_answers_are_read(shell: Shell) -> None:
    """With who gave them and until when; both may be left out."""
    shell.write({"wsaudit-answers.toml": GOOD})
    found = load_answers("wsaudit-answers.toml")

    assert found == (
        Answer("1.2.4.3", "they look different", "Ada", dt.date(2030, 1, 31)),
        Answer("2.4.3", "one tab only"),
    )
    assert found[0].is_stale(dt.date(2030, 2, 1))
    assert not found[0].is_stale(dt.date(2030, 1, 31))
    assert not found[1].is_stale(dt.date(2130, 1, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("answer = 1", "holds something else than [[answer]] tables"),
        ("[other]", "holds something else than [[answer]] tables"),
        ("answer = [1]", "answer 1 in `a.toml` is no table"),
        ("[[answer]]\nitem = '1.1.1'", "answer 1 in `a.toml` has no `answer`"),
        ("[[answer]]\nanswer = 'yes'", "answer 1 in `a.toml` has no `item`"),
        ("[[answer]]\nitem = 1", "answer 1 in `a.toml`: `item` is no text"),
        ("[[answer]]\nitme = 'x'", "unknown key `itme`; did you mean `item`?"),
        (
            "[[answer]]\nitem='1.1.1'\nanswer='x'\nuntil='2030-01-31'",
            "`until` is no date like 2027-01-31",
        ),
        (
            "[[answer]]\nitem='1.1.1'\nanswer='x'\nuntil=2030-01-31T00:00:00",
            "`until` is no date like 2027-01-31",
        ),
        ("[[answer]]\nitem='1.1.1'\nanswer='x'\n" * 2, "answers 1.1.1 more than once"),
        ("[[", "`a.toml` is no TOML: "),
    ],
)
def test_file_of_another_form_is_refused(shell: Shell, text: str, message: str) -> None:
    """In one sentence that says where."""
    shell.write({"a.toml": text})

    with pytest.raises(ConfigError) as raised:
        load_answers("a.toml")

    assert message in str(raised.value)


def test_bytes_that_are_no_text_are_refused(shell: Shell) -> None:
    """As a TOML file must be UTF-8."""
    shell.write({"a.toml": b"\xff"})

    with pytest.raises(ConfigError, match="is no TOML"):
        load_answers("a.toml")


def test_file_that_is_not_there_is_none(shell: Shell) -> None:
    """Unless it was asked for by name."""
    assert load_answers("a.toml") == ()
    ran = shell("checklist", "--answers", "a.toml")

    assert ran.code == 2
    assert "cannot read `a.toml`: No such file or directory" in ran.err


def test_checklist_tells_stale_and_unknown_answers(shell: Shell) -> None:
    """On standard error; those that hold stand in the document."""
    shell.write(
        {
            "server.py": SERVER,
            "a.ts": MISSPELT,
            "wsaudit-answers.toml": GOOD.replace('"2.4.3"', '"2.4.9"'),
        }
    )
    ran = shell("checklist", "--date", "2030-02-01", "--title", "Desk")

    assert ran.code == 0
    assert "| project | Desk |\n" in ran.out
    assert "| date | 2030-02-01 |\n" in ran.out
    assert "they look different (Ada), until 2030-01-31: out of date" in ran.out
    assert "`2.4.9` is answered and is no item of the checklist; did you" in ran.err
    assert "answers out of date: 1.2.4.3\n" in ran.err


def test_checklist_is_written_to_a_file(shell: Shell) -> None:
    """One page of HTML; Markdown within a limit."""
    shell.write({"server.py": SERVER})
    html = shell("checklist", "--format", "html", "-o", "out/checklist.html")
    short = shell("checklist", "--limit", "1")
    whole = shell("checklist")

    assert (html.code, html.out) == (0, "")
    page = (shell.folder / "out/checklist.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>\n")
    assert len(short.out) < len(whole.out)


def test_date_is_one(shell: Shell) -> None:
    """Or the command says what one looks like."""
    ran = shell("checklist", "--date", "tomorrow")

    assert ran.code == 2
    assert "`tomorrow` is no date like 2027-01-31" in ran.err


def test_libraries_are_named_with_the_versions_that_are_asked_for(
    shell: Shell,
) -> None:
    """As far as the project says which: in Python's files and in package.json."""
    shell.write(
        {
            "server.py": SERVER,
            "requirements.txt": "fastapi>=0.110\n",
            "feed.js": "import WebSocket from 'ws';\nnew WebSocket('ws://a/b');\n",
            "package.json": json.dumps({"dependencies": {"ws": "^8.18.0", "x": 1}}),
            "web/package.json": "[",
        }
    )
    head = json.loads(shell("checklist", "--format", "json").out)["head"]

    assert head["libraries"] == (
        "FastAPI / Starlette >=0.110 (1 connection), ws (Node) ^8.18.0 (1 connection)"
    )
