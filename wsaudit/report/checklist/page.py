"""The checklist as one page of HTML that needs nothing else: no script, no network."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from wsaudit.outcome import State
from wsaudit.report.checklist.document import Asked, document_of
from wsaudit.report.remedy import page_url, pages_of

if TYPE_CHECKING:
    from jinja2 import Template

    from wsaudit.outcome import Report
    from wsaudit.report.checklist.document import Entry

# How many places of each kind an item shows before the rest is folded away.
_SHOWN = 3
_STATES = (
    (State.FAIL, "fail", "✕"),
    (State.PASS, "pass", "✓"),
    (State.UNDECIDED, "undecided", "?"),
    (State.NOT_APPLICABLE, "na", "-"),
)


def render(report: Report, out: TextIO, asked: Asked) -> None:
    """Write the page.

    Its policy allows the one style sheet in it and nothing else, so that no text of the
    audited code can do anything even if it were no text.
    """
    from markupsafe import Markup

    document = document_of(report, asked)
    sections = [(group[0].verdict.item, group) for group in _sections(document.entries)]
    style = _resource("checklist.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    counts = [
        (
            name,
            mark,
            state.value,
            sum(e.verdict.state is state for e in document.entries),
        )
        for state, name, mark in _STATES
    ]
    urls = {code: page_url(page) for code, page in pages_of(report).items()}
    out.write(
        _template().render(
            document=document,
            sections=sections,
            counts=counts,
            names={state: name for state, name, _ in _STATES} | {None: "person"},
            marks={state: mark for state, _, mark in _STATES} | {None: "☐"},
            urls=urls,
            shown=_SHOWN,
            style=Markup(style),  # noqa: S704 - our own file
            digest=digest,
        )
    )


def _sections(entries: tuple[Entry, ...]) -> list[list[Entry]]:
    return [
        list(group)
        for _, group in groupby(entries, key=lambda entry: entry.verdict.item.section)
    ]


def _resource(name: str) -> str:
    return files("wsaudit.report.checklist").joinpath(name).read_text("utf-8")


@cache
def _template() -> Template:
    # Only this format needs it.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["parts"] = _parts
    return environment.from_string(_resource("checklist.html"))


def _parts(text: str) -> list[tuple[bool, str]]:
    """A sentence in pieces, each with whether it is code, between backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a backtick without its partner starts no code
        pieces[-2:] = [f"{pieces[-2]}`{pieces[-1]}"]
    return [(bool(at % 2), piece) for at, piece in enumerate(pieces) if piece]
