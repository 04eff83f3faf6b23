"""The commands that begin with an old project: what is known, and what is new."""

from __future__ import annotations

import os
from collections import Counter

from wsaudit import baseline
from wsaudit.config import Config, ConfigError
from wsaudit.engine import audit, exit_code
from wsaudit.outcome import Report
from wsaudit.output import Progress, say
from wsaudit.spelling import amount
from wsaudit.writing import write_file


def create(config: Config) -> int:
    """Write down every finding; returns the exit code. Raises ConfigError."""
    report = _audit(config)
    entries = baseline.entries_of(report, config)
    _write(config, entries)
    number = amount(entries.total(), "finding")
    say(f"{number} in {_shown(config)}; commit it, and `check` tells what is new")
    return exit_code(report, config, exit_zero=True)


def compare(config: Config) -> int:
    """Say what is new and what is stale; returns the exit code. Raises ConfigError."""
    known = _load(config)
    report = baseline.subtract(_audit(config), known, config)
    new, stale = len(report.findings), report.gone
    say(f"{amount(len(report.known), 'finding')} known, {new} new, {stale} mended")
    if new:
        say(f"`wsaudit check --baseline {_shown(config)}` shows what is new")
    if stale:
        say("`wsaudit baseline prune` drops the entries of what was mended")
    return exit_code(report, config) or int(bool(new or stale))


def prune(config: Config) -> int:
    """Drop stale entries; returns the exit code. Raises ConfigError."""
    known = _load(config)
    report = _audit(config)
    kept = baseline.pruned(report, known, config)
    if kept != known:
        _write(config, kept)
    dropped = known.total() - kept.total()
    say(f"{amount(dropped, 'entry')} dropped from {_shown(config)}")
    return exit_code(report, config, exit_zero=True)


def _audit(config: Config) -> Report:
    with Progress() as progress:
        return audit(config, progress=progress)


def _load(config: Config) -> Counter[baseline.Entry]:
    known = baseline.load(config)
    return Counter() if known is None else known


def _write(config: Config, entries: Counter[baseline.Entry]) -> None:
    try:
        write_file(config.baseline, baseline.written(entries))
    except OSError as error:
        problem = f"cannot write `{_shown(config)}`: {error.strerror}"
        raise ConfigError(problem) from None


def _shown(config: Config) -> str:
    return os.path.relpath(config.baseline)
