"""The checklist as a document: its head, what to mend first, questions and answers."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from typing import Any

import pytest

from tests.report.nasty import each_nasty
from tests.report.sample import both_ends
from tests.report.test_nasty import nasty_report, unsafe
from wsaudit.answers import Answer
from wsaudit.outcome import UNKNOWN_LIBRARY, Report, Skip
from wsaudit.report.checklist import data, markdown, page
from wsaudit.report.checklist.document import Asked, document_of
from wsaudit.report.items import load_items, load_order

TODAY = dt.date(2031, 5, 1)
ANSWERS = (
    Answer("1.2.4.3", "they differ", "Ada", dt.date(2031, 12, 31)),
    Answer("1.4.3", "the proxy does", until=dt.date(2031, 1, 1)),
)
ASKED = Asked(
    built=("WS105", "WS140", "WS160", "WS181"),
    title="Desk",
    commit="0123abc",
    date="2031-05-01",
    today=TODAY,
    answers=ANSWERS,
)
VOID = {"meta", "input"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section"),
    *("h1", "h2", "h3", "h4", "p", "dl", "div", "dt", "dd", "ul", "li", "span", "a"),
    *("code", "pre", "table", "thead", "tbody", "tr", "th", "td", "fieldset", "legend"),
    *("label", "input", "article", "details", "summary"),
}


class Page(HTMLParser):
    """What a page of HTML is made of: its tags with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.style = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and see that it is closed."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Only what was opened last can be closed."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the words apart from the style sheet."""
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def html(report: Report, asked: Asked = ASKED) -> str:
    """The checklist as HTML."""
    out = StringIO()
    page.render(report, out, asked)
    return out.getvalue()


def text(report: Report, asked: Asked = ASKED) -> str:
    """The checklist as Markdown."""
    out = StringIO()
    markdown.render(report, out, asked)
    return out.getvalue()


def found(report: Report, asked: Asked = ASKED) -> dict[str, Any]:
    """The checklist as JSON, read back."""
    out = StringIO()
    data.render(report, out, asked)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def test_head_says_what_was_looked_at_and_what_was_not() -> None:
    """The project, its commit, the libraries, and those that are not known."""
    skip = Skip("a.py", UNKNOWN_LIBRARY, "`x` is used here", partial=True)
    report = replace(
        both_ends(), libraries=("Tornado 6.4 (2 connections)",), skipped=(skip,)
    )
    head = found(report)["head"]

    assert head["project"] == "Desk"
    assert head["commit"] == "0123abc"
    assert head["date"] == "2031-05-01"
    assert head["libraries"] == "Tornado 6.4 (2 connections)"
    assert head["not recognised"] == "`x` is used here"
    assert head["left out"] == "1 file read in part (1 unknown library)"
    assert "| project | Desk |\n" in text(report)
    assert "<dt>commit</dt><dd>0123abc</dd>" in html(report)


def test_head_leaves_out_what_is_not_known() -> None:
    """A date that nobody gave would make two runs differ."""
    head = found(both_ends(), Asked())["head"]

    assert set(head) == {"wsaudit", "recognised", "left out"}


def test_what_to_mend_first_is_in_the_order_of_the_checklist() -> None:
    """P0 before P1 before P2, each with its items and findings."""
    order = load_order()
    steps = document_of(both_ends(), ASKED).order

    assert [one.priority for one in order] == ["P0"] * 5 + ["P1"] * 5 + ["P2"] * 4
    assert {item for one in order for item in one.items} <= {
        item.id for item in load_items()
    }
    assert [step.first for step in steps] == list(order)
    assert next(step for step in steps if "1.1.2" in step.first.items).findings == 1


def test_answer_stands_at_what_it_answers() -> None:
    """With who gave it, and that it must be given anew when its day is over."""
    document = document_of(both_ends(), ASKED)
    questions = {one.id: one for one in document.questions}
    answered, stale = questions["1.2.4.3"].given, questions["1.4.3"].given

    assert answered
    assert answered.words == "they differ (Ada), until 2031-12-31"
    assert stale
    assert stale.words == (
        "the proxy does, until 2031-01-01: out of date, to be answered anew"
    )
    shown = text(both_ends())
    assert "for a person) **they differ (Ada), until 2031-12-31**\n" in shown
    assert "Answer: the proxy does, until 2031-01-01: out of date" in shown
    assert "they differ (Ada), until 2031-12-31" in html(both_ends())
    items = {one["id"]: one for one in found(both_ends())["items"]}
    assert items["1.4.3"]["answer"]["stale"] is True


def test_questions_are_counted_and_show_how_to_answer() -> None:
    """Those with an answer that holds are not open."""
    document = document_of(both_ends(), ASKED)
    number = len(document.questions)

    assert f"{number} questions, {number - 1} of them open.\n" in text(both_ends())
    assert '[[answer]]\nitem = "' in text(both_ends())


def test_items_that_do_not_apply_ask_nobody() -> None:
    """Without sockets there is nothing to answer."""
    report = replace(both_ends(), outcomes=(), facts={}, findings=(), skipped=())

    assert document_of(report, Asked()).questions == ()
    assert "What a person must answer" not in text(report, Asked())
    assert "What a person must answer" not in html(report, Asked())


def test_page_is_whole_and_needs_nothing_else() -> None:
    """Each item once; the one style sheet that its policy names; no other resource."""
    shown = Page(html(both_ends()))
    policy = next(one["content"] for one in shown.of("meta") if "http-equiv" in one)
    digest = base64.b64encode(hashlib.sha256(shown.style.encode()).digest()).decode()
    ids = [one["id"] for _, one in shown.tags if "id" in one]

    assert shown.open == []
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert len(ids) == len(set(ids))
    assert {f"item-{one.id.replace('.', '-')}" for one in load_items()} <= set(ids)
    assert "url(" not in shown.style
    assert "@import" not in shown.style


def test_page_links_lead_to_its_items_and_to_pages_of_rules() -> None:
    """Nowhere else."""
    shown = Page(html(both_ends()))
    ids = {one["id"] for _, one in shown.tags if "id" in one}
    links = [one["href"] or "" for one in shown.of("a")]

    assert links
    for link in links:
        if link.startswith("#"):
            assert link[1:] in ids
        else:
            assert re.fullmatch(r"https://github\.com/[\w./-]+\.md", link)


@each_nasty
def test_nasty_text_is_text_on_the_page(nasty: str) -> None:
    """No tag, attribute or control character comes from the audited code."""
    answers = (Answer("1.2.4.3", nasty or "-", nasty),)
    report = replace(nasty_report(nasty), libraries=(nasty,))
    shown = Page(html(report, Asked(title=nasty, answers=answers)))

    assert shown.open == []
    assert {tag for tag, _ in shown.tags} <= TAGS
    assert not any(
        name.startswith("on") or name in {"style", "src", "srcset"}
        for _, attributes in shown.tags
        for name in attributes
    )
    assert unsafe(shown.words.replace("\n", "")) == []


@pytest.mark.parametrize("render", [html, text])
def test_same_report_gives_the_same_bytes(render: Any) -> None:
    """A run that changes nothing shows no difference."""
    assert render(both_ends()) == render(both_ends())
