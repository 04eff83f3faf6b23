"""SARIF 2.1.0 as GitHub code scanning reads it: one run, every rule, exact places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from wsaudit import __version__
from wsaudit.report.document import write_json
from wsaudit.report.notifications import kinds, notifications
from wsaudit.report.places import repository_of
from wsaudit.report.remedy import HOME, page_url
from wsaudit.report.results import BASE, MOST_RESULTS, results
from wsaudit.report.sanitise import visible, well_formed
from wsaudit.report.severity import LEVELS, SECURITY, SEVERITIES

if TYPE_CHECKING:
    from wsaudit.outcome import Report
    from wsaudit.pages import Page

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_TAGS = 10
LONGEST_DESCRIPTION = 1_024


def render(
    report: Report,
    out: TextIO,
    *,
    root: str | None = None,
    category: str = "",
    suppressed: bool = False,
) -> None:
    """Write a report as SARIF.

    ``root`` is the directory that the URIs are relative to, the git top level unless
    given; ``category`` tells several uploads for one commit apart. ``suppressed`` adds
    the ignored findings, which GitHub would show like all others.
    """
    top = root or repository_of(report)
    run = _run(report, top, suppressed=suppressed)
    if category:
        run["automationDetails"] = {"id": f"{well_formed(category).rstrip('/')}/"}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    write_json(log, out)


def omitted(report: Report) -> int:
    """How many results are left out because GitHub would not show them."""
    return max(0, len(report.findings) - MOST_RESULTS)


def _run(report: Report, root: str, *, suppressed: bool) -> dict[str, Any]:
    pages = sorted(
        (outcome.rule.page for outcome in report.outcomes), key=lambda page: page.code
    )
    index = {page.code: at for at, page in enumerate(pages)}
    return {
        "tool": {
            "driver": {
                "name": "wsaudit",
                "semanticVersion": __version__,
                "informationUri": HOME,
                "rules": [_rule(page) for page in pages],
                "notifications": kinds(),
            }
        },
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {
            BASE: {"description": {"text": "The root of the repository."}}
        },
        "invocations": [
            {
                # False keeps GitHub from closing the alerts of earlier runs.
                "executionSuccessful": not report.crashed,
                "toolExecutionNotifications": notifications(
                    report, root, omitted=omitted(report)
                ),
            }
        ],
        "results": results(report, root, index, suppressed=suppressed),
    }


def _rule(page: Page) -> dict[str, Any]:
    why = _one_line(page.why)
    return {
        "id": page.code,
        # A name equal to the id says nothing, and validators complain.
        "name": "".join(word.capitalize() for word in page.name.split("-")),
        "shortDescription": {"text": _shortened(f"{_one_line(page.title)}.")},
        "fullDescription": {"text": _shortened(why)},
        "help": {"text": why, "markdown": well_formed(page.markdown)},
        "helpUri": page_url(page),
        "defaultConfiguration": {"level": LEVELS[page.priority]},
        "properties": _properties(page),
    }


def _properties(page: Page) -> dict[str, Any]:
    subject = "security" if page.cwe else "reliability"
    weaknesses = [f"external/cwe/cwe-{int(number):03}" for number in page.cwe]
    items = [f"checklist/{item}" for item in page.items]
    properties: dict[str, Any] = {
        "tags": [subject, *weaknesses, *items][:MOST_TAGS],
        "precision": page.confidence.value,
        "problem.severity": SEVERITIES[page.priority],
    }
    # The mere presence of this property files a rule as a vulnerability on GitHub.
    if page.cwe:
        properties["security-severity"] = SECURITY[page.priority]
    return properties


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
