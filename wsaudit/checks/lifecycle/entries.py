"""Entries of registries: whose they are when they are taken out."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.registry import Entry
from wsaudit.rule import Pass, Problem, Related, Undecided, Verdicts, check


@check("WS114", on=Entry)
def cleanup_removes_successor(entry: Entry, project: Project) -> Verdicts:
    """The end of an old connection takes out the new one of the same client."""
    if entry.shared.absent:
        yield Pass(entry.at, entry.shared.why)
    elif entry.own.present:
        yield Pass(entry.own.at or entry.at, entry.own.why)
    elif entry.shared.unknown:
        yield Undecided(entry.at, entry.shared.why)
    else:
        blind = f", and `{entry.socket}` is not there to compare" if entry.blind else ""
        yield Problem(
            entry.at,
            f"this removes whatever socket `{entry.key}` has now{blind}: after a "
            f"reconnect that is the newer one, which then gets nothing",
            variant="helper-without-socket" if entry.blind else "",
            related=(Related(entry.registered_at, "registered here"),),
        )
