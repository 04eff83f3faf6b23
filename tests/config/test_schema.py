"""The schema of the configuration says what its reader does."""

from __future__ import annotations

import io
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.commands import Shell
from wsaudit.catalogue import load_rules
from wsaudit.config import ConfigError, load_config
from wsaudit.config.keys import KEYS
from wsaudit.config.schema import schema
from wsaudit.report.document import write_json

ROOT = Path(__file__).parent.parent.parent
STORED = ROOT / "wsaudit" / "wsaudit.schema.json"
OPTIONS = [option for rule in load_rules() for option in rule.options]
SCHEMA = schema(OPTIONS)
BLOCKS = [
    block
    for block in re.findall(
        r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    if "[[answer]]" not in block
]

WRONG = (
    "selct = []",
    "select = 'WS1'",
    "fail-on = 'P7'",
    "strict = 1",
    "per-path-ignores = ['a']",
    "contract.pairs = [{client = 'a'}]",
    "contract.pair = []",
    "rules.WS105.priority = 'P9'",
    "rules.WS105.far = 'x'",
)


def _fits(text: str) -> bool:
    table: Any = tomllib.loads(text)
    table = table.get("tool", {}).get("wsaudit", table)
    validator = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
    return bool(validator.is_valid(table))


def _described(value: Any) -> Iterator[tuple[str, Any]]:
    for key, each in value.get("properties", {}).items():
        yield key, each
        yield from _described(each.get("items", each))


def test_schema_is_a_schema(shell: Shell) -> None:
    """Of the draft that it names, and what the command prints."""
    jsonschema.validators.validator_for(SCHEMA).check_schema(SCHEMA)

    assert json.loads(shell("schema").out) == SCHEMA


def test_schema_is_in_the_package(*, update: bool) -> None:
    """Editors read the file."""
    out = io.StringIO()
    write_json(SCHEMA, out)
    if update:
        STORED.write_text(out.getvalue(), encoding="utf-8")

    assert STORED.read_text("utf-8") == out.getvalue()


def test_every_key_is_described() -> None:
    """At each level."""
    described = dict(_described(SCHEMA))

    assert described.keys() >= KEYS.keys()
    assert [key for key, each in described.items() if not each["description"]] == []


@pytest.mark.parametrize("block", BLOCKS)
def test_example_of_the_readme_fits(block: str, tmp_path: Path) -> None:
    """The schema and the reader both take it."""
    name = "pyproject.toml" if "[tool." in block else "wsaudit.toml"
    (tmp_path / "shared.toml").write_text("")
    (tmp_path / name).write_text(block, encoding="utf-8")
    load_config(str(tmp_path))

    assert _fits(block)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused_does_not_fit(text: str, tmp_path: Path) -> None:
    """The schema and the reader both refuse it."""
    (tmp_path / "wsaudit.toml").write_text(text)
    with pytest.raises(ConfigError):
        load_config(str(tmp_path))

    assert not _fits(text)
