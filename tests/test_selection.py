"""Selectors: what names a rule more closely wins, then who was asked last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.sample import make_page
from wsaudit.config import Config, ConfigError
from wsaudit.rule import Rule
from wsaudit.selection import enabled, matching

RULES = tuple(
    Rule(replace(make_page(code, name), chapter=chapter), ())
    for code, name, chapter in (
        ("WS105", "effect-socket-not-closed", "lifecycle"),
        ("WS107", "endpoint-without-cleanup", "lifecycle"),
        ("WS130", "send-without-ready-check", "delivery"),
    )
)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, "105 107 130"),
        ({"select": ("WS105",)}, "105"),
        ({"select": ("lifecycle",)}, "105 107"),
        ({"select": ("send-without-ready-check",)}, "130"),
        ({"select": ("WS10",)}, "105 107"),
        ({"select": ()}, ""),
        ({"ignore": ("WS105",)}, "107 130"),
        ({"ignore": ("ALL",)}, ""),
        ({"select": ("WS105",), "ignore": ("lifecycle",)}, "105"),
        ({"select": ("WS1",), "ignore": ("WS10",)}, "130"),
        ({"select": ("WS105",), "ignore": ("WS105",)}, ""),
        ({"select": ("WS130",), "asked_select": ("WS105",)}, "105"),
        ({"ignore": ("WS105",), "asked_select": ("WS105",)}, "105"),
        ({"ignore": ("lifecycle",), "asked_select": ("ALL",)}, "130"),
        ({"asked_ignore": ("WS105",), "asked_select": ("WS105",)}, ""),
        ({"asked_ignore": ("WS1",), "select": ("WS105",)}, "105"),
    ],
)
def test_closest_selector_wins(options: dict[str, Any], numbers: str) -> None:
    """Closeness, then the command line, then ignoring."""
    chosen = enabled(Config("/", **options), RULES)

    assert sorted(chosen) == [f"WS{number}" for number in numbers.split()]


@pytest.mark.parametrize("field", ["select", "ignore", "asked_select", "asked_ignore"])
@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("WS106", "; did you mean `WS105`?"),
        ("WS2", ""),
        ("ws1055", "; did you mean `WS105`?"),
        ("lifecycl", "; did you mean `lifecycle`?"),
        ("", ""),
    ],
)
def test_unknown_selector_is_an_error(field: str, word: str, hint: str) -> None:
    """A typing mistake must not silence a rule."""
    with pytest.raises(ConfigError) as error:
        enabled(Config("/", **{field: (word,)}), RULES)  # type: ignore[arg-type]

    assert str(error.value).startswith(f"unknown rule `{word}`")
    assert hint in str(error.value)


def test_matching_collects_what_selectors_name() -> None:
    """Per-path ignores name rules just as ``--ignore`` does."""
    assert matching(("WS105", "delivery"), RULES) == {"WS105", "WS130"}
    assert matching(("ALL",), RULES) == {"WS105", "WS107", "WS130"}
    with pytest.raises(ConfigError):
        matching(("WS9",), RULES)
