"""Selectors: what names a rule more closely wins, then who was asked last."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.report.sample import make_page
from wsaudit.config import Config, ConfigError
from wsaudit.rule import Option, Priority, Rule
from wsaudit.selection import enabled, ignored, settings

RULES = tuple(
    Rule(
        replace(make_page(code, name), chapter=chapter),
        (),
        (Option("WS130", "far", 2, "steps", least=1),) if code == "WS130" else (),
    )
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


def test_what_is_ignored_in_a_folder_is_collected() -> None:
    """Selectors come to codes."""
    config = Config("/", ignore=("WS105",), extend_ignore=("delivery",))

    assert ignored(config, RULES) == {"WS105", "WS130"}
    assert ignored(Config("/", ignore=("ALL",)), RULES) == {"WS105", "WS107", "WS130"}
    with pytest.raises(ConfigError, match="unknown rule `WS9`"):
        ignored(Config("/", ignore=("WS9",)), RULES)


def test_rules_are_set_by_code_or_name() -> None:
    """A priority, and the numbers that the rule declares."""
    config = Config(
        "/",
        rules=(
            ("ws105", (("priority", Priority.P0),)),
            ("send-without-ready-check", (("far", 3.0),)),
        ),
    )
    found = settings(config, RULES)

    assert found.priorities == {"WS105": Priority.P0}
    assert found.numbers == {("WS130", "far"): 3.0}


@pytest.mark.parametrize(
    ("word", "name", "message"),
    [
        ("WS131", "far", "unknown rule `WS131`; did you mean `WS130`?"),
        ("WS1", "far", "`WS1` is not one rule; name it by its code"),
        ("WS130", "fra", "`fra` cannot be set of WS130; did you mean `far`?"),
        ("WS130", "far", "`far` must not be below 1"),
    ],
)
def test_what_cannot_be_set_is_refused(word: str, name: str, message: str) -> None:
    """It must be one rule, and a number that it has."""
    config = Config("/", rules=((word, ((name, 0.0),)),))

    with pytest.raises(ConfigError, match=re.escape(message)):
        settings(config, RULES)
