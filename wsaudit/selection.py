"""Which rules a run reports: selectors by code, name, prefix, chapter, or all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wsaudit.config import Config
from wsaudit.rule import Priority, Rule
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
    words = {
        "select": _selects(config),
        "extend-select": config.extend_select,
        "ignore": (*config.ignore, *config.asked_ignore),
        "extend-ignore": config.extend_ignore,
    }
    for key, named in words.items():
        for word in named:
            require_known(word, rules, config, key)
    selects = [(word, bool(config.asked_select)) for word in _selects(config)]
    selects += [(word, False) for word in config.extend_select]
    ignores = [(word, False) for word in (*config.ignore, *config.extend_ignore)]
    ignores += [(word, True) for word in config.asked_ignore]
    chosen = set()
    for rule in rules:
        wanted = _strongest(rule, selects)
        unwanted = _strongest(rule, ignores)
        if wanted and (unwanted is None or wanted > unwanted):
            chosen.add(rule.page.code)
    return frozenset(chosen)


def exempted(
    config: Config, rules: Iterable[Rule]
) -> tuple[tuple[str, frozenset[str]], ...]:
    """Each pattern of ``per-path-ignores`` and the codes that it is about.

    Raises ConfigError for an unknown selector.
    """
    rules = tuple(rules)
    found = []
    for pattern, words in config.per_path_ignores:
        for word in words:
            require_known(word, rules, config, "per-path-ignores", pattern)
        found.append((pattern, _named(words, rules)))
    return tuple(found)


def ignored(config: Config, rules: Iterable[Rule]) -> frozenset[str]:
    """The codes that a file in a folder leaves out there. Raises ConfigError."""
    rules = tuple(rules)
    for key in ("ignore", "extend-ignore"):
        for word in getattr(config, key.replace("-", "_")):
            require_known(word, rules, config, key)
    return _named((*config.ignore, *config.extend_ignore), rules)


def _named(words: Iterable[str], rules: Iterable[Rule]) -> frozenset[str]:
    rules = tuple(rules)
    return frozenset(
        rule.page.code for word in words for rule in rules if closeness(word, rule)
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """What is set of rules, by code: priorities, and numbers by their name."""

    priorities: Mapping[str, Priority]
    numbers: Mapping[tuple[str, str], float]


def settings(config: Config, rules: Iterable[Rule]) -> Settings:
    """What the configuration sets of single rules.

    Raises ConfigError for what is no rule, and what cannot be set of it.
    """
    rules = tuple(rules)
    priorities: dict[str, Priority] = {}
    numbers: dict[tuple[str, str], float] = {}
    for word, table in config.rules:
        require_known(word, rules, config, "rules", word, as_key=True)
        rule = max(rules, key=lambda each: closeness(word, each))
        if closeness(word, rule) != EXACT:
            problem = f"`{word}` is not one rule; name it by its code"
            raise config.error(problem, "rules", word)
        for name, value in table:
            if isinstance(value, Priority):
                priorities[rule.page.code] = value
            else:
                numbers[rule.page.code, name] = _number(config, rule, word, name, value)
    return Settings(priorities, numbers)


def _number(config: Config, rule: Rule, word: str, name: str, value: float) -> float:
    for option in rule.options:
        if option.name == name:
            if value < option.least:
                problem = f"`{name}` must not be below {option.least:g}"
                raise config.error(problem, "rules", word, name)
            return value
    known = ("priority", *(option.name for option in rule.options))
    hint = nearest(name, known)
    problem = f"`{name}` cannot be set of {rule.page.code}{hint}"
    raise config.error(problem, "rules", word, name)


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


def require_known(
    word: str,
    rules: Iterable[Rule],
    config: Config,
    *key: str,
    as_key: bool = False,
) -> None:
    """Raise ConfigError, with the nearest selector, for one that names no rule.

    ``key`` is where it stands in the configuration, if it stands there, as an item of
    a list or else ``as_key``.
    """
    rules = tuple(rules)
    if word == "ALL" or any(closeness(word, rule) for rule in rules):
        return
    pages = [rule.page for rule in rules]
    known = {name for page in pages for name in (page.code, page.name, page.chapter)}
    problem = f"unknown rule `{word}`{nearest(word, sorted(known))}"
    raise config.error(problem, *key, word="" if as_key else word)


def _selects(config: Config) -> tuple[str, ...]:
    return config.asked_select or config.select


def _strongest(rule: Rule, words: Iterable[tuple[str, bool]]) -> _Strength | None:
    found = ((closeness(word, rule), asked) for word, asked in words)
    strengths = [_Strength(close, asked) for close, asked in found if close]
    return max(strengths, default=None)
