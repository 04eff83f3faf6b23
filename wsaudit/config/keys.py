"""The keys of a configuration: how each is read, what may stand there, what it says."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wsaudit.config.layers import Layer
from wsaudit.config.places import Path
from wsaudit.config.values import (
    EXCLUDED,
    Config,
    Pair,
    RuleSettings,
    parse_fail_on,
)
from wsaudit.rule import Confidence, Priority

FAIL_ON = (*Priority, "never")

Schema = Mapping[str, Any]
STRING: Schema = {"type": "string"}
STRINGS: Schema = {"type": "array", "items": STRING}


@dataclass(frozen=True, slots=True)
class Key:
    """One key: the field it sets, its reader, its schema and its description.

    A key that ``adds`` is added to what an extended file says; of a key whose entries
    are ``merged`` each replaces the one of the same name. ``shown`` makes of a Config
    what a file would say.
    """

    field: str
    about: str
    read: Callable[[Layer, Path, Any], Any]
    schema: Schema
    shown: Callable[[Config], Any]
    adds: bool = False
    merged: bool = False


def _listed(field: str, about: str, *, adds: bool = False) -> Key:
    return Key(
        field,
        about,
        lambda layer, at, value: layer.strings(value, at),
        STRINGS,
        lambda config: list(getattr(config, field)),
        adds=adds,
    )


def _word(field: str, about: str, kind: type[StrEnum]) -> Key:
    return Key(
        field,
        about,
        lambda layer, at, value: kind(layer.choice(value, at, kind)),
        {"enum": [word.value for word in kind]},
        lambda config: str(getattr(config, field)),
    )


def _flag(field: str, about: str) -> Key:
    return Key(
        field,
        about,
        lambda layer, at, value: layer.flag(value, at),
        {"type": "boolean"},
        lambda config: getattr(config, field),
    )


def _paths(layer: Layer, at: Path, value: object) -> tuple[str, ...]:
    root = layer.root
    return tuple(os.path.join(root, path) for path in layer.within(value, at))


def _told_paths(config: Config) -> list[str]:
    """What the configuration names, whatever the command line does."""
    for layer in config.layers:
        if isinstance(layer.table, dict) and "paths" in layer.table:
            return list(layer.table["paths"])
    return []


def _one_path(layer: Layer, at: Path, value: object) -> str:
    (path,) = layer.within([layer.string(value, at)], at)
    return os.path.join(layer.root, path)


def _below(config: Config, path: str) -> str:
    return os.path.relpath(path, config.root).replace(os.sep, "/") if path else ""


def _fail_on(layer: Layer, at: Path, value: object) -> Priority | None:
    return parse_fail_on(layer.choice(value, at, FAIL_ON))


def _per_path(
    layer: Layer, at: Path, value: object
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = layer.known(value, at)
    return tuple(
        (pattern, layer.strings(codes, (*at, pattern)))
        for pattern, codes in table.items()
    )


def _rules(
    layer: Layer, at: Path, value: object
) -> tuple[tuple[str, RuleSettings], ...]:
    found = []
    for word, table in layer.known(value, at).items():
        here = (*at, word)
        settings = [
            (name, _setting(layer, (*here, name), each))
            for name, each in layer.known(table, here).items()
        ]
        found.append((word, tuple(settings)))
    return tuple(found)


def _setting(layer: Layer, at: Path, value: object) -> Priority | float:
    if at[-1] == "priority":
        return Priority(layer.choice(value, at, Priority))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value):  # type: ignore[arg-type]
        raise layer.error(at, f"`{at[-1]}` must be a number")
    return value  # type: ignore[return-value]


def _pairs(layer: Layer, at: Path, value: object) -> tuple[Pair, ...]:
    table = layer.known(value, at, ("pairs",))
    pairs = table.get("pairs", [])
    here: Path = (*at, "pairs")
    if not isinstance(pairs, list):
        raise layer.error(here, "`pairs` must be a list of tables")
    made = []
    for number, pair in enumerate(pairs):
        place = (*here, number)
        found = layer.known(pair, place, ("client", "server"))
        if set(found) != {"client", "server"}:
            raise layer.error(place, "a pair needs `client` and `server`")
        ends = [layer.string(found[key], (*place, key)) for key in ("client", "server")]
        made.append(Pair(*ends))
    return tuple(made)


def _shown_pairs(config: Config) -> dict[str, Any]:
    pairs = [
        {"client": one.client, "server": one.server} for one in config.contract_pairs
    ]
    return {"pairs": pairs} if pairs else {}


KEYS: dict[str, Key] = {
    "root": _flag(
        "whole",
        "This file counts for everything below its folder, wherever wsaudit is run; "
        "files in folders below may only add `ignore`, `per-path-ignores` and "
        "priorities for what lies in them.",
    ),
    "extend": Key(
        "extend",
        "Another file of the repository to begin from. What this file says replaces "
        "it, key by key; paths and patterns in it count from here.",
        lambda layer, at, value: layer.string(value, at),
        STRING,
        lambda _: "",
    ),
    "paths": Key(
        "paths",
        "What to audit when the command line names nothing, relative to this file.",
        _paths,
        STRINGS,
        _told_paths,
    ),
    "exclude": _listed(
        "exclude",
        "Names and paths that are not read, in place of the usual ones: "
        f"{', '.join(EXCLUDED[:4])} and so on.",
    ),
    "extend-exclude": _listed(
        "extend_exclude",
        "Names and paths that are not read either: `legacy`, `*.gen.ts`, "
        "`backend/old/**`.",
        adds=True,
    ),
    "select": _listed(
        "select",
        "The rules that are reported: codes, names, prefixes such as `WS1`, chapters, "
        "or `ALL`.",
    ),
    "ignore": _listed("ignore", "The rules that are not reported."),
    "extend-select": _listed(
        "extend_select", "Rules that are reported, too.", adds=True
    ),
    "extend-ignore": _listed(
        "extend_ignore", "Rules that are not reported either.", adds=True
    ),
    "min-priority": _word(
        "min_priority", "Findings are told from this priority on.", Priority
    ),
    "min-confidence": _word(
        "min_confidence", "Findings are told from this confidence on.", Confidence
    ),
    "fail-on": Key(
        "fail_on",
        "The run exits 1 when it finds something from this priority on.",
        _fail_on,
        {"enum": [str(word) for word in FAIL_ON]},
        lambda config: str(config.fail_on or "never"),
    ),
    "strict": _flag(
        "strict", "Tell findings of low confidence, too, and fail on skipped files."
    ),
    "baseline": Key(
        "baseline",
        "The file of findings that are known and no news, relative to this file.",
        _one_path,
        STRING,
        lambda config: _below(config, config.baseline),
    ),
    "per-path-ignores": Key(
        "per_path_ignores",
        "Rules that are not reported in the files that a pattern fits.",
        _per_path,
        {"type": "object", "additionalProperties": STRINGS},
        lambda config: {name: list(words) for name, words in config.per_path_ignores},
        merged=True,
    ),
    "rules": Key(
        "rules",
        "What is set of a rule, by its code or name: its `priority`, and the numbers "
        "that its page lists under *Options*.",
        _rules,
        {"type": "object"},
        lambda config: {word: dict(settings) for word, settings in config.rules},
        merged=True,
    ),
    "public-endpoints": _listed(
        "public_endpoints",
        "Paths of endpoints that need no authentication; `*` stands for any text.",
    ),
    "non-browser": _listed(
        "non_browser",
        "Paths of endpoints to which no browser connects; `*` stands for any text.",
    ),
    "dialects": Key(
        "dialects",
        "Files that describe libraries or wrappers which wsaudit does not know.",
        lambda layer, at, value: layer.within(value, at),
        STRINGS,
        lambda config: list(config.dialects),
    ),
    "contract": Key(
        "contract_pairs",
        "Which client talks to which endpoint, where code does not tell.",
        _pairs,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "pairs": {
                    "description": "The file of a client, and the endpoint it opens.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["client", "server"],
                        "properties": {
                            "client": {
                                **STRING,
                                "description": "The file in which the client is made.",
                            },
                            "server": {
                                **STRING,
                                "description": "The path of the endpoint.",
                            },
                        },
                    },
                }
            },
        },
        _shown_pairs,
    ),
}
