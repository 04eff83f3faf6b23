"""What people answer where no rule can: a project's `wsaudit-answers.toml`."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from wsaudit.config import ConfigError
from wsaudit.regular import read_regular
from wsaudit.spelling import nearest
from wsaudit.toml import read_toml

FILE = "wsaudit-answers.toml"
SIZE_LIMIT = 1 << 20
_WORDS = {"item", "answer", "who", "until"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says of an item, ``1.2.4``, or of one of its checks, ``1.2.4.3``.

    ``until`` is the last day on which it holds, None for good.
    """

    item: str
    answer: str
    who: str = ""
    until: dt.date | None = None

    def is_stale(self, today: dt.date) -> bool:
        """Whether somebody has to look again."""
        return self.until is not None and self.until < today


def load_answers(path: str, *, required: bool = False) -> tuple[Answer, ...]:
    """The answers in a file, one for an item at most; none without a file.

    Raises ConfigError for a file that does not have the form, and for one that is
    ``required`` and not there.
    """
    if not required and not os.path.lexists(path):
        return ()
    try:
        text = read_regular(path, SIZE_LIMIT).decode("utf-8")
        document = read_toml(text)
    except OSError as error:
        raise ConfigError(f"cannot read `{path}`: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"`{path}` is no TOML: {error}") from None
    answers = tuple(_answers(path, document))
    items = [one.item for one in answers]
    for item in items:
        if items.count(item) > 1:
            raise ConfigError(f"`{path}` answers {item} more than once")
    return answers


def _answers(path: str, document: dict[str, Any]) -> Iterator[Answer]:
    given = document.get("answer", [])
    if set(document) - {"answer"} or not isinstance(given, list):
        raise ConfigError(f"`{path}` holds something else than [[answer]] tables")
    for number, each in enumerate(given, start=1):
        where = f"answer {number} in `{path}`"
        if not isinstance(each, dict):
            raise ConfigError(f"{where} is no table")
        yield _answer(where, each)


def _answer(where: str, each: dict[str, Any]) -> Answer:
    for key in each:
        if key not in _WORDS:
            raise ConfigError(f"{where}: unknown key `{key}`{nearest(key, _WORDS)}")
    texts = {}
    for key in ("item", "answer", "who"):
        texts[key] = each.get(key, "")
        if not isinstance(texts[key], str):
            raise ConfigError(f"{where}: `{key}` is no text")
        if key != "who" and not texts[key].strip():
            raise ConfigError(f"{where} has no `{key}`")
    until = each.get("until")
    if isinstance(until, dt.datetime) or not isinstance(until, dt.date | None):
        raise ConfigError(f"{where}: `until` is no date like 2027-01-31")
    return Answer(texts["item"], texts["answer"], texts["who"], until)


def unknown_items(answers: Collection[Answer], known: Collection[str]) -> list[str]:
    """A sentence for each answer to something that the checklist does not ask."""
    return [
        f"`{one.item}` is answered and is no item of the checklist"
        f"{nearest(one.item, known)}"
        for one in answers
        if one.item not in known
    ]
