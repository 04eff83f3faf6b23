"""The rules for people and programs: one page, or the table of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from wsaudit.pages import Page
from wsaudit.report.document import write_json

WIDTH = 88


def explain(page: Page, out: TextIO) -> None:
    """Write the page of a rule: laid out on a terminal, else as the Markdown it is."""
    head = f"{page.code} {page.name} · {_priorities(page)} · {page.side}"
    if not out.isatty():
        out.write(f"{head}\n\n{page.markdown.strip()}\n")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(file=out)
    console.width = min(console.width, WIDTH)
    console.print(head, markup=False, highlight=False)
    console.print(Markdown(page.markdown))


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
    rules = [
        {
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
        for page in pages
    ]
    write_json(rules, out)


def _priorities(page: Page) -> str:
    return "/".join(sorted({page.priority, *page.variants.values()}))
