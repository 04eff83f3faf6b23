"""What the checklist of a project is made with, beside what its code says."""

from __future__ import annotations

import datetime as dt
import os

from wsaudit.answers import FILE, load_answers, unknown_items
from wsaudit.config import Config, ConfigError
from wsaudit.report.checklist.document import Asked
from wsaudit.report.items import load_items
from wsaudit.since import commit_of


def asked_of(
    config: Config,
    *,
    answers: str | None = None,
    title: str | None = None,
    date: str | None = None,
) -> tuple[Asked, list[str]]:
    """The title, commit, date and answers of a checklist, and notes on the answers.

    ``answers`` is a file that must be there; ``date`` is like ``2027-01-31``. Raises
    ConfigError.
    """
    path = answers or os.path.join(config.root, FILE)
    found = load_answers(path, required=answers is not None)
    today = _day(date) if date else dt.datetime.now().astimezone().date()
    checks = [(item.id, *(one.id for one in item.checks)) for item in load_items()]
    notes = unknown_items(found, [name for names in checks for name in names])
    stale = [one.item for one in found if one.is_stale(today)]
    if stale:
        notes.append(f"answers out of date: {', '.join(stale)}")
    asked = Asked(
        title=title or "",
        commit=commit_of(config.root),
        date=str(today) if date else "",
        today=today,
        answers=found,
    )
    return asked, notes


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"`{text}` is no date like 2027-01-31") from None
