"""Where rules are not reported, or with another priority: by path and by folder."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wsaudit.config import FILE_NAMES, Config, config_in
from wsaudit.discover import Discovered
from wsaudit.ignored import Patterns
from wsaudit.rule import Priority, Rule
from wsaudit.selection import exempted, ignored, settings

LOCAL = frozenset({"ignore", "extend-ignore", "per-path-ignores", "rules"})
"""What a file in a folder may say where another one counts for the whole."""


@dataclass(frozen=True, slots=True)
class _Area:
    """The files that a pattern fits, all in a folder if one is named; and codes."""

    pattern: str
    patterns: Patterns
    codes: frozenset[str]
    where: str
    folder: str = ""
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Exemptions:
    """What the configuration says of some rules in some files."""

    root: str
    areas: tuple[_Area, ...]
    priorities: tuple[tuple[str, Mapping[str, Priority]], ...]
    """Those of a folder before those of the folders around it."""

    @classmethod
    def of(
        cls, config: Config, discovered: Discovered, rules: Collection[Rule]
    ) -> Exemptions:
        """What the project's file says, and files in folders. Raises ConfigError."""
        areas = list(_areas(config, rules))
        priorities = [("", settings(config, rules).priorities)]
        for local in nested(config, discovered):
            areas += _areas(local, rules, local.root)
            everything = Patterns.of(local.root, ("*",))
            areas.append(_Area("", everything, ignored(local, rules), "", local.root))
            priorities.append((local.root, settings(local, rules).priorities))
        priorities.sort(key=lambda each: -len(each[0]))
        return cls(discovered.root, tuple(areas), tuple(priorities))

    def exempt(self, code: str, path: str) -> bool:
        """Whether a rule is not reported in a file."""
        found = False
        for area in self.areas:
            if code in area.codes and self._fits(area, path):
                area.used.add(code)
                found = True
        return found

    def priority(self, code: str, path: str) -> Priority | None:
        """The priority that a rule is given in a file, if it is given one."""
        absolute = os.path.join(self.root, path)
        for folder, priorities in self.priorities:
            if code in priorities and _is_below(absolute, folder):
                return priorities[code]
        return None

    def useless(self, paths: Iterable[str], chosen: Collection[str]) -> Iterator[str]:
        """A note on each pattern that fits none of the files, or silences nothing."""
        paths = tuple(paths)
        for area in self.areas:
            if not area.pattern:
                continue
            key = f"`{area.pattern}` in `per-path-ignores`"
            at = f" ({area.where})" if area.where else ""
            if not any(self._fits(area, path) for path in paths):
                yield f"{key} fits no file{at}"
            elif area.codes & set(chosen) and not area.used:
                yield f"{key} silences nothing{at}"

    def _fits(self, area: _Area, path: str) -> bool:
        absolute = os.path.join(self.root, path)
        return _is_below(absolute, area.folder) and area.patterns.match(
            absolute, folder=False, parents=True
        )


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _areas(
    config: Config, rules: Collection[Rule], folder: str = ""
) -> Iterator[_Area]:
    for pattern, codes in exempted(config, rules):
        where = config.where("per-path-ignores", pattern)
        patterns = Patterns.of(config.root, (pattern,))
        yield _Area(pattern, patterns, codes, where, folder)


def nested(config: Config, discovered: Discovered) -> tuple[Config, ...]:
    """The files in folders below one that counts for the whole. Raises ConfigError."""
    if not config.whole:
        return ()
    folders = {
        os.path.dirname(os.path.join(discovered.root, path))
        for path in discovered.support
        if path.rpartition("/")[2] in FILE_NAMES
    }
    above = discovered.root
    while above.startswith(config.root) and above != config.root:
        folders.add(above)
        above = os.path.dirname(above)
    found = []
    for folder in sorted(folders):
        below = os.path.relpath(folder, config.root)
        if below == "." or below.startswith(".."):
            continue
        local = config_in(folder)
        if local:
            found.append(_local(local, config))
    return tuple(found)


def _local(local: Config, config: Config) -> Config:
    """A file in a folder, which says nothing but what it may."""
    for layer in local.layers:
        for key in layer.known(layer.table, layer.prefix):
            if key not in LOCAL:
                raise layer.error(
                    (*layer.prefix, key),
                    f"`{key}` is a matter of `{os.path.relpath(config.file)}`, which "
                    "counts for the whole project",
                )
    return local
