"""What to do about a finding, in one line, and where the page of its rule is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wsaudit.report.sanitise import visible

if TYPE_CHECKING:
    from wsaudit.outcome import Report
    from wsaudit.pages import Page

HOME = "https://github.com/wsaudit/wsaudit"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def pages_of(report: Report) -> dict[str, Page]:
    """The pages of all rules that looked, by code."""
    return {outcome.rule.page.code: outcome.rule.page for outcome in report.outcomes}


def remedy(page: Page) -> str:
    """The first sentence of *What to do*, without links."""
    first = page.what_to_do.strip().partition("\n")[0]
    return visible(_LINK.sub(r"\1", first))


def page_url(page: Page) -> str:
    """Where the page can be read."""
    return f"{HOME}/blob/main/rules/{page.chapter}/{page.name}.md"
