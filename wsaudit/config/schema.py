"""The JSON schema of the configuration, for editors and for whoever checks a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wsaudit.config.keys import KEYS
from wsaudit.rule import Option, Priority

DRAFT = "http://json-schema.org/draft-07/schema#"
TITLE = "wsaudit.toml, and [tool.wsaudit] in pyproject.toml"


def schema(options: Iterable[Option]) -> dict[str, Any]:
    """The schema; ``options`` are the numbers that the rules declare."""
    properties = {
        key: {**each.schema, "description": each.about} for key, each in KEYS.items()
    }
    properties["rules"] |= _rules(options)
    return {
        "$schema": DRAFT,
        "title": TITLE,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _rules(options: Iterable[Option]) -> dict[str, Any]:
    """The tables of single rules: those with options by code, all others alike."""
    by_code: dict[str, dict[str, Any]] = {}
    for option in sorted(options, key=lambda one: (one.code, one.name)):
        by_code.setdefault(option.code, {})[option.name] = {
            "type": "number",
            "minimum": option.least,
            "default": option.default,
            "description": f"{option.about[:1].upper()}{option.about[1:]}.",
        }
    return {
        "properties": {code: _table(numbers) for code, numbers in by_code.items()},
        "additionalProperties": _table({}),
    }


def _table(numbers: dict[str, Any]) -> dict[str, Any]:
    priority = {
        "enum": [word.value for word in Priority],
        "description": "The priority of all findings of this rule.",
    }
    return {
        "description": "What is set of one rule.",
        "type": "object",
        # The name of a rule may stand for its code.
        "additionalProperties": bool(not numbers) and {"type": "number"},
        "properties": {"priority": priority, **numbers},
    }
