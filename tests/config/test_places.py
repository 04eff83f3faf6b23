"""Where the keys of a TOML text stand."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsaudit.config.places import Path, key_places, line_and_column

TEXT = '''\
# select = "comment"
title = "a = 1"  # [no.header]
[tool.wsaudit]
select = [
  "WS1",  # one
  'WS2', """three
lines""",
]
contract.pairs = [{ client = "a", server = '[b]' }]
"per path"."x = y" = 3
[[list]]
key = 1979-05-27 07:32:00
[[list]]
key = {a = [1, 2], b.c = """"quoted""""}
[list.inner]
last = true
'''


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 2, 1),
        (("tool", "wsaudit"), 3, 1),
        (("tool", "wsaudit", "select"), 4, 1),
        (("tool", "wsaudit", "select", 0), 5, 3),
        (("tool", "wsaudit", "select", 2), 6, 10),
        (("tool", "wsaudit", "contract", "pairs"), 9, 10),
        (("tool", "wsaudit", "contract", "pairs", 0, "server"), 9, 35),
        (("tool", "wsaudit", "per path", "x = y"), 10, 12),
        (("list", 1, "key", "b", "c"), 14, 22),
        (("list", 1, "inner", "last"), 16, 1),
    ],
)
def test_key_is_found(path: Path, line: int, column: int) -> None:
    """Strings, comments, dotted keys, inline tables and lists of tables are told."""
    assert line_and_column(TEXT, key_places(TEXT)[path]) == (line, column)


def test_every_key_of_a_text_is_found() -> None:
    """As many as its parser finds."""

    def paths(value: Any, path: Path = ()) -> set[Path]:
        found = {path} if path else set()
        if isinstance(value, dict):
            return found.union(*(paths(each, (*path, k)) for k, each in value.items()))
        if isinstance(value, list):
            return found.union(*(paths(v, (*path, n)) for n, v in enumerate(value)))
        return found

    assert paths(tomllib.loads(TEXT)) - key_places(TEXT).keys() == {("tool",)}


@given(st.text("ab =[]{}\"'\n,.#\\"))
def test_any_text_is_answered(text: str) -> None:
    """What is no TOML ends the search, without an error."""
    key_places(text)
