"""The rules as pages and tables."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

from tests.report.sample import make_page
from wsaudit.report import rulebook
from wsaudit.rule import Priority

PAGES = [
    replace(make_page(), variants={"commented": Priority.P2}),
    make_page("WS181", "broadcast-over-live-collection", title="Sockets come and go"),
]


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_page_is_printed_as_it_is() -> None:
    """A pipe gets the Markdown under a line with what the front matter says."""
    out = StringIO()
    rulebook.explain(PAGES[0], out)

    assert out.getvalue() == (
        "WS105 effect-socket-not-closed · P1/P2 · both\n\n"
        "- Checklist 1.1.2: Connections are cleaned up\n\n"
        f"{PAGES[0].markdown.strip()}\n"
    )


def test_page_is_laid_out_on_a_terminal() -> None:
    """Headings and code are set, markup in the text stays text."""
    out = Terminal()
    rulebook.explain(replace(PAGES[0], markdown="# A [red]title[/red]\n\n`x`\n"), out)

    assert out.getvalue().startswith("WS105 effect-socket-not-closed")
    assert "A [red]title[/red]" in out.getvalue()
    assert "# A" not in out.getvalue()


def test_table_is_aligned() -> None:
    """One line a rule, columns under each other, no blank at the end."""
    out = StringIO()
    rulebook.table(PAGES, out)

    assert out.getvalue() == (
        "WS105  P1/P2  both  effect-socket-not-closed        "
        "A socket opened in an effect is not closed by it\n"
        "WS181  P1     both  broadcast-over-live-collection  Sockets come and go\n"
    )


def test_table_of_nothing_is_empty() -> None:
    """No rules, no lines."""
    out = StringIO()
    rulebook.table([], out)

    assert out.getvalue() == ""


def test_table_for_programs() -> None:
    """All of the front matter."""
    out = StringIO()
    rulebook.table_json(PAGES, out)
    first, second = json.loads(out.getvalue())

    assert first["variants"] == {"commented": "P2"}
    assert second == {
        "code": "WS181",
        "name": "broadcast-over-live-collection",
        "title": "Sockets come and go",
        "chapter": "lifecycle",
        "priority": "P1",
        "variants": {},
        "side": "both",
        "items": ["1.1.2"],
        "confidence": "high",
        "strict": False,
        "yields_to": [],
    }


def test_table_for_a_page() -> None:
    """Each rule links to its page."""
    out = StringIO()
    rulebook.table_markdown(PAGES[:1], out)
    rows = out.getvalue().splitlines()

    assert rows[0] == "| Code | Rule | Priority | Side | Checklist |"
    assert rows[2].startswith("| WS105 | [effect-socket-not-closed](https://")
    assert rows[2].endswith(
        "effect-socket-not-closed.md): A socket opened in an effect is not closed by "
        "it | P1 / P2 | both | 1.1.2 |"
    )


def test_page_is_one_object_for_programs() -> None:
    """With the items of the checklist, and without the marks of our tests."""
    out = StringIO()
    marked = '```ts\nws.send(x); // WS105 (commented) "why"\n  # WS105\nok();\n```\n'
    rulebook.explain_json(replace(PAGES[0], markdown=marked), out)
    page = json.loads(out.getvalue())

    assert page["checklist"][0]["id"] == "1.1.2"
    assert page["help"] == "Close it in the cleanup."
    assert page["markdown"] == "```ts\nws.send(x);\n\nok();\n```\n"
