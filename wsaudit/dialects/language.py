"""The languages' own words: bare names by what they say, from ``language.toml``."""

from __future__ import annotations

import re
from collections.abc import Collection

from wsaudit.dialects.forms import Dialect, DialectError

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words_in(text: str) -> tuple[str, ...]:
    """The words that an identifier or a text is made of, in small letters."""
    return tuple(word.lower() for word in _WORD.findall(text))


def spoken_names(dialects: Collection[Dialect]) -> dict[str, frozenset[str]]:
    """The bare names of each kind. Raises DialectError for a kind nobody declares."""
    found: dict[str, set[str]] = {}
    for dialect in dialects:
        for kind in dialect.kind:
            if kind in found:
                raise DialectError(f"{dialect.id}: `{kind}` is declared twice")
            found[kind] = set()
    for dialect in dialects:
        for row in dialect.says:
            if row.kind not in found:
                raise DialectError(f"{dialect.id}: nothing says `{row.kind}`")
            twice = found[row.kind].intersection(row.names)
            if twice or len(set(row.names)) < len(row.names):
                names = ", ".join(sorted(twice)) or "a name"
                raise DialectError(f"{dialect.id}: {names} says `{row.kind}` twice")
            found[row.kind].update(row.names)
    return {kind: frozenset(names) for kind, names in found.items()}
