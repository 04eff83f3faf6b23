"""How one file stands with the configuration: left out, exempt from rules, nested."""

from __future__ import annotations

import os
from collections.abc import Iterator

from wsaudit.catalogue import load_rules
from wsaudit.config import Config
from wsaudit.discover import discover
from wsaudit.exemptions import Exemptions, nested
from wsaudit.selection import enabled, settings
from wsaudit.source import language_of


def standing(config: Config, path: str) -> Iterator[str]:
    """Sentences on a file or folder. Raises ConfigError for what is wrong in it."""
    rules = load_rules()
    chosen = enabled(config, rules)
    settings(config, rules)
    found = discover(config.paths, config)
    exemptions = Exemptions.of(config, found, rules)
    for local in nested(config, found):
        yield f"`{os.path.relpath(local.file)}` adds to it for its folder"
    if os.path.isdir(path) or language_of(path) is None:
        yield f"{len(chosen)} of {len(rules)} rules are reported"
        return
    shown = os.path.relpath(path, found.root).replace(os.sep, "/")
    yield from found.notes
    yield from (f"`{skip.path}`: {skip.reason}" for skip in found.skipped)
    silent = [code for code in sorted(chosen) if exemptions.exempt(code, shown)]
    yield f"{len(chosen) - len(silent)} of {len(rules)} rules are reported in this file"
    if silent:
        yield f"exempt from {', '.join(silent)}"
    for rule in rules:
        given = exemptions.priority(rule.page.code, shown)
        if given and rule.page.code in chosen:
            yield f"{rule.page.code} has {given}"
