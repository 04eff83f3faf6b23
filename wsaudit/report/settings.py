"""The settings that count, as TOML with the place that each comes from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from wsaudit.config import Config
from wsaudit.config.keys import KEYS
from wsaudit.report.sanitise import harmless

_BARE = re.compile(r"[A-Za-z0-9_-]+")
WIDTH = 60
DEFAULT = "default"


def render(config: Config, notes: Iterator[str], out: TextIO) -> None:
    """Write notes as comments, then a line for each value."""
    file = f"`{os.path.relpath(config.file)}`" if config.file else "no file"
    out.write(f"# {harmless(file)} counts here, and paths count from its folder\n")
    out.writelines(f"# {harmless(note)}\n" for note in notes)
    out.write("\n")
    for key, value, where in _values(config):
        line = f"{key} = {_toml(value)}"
        out.write(f"{harmless(line):{WIDTH}}  # {harmless(where)}\n")


def _values(config: Config) -> Iterator[tuple[str, Any, str]]:
    """Each key with its value, the entries of a table one by one."""
    for key, each in KEYS.items():
        if key == "extend":
            continue
        value = each.shown(config)
        if not isinstance(value, Mapping):
            yield key, value, _where(config, key)
            continue
        for path, entry in _entries(value, (key,)):
            yield ".".join(map(_quoted, path)), entry, _where(config, *path)
        if not value:
            yield key, {}, _where(config, key)


def _entries(
    table: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _entries(value, (*path, name))
        else:
            yield (*path, name), value


def _where(config: Config, *key: str) -> str:
    """The places that set a key: one, or all of those that add to it."""
    places = [place for layer in config.layers if (place := layer.where(key))]
    adds = KEYS[key[0]].adds
    return ", ".join(places if adds else places[:1]) or DEFAULT


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{_quoted(key)} = {_toml(one)}" for key, one in value.items()
        )
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
