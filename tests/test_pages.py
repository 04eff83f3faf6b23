"""The pages are true: every example is run and says what its heading promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import Trial, account, outcome_of, place_of, run, trials
from wsaudit.examples import Section, read_example
from wsaudit.pages import PageError, load_pages, read_page, rules_dir
from wsaudit.rule import Confidence, Priority


@pytest.mark.parametrize("trial", trials(), ids=str)
def test_example_is_true(trial: Trial, tmp_path: Path) -> None:
    """An example is reported where it is marked, with variant and message, or passes.

    Its marks are ignore comments by now: they silence what they mark, nothing is
    reported beside it, and none is unused.
    """
    report = run(trial, tmp_path)
    told = account(report, trial.code)
    found = sorted(
        (*place_of(finding, report, tmp_path), finding.variant, finding.message)
        for finding in report.ignored
    )
    marks = sorted(
        (mark.path, mark.line, mark.variant, mark.contains)
        for mark in trial.example.marks
    )

    assert not report.faults
    assert not report.skipped
    assert trial.is_bad == bool(marks), told
    assert [mark[:3] for mark in marks] == [place[:3] for place in found], told
    for (*_, contains), (*_, message) in zip(marks, found, strict=True):
        assert contains in message
    assert not report.findings, told
    assert trial.verdict in (None, outcome_of(report, trial.code).state), told


def test_account_says_all_that_the_rule_said(tmp_path: Path) -> None:
    """A failed example is told with what was found, passed and left undecided."""
    text = "function f(u) { const s = new WebSocket(u); s.send('x'); }\n"
    section = Section("## Bad", 1, ("```ts", text, "```"))
    example = read_example(section, "WS130", "page.md")

    told = account(run(Trial("WS130", Path("page.md"), example), tmp_path), "WS130")

    assert told.splitlines()[0] == "WS130: fail"
    assert "found client.ts:1 " in told


def test_every_page_is_read() -> None:
    """No page is left out: as many pages as Markdown files in the chapters."""
    pages = load_pages()

    assert len(pages) == len(list(rules_dir().glob("*/*.md")))
    assert pages


PAGE = """\
---
code: WS130
priority: P1
side: client
items: 1.3.1 2.2.5
confidence: high
variants: server-push=P2
yields_to: WS105 WS120
cwe: 20
---

# Title

## Why it matters

It matters.

## Bad

```ts
socket.send("x"); // WS130
```

## Bad: again

```ts
socket.send("y"); // WS130
```

## Good

```ts
socket.close();
```

## How wsaudit decides

It looks.

## What to do

Mend it.
"""


def _written(text: str, folder: Path) -> Path:
    path = folder / "delivery" / "send-without-ready-check.md"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_page_holds_all_that_is_said_of_a_rule(tmp_path: Path) -> None:
    """Front matter, address and headings become the fields of a page."""
    page = read_page(_written(PAGE, tmp_path))

    assert page.code == "WS130"
    assert page.name == "send-without-ready-check"
    assert page.chapter == "delivery"
    assert page.title == "Title"
    assert page.items == ("1.3.1", "2.2.5")
    assert page.confidence is Confidence.HIGH
    assert page.yields_to == ("WS105", "WS120")
    assert page.cwe == ("20",)
    assert not page.strict
    assert page.why == "It matters."
    assert page.decides == "It looks."
    assert page.what_to_do == "Mend it."
    assert [example.heading for example in page.examples] == [
        "Bad",
        "Bad: again",
        "Good",
    ]
    assert page.markdown.startswith("# Title\n")


def test_variant_has_a_priority_of_its_own(tmp_path: Path) -> None:
    """A variant answers with its own priority, none with the page's."""
    page = read_page(_written(PAGE, tmp_path))

    assert page.priority_of("") is Priority.P1
    assert page.priority_of("server-push") is Priority.P2
    with pytest.raises(KeyError):
        page.priority_of("unheard-of")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\ncode", "code", "no front matter"),
        ("code: WS130", "code: W130", "`W130` is no code"),
        ("code: WS130", "code WS130", "`code WS130` is not `key: value`"),
        ("code: WS130\n", "code: WS130\ncode: WS131\n", "`code` stands twice"),
        ("priority: P1\n", "", "missing key `priority`"),
        ("priority: P1", "prio: P1", "unknown key `prio`"),
        ("priority: P1", "priority: P9", "`P9` is no priority"),
        ("confidence: high", "confidence: sure", "`sure` is no confidence"),
        ("side: client", "side: frontend", "`side` is one of"),
        ("items: 1.3.1", "items: 1.3", "`1.3` does not belong in `items`"),
        ("server-push=P2", "server-push", "`` is no priority of `server-push`"),
        ("cwe: 20", "cwe: CWE-20", "`CWE-20` does not belong in `cwe`"),
        ("cwe: 20", "strict: yes", "`strict` is true or false"),
        ("# Title\n", "", "one title is missing"),
        ("## Good", "## Better", "a `## Good` section is missing"),
        ("## What to do", "## What else", "`## What to do` is missing"),
        ("## Why it matters", "## Why it matters so", "`## Why it matters` is missing"),
        ("Mend it.", "Mend it.\n\n## More\n", "`## More` is not expected"),
        ("## What to do\n\nMend it.\n", "", "`## What to do` is missing"),
    ],
)
def test_broken_page_is_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    """A page that breaks the grammar is refused with its file and the reason."""
    path = _written(PAGE.replace(old, new, 1), tmp_path)

    with pytest.raises(PageError) as error:
        read_page(path)

    assert message in str(error.value)
    assert str(path) in str(error.value)


def test_page_may_end_with_references(tmp_path: Path) -> None:
    """The section "See also" is the only one that may follow the remedy."""
    page = read_page(_written(f"{PAGE}\n## See also\n\nRFC 6455\n", tmp_path))

    assert page.sections[-1].text == "RFC 6455"


def test_code_is_never_used_twice(tmp_path: Path) -> None:
    """Two pages with one code are refused."""
    path = _written(PAGE, tmp_path)
    path.with_name("another-name.md").write_text(PAGE, encoding="utf-8")

    with pytest.raises(PageError, match="WS130 is taken by"):
        load_pages(tmp_path)
