"""What to do about a finding: in one line, in steps, and as code that is good."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from wsaudit.report.sanitise import visible
from wsaudit.source import Language, language_of

if TYPE_CHECKING:
    from wsaudit.outcome import Report
    from wsaudit.pages import Page

HOME = "https://github.com/wsaudit/wsaudit"
NO_REMEDY = "an ignore comment, or a file left out, hides a finding and mends nothing"
"""What is no way to mend anything."""

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def pages_of(report: Report) -> dict[str, Page]:
    """The pages of all rules that looked, by code."""
    return {outcome.rule.page.code: outcome.rule.page for outcome in report.outcomes}


def remedy(page: Page) -> str:
    """The first sentence of *What to do*, without links."""
    first = page.what_to_do.strip().partition("\n")[0]
    return visible(_LINK.sub(r"\1", first))


def steps(page: Page) -> list[str]:
    """All of *What to do*, a line each, without links."""
    lines = page.what_to_do.splitlines()
    return [visible(_LINK.sub(r"\1", line)) for line in lines if line.strip()]


def good_example(page: Page, paths: Collection[str]) -> Mapping[str, str]:
    """The shortest good code of a page in the language of some files, by file name."""
    wanted = {language_of(path) is Language.PYTHON for path in paths}
    found = sorted(
        (one.files for one in page.good),
        key=lambda files: (
            not wanted & {language_of(name) is Language.PYTHON for name in files},
            sum(map(len, files.values())),
        ),
    )
    return found[0]


def verification(codes: Collection[str]) -> str:
    """The command that tells whether findings of some rules are gone."""
    return f"wsaudit check --select {','.join(sorted(codes))}"


def page_url(page: Page) -> str:
    """Where the page can be read."""
    return f"{HOME}/blob/main/rules/{page.chapter}/{page.name}.md"
