"""Which rules a run reports: selectors by code, name, prefix, chapter, or all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wsaudit.config import Config, ConfigError
from wsaudit.rule import Rule
from wsaudit.spelling import nearest

EXACT = 100
CHAPTER = 1


@dataclass(frozen=True, slots=True, order=True)
class _Strength:
    """How closely a selector names a rule; what was asked for wins over the file."""

    closeness: int
    asked: bool


def enabled(config: Config, rules: Iterable[Rule]) -> frozenset[str]:
    """The codes that are reported.

    The selector that names a rule most closely wins, then the command line over the
    file, then ignoring over selecting. Raises ConfigError for an unknown selector.
    """
    rules = tuple(rules)
    selects = [(word, bool(config.asked_select)) for word in _selects(config)]
    selects += [(word, False) for word in config.extend_select]
    ignores = [(word, False) for word in (*config.ignore, *config.extend_ignore)]
    ignores += [(word, True) for word in config.asked_ignore]
    for word, _ in (*selects, *ignores):
        require_known(word, rules)
    chosen = set()
    for rule in rules:
        wanted = _strongest(rule, selects)
        unwanted = _strongest(rule, ignores)
        if wanted and (unwanted is None or wanted > unwanted):
            chosen.add(rule.page.code)
    return frozenset(chosen)


def matching(words: Iterable[str], rules: Iterable[Rule]) -> frozenset[str]:
    """The codes that some selectors name. Raises ConfigError for an unknown one."""
    rules = tuple(rules)
    found: set[str] = set()
    for word in words:
        require_known(word, rules)
        found |= {rule.page.code for rule in rules if closeness(word, rule)}
    return frozenset(found)


def closeness(word: str, rule: Rule) -> int:
    """How closely a selector names a rule; 0 when it does not."""
    page = rule.page
    # Codes are recognised in any case; names and chapters are lower case anyway.
    word = word.upper() if word[:2].upper() == "WS" else word
    if word in (page.code, page.name):
        return EXACT
    if word in (page.chapter, "ALL"):
        return CHAPTER + (word != "ALL")
    prefix = word.startswith("WS") and page.code.startswith(word)
    return CHAPTER + len(word) if prefix else 0


def require_known(word: str, rules: Iterable[Rule]) -> None:
    """Raise ConfigError, with the nearest selector, for one that names no rule."""
    rules = tuple(rules)
    if word == "ALL" or any(closeness(word, rule) for rule in rules):
        return
    pages = [rule.page for rule in rules]
    known = {name for page in pages for name in (page.code, page.name, page.chapter)}
    raise ConfigError(f"unknown rule `{word}`{nearest(word, sorted(known))}")


def _selects(config: Config) -> tuple[str, ...]:
    return config.asked_select or config.select


def _strongest(rule: Rule, words: Iterable[tuple[str, bool]]) -> _Strength | None:
    found = ((closeness(word, rule), asked) for word, asked in words)
    strengths = [_Strength(close, asked) for close, asked in found if close]
    return max(strengths, default=None)
