"""The values of a configuration, and what they are where nobody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.config.errors import ConfigError
from wsaudit.rule import Confidence, Priority

if TYPE_CHECKING:
    from wsaudit.config.layers import Layer

# fmt: off
EXCLUDED = (
    ".git", ".hg", ".svn", "node_modules", "bower_components", ".yarn", ".venv", "venv",
    "env", "site-packages", "__pycache__", ".tox", ".nox", ".eggs", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".wsaudit_cache", "dist", "build", "out", ".next",
    ".nuxt", ".output", ".svelte-kit", ".turbo", ".cache", "coverage", "vendor",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Pair:
    """A client file and a server route that the user says talk to each other."""

    client: str
    server: str


RuleSettings = tuple[tuple[str, Priority | float], ...]
"""What a table of `rules` sets: ``priority``, and numbers that the rule declares."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run is told.

    ``root`` is the absolute folder that ``exclude``, ``per_path_ignores``,
    ``dialects`` and ``contract_pairs`` count from. ``fail_on`` None never fails.
    ``min_priority`` and ``min_confidence`` are where findings begin to be told.
    ``whole`` is a file that counts for all folders below it, and lets files in them
    add ignores and priorities. ``fixes`` gives findings their fix, where there is one.
    ``held`` are files whose text is not that of the disk: there need be none there.
    ``jobs`` 0 lets the amount to read decide.
    """

    root: str
    file: str = ""
    whole: bool = False
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    extend_exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    min_priority: Priority = Priority.P2
    min_confidence: Confidence = Confidence.LOW
    asked_select: tuple[str, ...] = ()
    asked_ignore: tuple[str, ...] = ()
    fail_on: Priority | None = Priority.P1
    strict: bool = False
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: tuple[tuple[str, RuleSettings], ...] = ()
    public_endpoints: tuple[str, ...] = ()
    non_browser: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    contract_pairs: tuple[Pair, ...] = ()
    force_exclude: bool = False
    report_only: tuple[str, ...] = ()
    fixes: bool = False
    held: tuple[str, ...] = ()
    jobs: int = 0
    cache: bool = True
    cache_dir: str = ""
    baseline: str = ""
    layers: tuple[Layer, ...] = field(default=(), compare=False, repr=False)
    """Where the values come from, what wins over the others first."""

    def where(self, *key: str, word: str = "") -> str:
        """``file:line:column`` of what sets a key, or of a word in it; or nothing."""
        for layer in self.layers:
            found = layer.where(key, word)
            if found:
                return found
        return ""

    def error(self, problem: str, *key: str, word: str = "") -> ConfigError:
        """An error at a key, with its place if a file sets it."""
        where = self.where(*key, word=word)
        return ConfigError(f"{where}: {problem}" if where else problem)


def parse_fail_on(word: str) -> Priority | None:
    """``P0`` … ``P2`` or ``never``. Raises ValueError."""
    return None if word == "never" else Priority(word)
