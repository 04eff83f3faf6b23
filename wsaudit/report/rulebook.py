"""The rules for people and programs: one page, or the table of all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from wsaudit.pages import Page
from wsaudit.report.document import write_json
from wsaudit.report.items import Item, load_items
from wsaudit.report.remedy import page_url, remedy

WIDTH = 88
_MARK = re.compile(
    r"""(?:^[ \t]*|[ \t]+)(?:\#|//|\{?/\*)[ ]?WS\d{3}(?:[ ]\([a-z0-9-]+\))?
    (?:[ ]"[^"\n]*")?[ ]*(?:\*/\}?)?[ ]*$""",
    re.VERBOSE | re.MULTILINE,
)


def explain(page: Page, out: TextIO) -> None:
    """Write the page of a rule: laid out on a terminal, else as the Markdown it is."""
    if not out.isatty():
        explain_markdown(page, out)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(file=out)
    console.width = min(console.width, WIDTH)
    console.print(_head(page), markup=False, highlight=False)
    for item in items_of(page):
        line = f"checklist {item.id} {item.title}"
        console.print(line, markup=False, highlight=False)
    console.print(Markdown(_shown(page)))


def explain_markdown(page: Page, out: TextIO) -> None:
    """Write the page of a rule as Markdown, with the items it answers."""
    items = [f"- Checklist {item.id}: {item.title}" for item in items_of(page)]
    parts = (_head(page), "\n".join(items), _shown(page).strip())
    out.write("\n\n".join(filter(None, parts)) + "\n")


def explain_json(page: Page, out: TextIO) -> None:
    """Write the page of a rule as one JSON object."""
    write_json(
        {
            **_data(page),
            "checklist": [
                {"id": item.id, "title": item.title, "section": item.section_title}
                for item in items_of(page)
            ],
            "why": page.why.strip(),
            "decides": page.decides.strip(),
            "what_to_do": page.what_to_do.strip(),
            "help": remedy(page),
            "url": page_url(page),
            "markdown": _shown(page),
        },
        out,
    )


PAGE_FORMATS: dict[str, Callable[[Page, TextIO], None]] = {
    "text": explain,
    "md": explain_markdown,
    "json": explain_json,
}


def items_of(page: Page) -> list[Item]:
    """The items of the checklist that a rule answers."""
    return [item for item in load_items() if item.id in page.items]


def table(pages: Iterable[Page], out: TextIO) -> None:
    """Write a line for each rule: code, priorities, side, name and title."""
    rows = [
        (page.code, _priorities(page), page.side, page.name, page.title)
        for page in pages
    ]
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for *cells, title in rows:
        padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
        out.write(f"{'  '.join(padded)}  {title}\n")


def table_json(pages: Iterable[Page], out: TextIO) -> None:
    """Write the rules as a JSON array of objects."""
    write_json([_data(page) for page in pages], out)


def table_markdown(pages: Iterable[Page], out: TextIO) -> None:
    """Write the rules as a table in Markdown, each with a link to its page."""
    out.write("| Code | Rule | Priority | Side | Checklist |\n|---|---|---|---|---|\n")
    for page in pages:
        priorities = " / ".join(sorted({page.priority, *page.variants.values()}))
        out.write(
            f"| {page.code} | [{page.name}]({page_url(page)}): {page.title} "
            f"| {priorities} | {page.side} | {', '.join(page.items)} |\n"
        )


TABLE_FORMATS: dict[str, Callable[[Iterable[Page], TextIO], None]] = {
    "table": table,
    "md": table_markdown,
    "json": table_json,
}


def _data(page: Page) -> dict[str, Any]:
    return {
        "code": page.code,
        "name": page.name,
        "title": page.title,
        "chapter": page.chapter,
        "priority": page.priority.value,
        "variants": {name: each.value for name, each in page.variants.items()},
        "side": page.side,
        "items": list(page.items),
        "confidence": page.confidence.value,
        "strict": page.strict,
        "yields_to": list(page.yields_to),
    }


def _shown(page: Page) -> str:
    """The page without the marks by which its examples are tested."""
    return _MARK.sub("", page.markdown)


def _head(page: Page) -> str:
    return f"{page.code} {page.name} · {_priorities(page)} · {page.side}"


def _priorities(page: Page) -> str:
    return "/".join(sorted({page.priority, *page.variants.values()}))
