"""Fixes of the chapter housekeeping: ignores that silence nothing are taken away."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from functools import lru_cache

from wsaudit.comments import Directive, checked, directives
from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import BLANK, Layout, layout_of
from wsaudit.outcome import Finding
from wsaudit.source import Place
from wsaudit.syntax import nodes

_CODES = re.compile(r"`(WS\d{3})`")
_NEAR = 200
"""Bytes around a comment in which the braces of markup are looked for."""


@fixes("WS900")
def unused_ignore(finding: Finding, ground: Ground) -> Fix | None:
    """Take away the codes that silence nothing, and the comment with the last one."""
    layout = layout_of(ground, finding.at.path)
    if layout is None:
        return None
    found = _directives(layout.module)
    if finding.at not in found:
        return None
    idle = set(_CODES.findall(finding.message))
    ends = {at for code, at in found[finding.at].ends if code in idle}
    edits = tuple(
        _without(found[at], idle, layout) for at in sorted({finding.at, *ends})
    )
    return Fix("take the unused ignore away", Applicability.SAFE, edits)


@lru_cache(maxsize=8)
def _directives(module: nodes.Module) -> dict[Place, Directive]:
    found = directives(module)
    codes = {code for one in found for code in one.codes}
    return {one.at: one for one in checked(found, codes, dt.date.min)}


def _without(directive: Directive, idle: set[str], layout: Layout) -> Edit:
    left = [code for code in directive.codes if code not in idle]
    return _fewer(directive, left, layout) if left else _gone(directive, layout)


def _fewer(directive: Directive, left: list[str], layout: Layout) -> Edit:
    text = layout.source.slice(directive.at)
    opened, closed = text.index("[") + 1, text.index("]")
    start = directive.at.start + len(text[:opened].encode())
    end = directive.at.start + len(text[:closed].encode())
    return Edit(layout.place(start, end), ", ".join(left))


def _gone(directive: Directive, layout: Layout) -> Edit:
    """Without the directive; without its comment, or its line, where that is all."""
    data = layout.source.data
    comment = _comment(layout.module, directive.at)
    only = comment.start == directive.at.start and data[
        directive.at.end : comment.end
    ].strip() in (b"", b"*/", b"-->")
    start, end = directive.at.start, directive.at.end
    if not only:
        return Edit(_without_space_before(start, end, data, layout), "")
    start, end = _braces(comment.start, comment.end, data)
    first = layout.start_of_line(start)
    if data[first:start].strip(BLANK) or data[end : layout.end_of_line(end)].strip():
        return Edit(_without_space_before(start, end, data, layout), "")
    line = layout.source.line_of(max(start, end - 1))
    starts = layout.source.line_starts
    return Edit(layout.place(first, starts[line] if line < len(starts) else end), "")


def _without_space_before(start: int, end: int, data: bytes, layout: Layout) -> Place:
    first = layout.start_of_line(start)
    return layout.place(first + len(data[first:start].rstrip(BLANK)), end)


def _comment(module: nodes.Module, at: Place) -> nodes.Comment:
    behind = bisect_right(module.comments, at.start, key=lambda one: one.start)
    return module.comments[behind - 1]


def _braces(start: int, end: int, data: bytes) -> tuple[int, int]:
    """A comment with the braces that it stands in, as it does in markup."""
    near = max(0, start - _NEAR)
    before, after = data[near:start].rstrip(), data[end : end + _NEAR].lstrip()
    if before.endswith(b"{") and after.startswith(b"}"):
        opened = near + len(before) - 1
        if _is_markup(data, opened):
            return opened, data.index(b"}", end) + 1
    return start, end


def _is_markup(data: bytes, brace: int) -> bool:
    """Whether a brace follows a tag or a line that begins with it, not a block."""
    before = data[:brace].rstrip()
    return before.endswith((b">", b"}")) and not before.endswith(b"=>")
