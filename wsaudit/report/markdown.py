"""A comment on a pull request: the findings in Markdown, within GitHub's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from wsaudit.report.places import span
from wsaudit.report.remedy import page_url, pages_of, remedy
from wsaudit.report.sanitise import markdown_code, markdown_prose, mask_secrets
from wsaudit.report.severity import by_priority
from wsaudit.report.tally import checked, known, priorities, skipped
from wsaudit.spelling import amount

if TYPE_CHECKING:
    from wsaudit.outcome import Finding, Report
    from wsaudit.pages import Page

# A comment on GitHub holds 65,536 characters; some are left for what is around it.
MOST_CHARACTERS = 60_000


def render(report: Report, out: TextIO, *, limit: int = MOST_CHARACTERS) -> None:
    """Write a report as Markdown, the worst first, of at most ``limit`` characters."""
    pages = pages_of(report)
    looked = f"{checked(report)}{skipped(report)}{known(report)}"
    head = "### wsaudit: no findings"
    if report.findings:
        number = amount(len(report.findings), "finding")
        head = f"### wsaudit: {number} ({priorities(report)})"
    tail = markdown_prose(f"Checked {looked}.")
    if report.faults:
        number = amount(len(report.faults), "internal error")
        tail += f"\n\n**{number}: some verdicts are incomplete.**"
    room = limit - len(head) - len(tail) - 200
    lines: list[str] = []
    findings = sorted(report.findings, key=by_priority)
    for finding in findings:
        line = _line(report, finding, pages[finding.code])
        room -= len(line) + 1
        if room < 0:
            lines.append(f"- and {len(findings) - len(lines)} more")
            break
        lines.append(line)
    parts = (head, "\n".join(lines), tail)
    out.write("\n\n".join(filter(None, parts)) + "\n")


def _line(report: Report, finding: Finding, page: Page) -> str:
    line = span(report.source(finding.at.path), finding.at).line
    place = markdown_code(mask_secrets(f"{finding.at.path}:{line}"))
    message = markdown_prose(mask_secrets(finding.message))
    return (
        f"- **{finding.priority.value}** [{finding.code}]({page_url(page)}) {place} "
        f"{message}  \n  {markdown_prose(remedy(page))}"
    )
