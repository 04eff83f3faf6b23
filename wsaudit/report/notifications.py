"""What a SARIF run says about itself: files it skipped, and what went wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsaudit.report.results import artifact
from wsaudit.report.sanitise import harmless

if TYPE_CHECKING:
    from wsaudit.outcome import Fault, Report, Skip

MOST_NOTIFICATIONS = 1_000

# Reasons that are a choice; every other one deserves a look.
DELIBERATE = frozenset({"excluded", "generated", "ignored", "link", "minified"})

_KINDS = {
    "internal-error": (
        "A part of wsaudit failed.",
        "A reader or a rule raised an exception; everything else went on.",
        "Please report it, with the file or the part of it that is enough.",
    ),
    "more-notifications": (
        "There are more notifications than fit.",
        "Only the first notifications of the run are written.",
        "The text and JSON reports have all of them.",
    ),
    "partly-read-file": (
        "A file was analysed in part.",
        "What stands in the unreadable part is not reported.",
        "Mend the syntax at the place named, then run wsaudit again.",
    ),
    "results-omitted": (
        "There are more findings than GitHub shows.",
        "The least severe findings were left out of this log.",
        "The text and JSON reports have all of them.",
    ),
    "skipped-file": (
        "A file was not analysed.",
        "Nothing in this file was looked at: it has neither findings nor passes.",
        "Mend what keeps the file from being read, or exclude it in the configuration.",
    ),
}


def kinds() -> list[dict[str, Any]]:
    """The descriptors of all notifications, sorted."""
    return [
        {
            "id": name,
            "shortDescription": {"text": short},
            "fullDescription": {"text": full},
            "help": {"text": remedy},
        }
        for name, (short, full, remedy) in sorted(_KINDS.items())
    ]


def notifications(report: Report, root: str, *, omitted: int) -> list[dict[str, Any]]:
    """One notification for each skipped file and internal error of a run."""
    said = []
    if omitted:
        text = f"{omitted} results of the lowest severity were left out."
        said.append(_notification("results-omitted", "warning", text))
    said += [_fault(report, fault, root) for fault in report.faults]
    said += [_skip(report, skip, root) for skip in report.skipped]
    if len(said) <= MOST_NOTIFICATIONS:
        return said
    left = len(said) - MOST_NOTIFICATIONS
    text = f"{left} more notifications were left out."
    last = _notification("more-notifications", "warning", text)
    return [*said[:MOST_NOTIFICATIONS], last]


def _skip(report: Report, skip: Skip, root: str) -> dict[str, Any]:
    kind = "partly-read-file" if skip.partial else "skipped-file"
    verb = "was read in part" if skip.partial else "was skipped"
    detail = f" ({skip.detail})" if skip.detail else ""
    text = harmless(f"{skip.path} {verb}: {skip.reason}{detail}.")
    level = "note" if skip.reason in DELIBERATE else "warning"
    said = _notification(kind, level, text)
    place: dict[str, Any] = {"artifactLocation": artifact(report, skip.path, root)}
    if skip.line:
        place["region"] = {"startLine": skip.line}
    return {**said, "locations": [{"physicalLocation": place}]}


def _fault(report: Report, fault: Fault, root: str) -> dict[str, Any]:
    text = harmless(f"{fault.where} failed: {fault.message}.")
    said = _notification("internal-error", "error", text)
    if not fault.path:
        return said
    place = {"artifactLocation": artifact(report, fault.path, root)}
    return {**said, "locations": [{"physicalLocation": place}]}


def _notification(kind: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": kind}, "level": level, "message": {"text": text}}
