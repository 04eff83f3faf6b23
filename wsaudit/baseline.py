"""The baseline: findings that were there before, which a project mends in its time."""

from __future__ import annotations

import json
import os
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wsaudit.config import Config, ConfigError
from wsaudit.outcome import Finding, Report
from wsaudit.regular import read_regular

FILE = "wsaudit-baseline.json"
VERSION = 1
SIZE_LIMIT = 64 << 20
_KEYS = ("rule", "path", "symbol", "code")


class BaselineError(Exception):
    """A file is no baseline; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """What a finding is known by: no line number, and no text of the code."""

    path: str
    rule: str
    symbol: str
    code: str


Entries = Counter[Entry]
Named = Callable[[str], str]
"""A path of a report as a baseline has it."""


@dataclass(frozen=True, slots=True)
class Split:
    """Findings that are new, those that were known, and entries without a finding."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    gone: Entries


def entry(finding: Finding, named: Named) -> Entry:
    """What a finding is known by."""
    path = named(finding.at.path)
    return Entry(
        path=path, rule=finding.code, symbol=finding.symbol, code=finding.shape
    )


def split(findings: Iterable[Finding], entries: Entries, named: Named) -> Split:
    """Take away from some findings those that are known, each as often as it is.

    After a file or a function was renamed, or moved, a finding is known when nothing
    else could be meant.
    """
    left = Counter(entries)
    known: list[Finding] = []
    others: list[Finding] = []
    for finding in findings:
        key = entry(finding, named)
        if left[key] > 0:
            left[key] -= 1
            known.append(finding)
        else:
            others.append(finding)
    for likeness in (_wherever, _by_any_name):
        others, moved = _matched(others, left, named, likeness)
        known += moved
    return Split(tuple(others), tuple(known), +left)


def _wherever(key: Entry) -> tuple[str, ...]:
    return key.rule, key.symbol, key.code


def _by_any_name(key: Entry) -> tuple[str, ...]:
    return key.rule, key.path, key.code


def _matched(
    findings: Sequence[Finding],
    left: Entries,
    named: Named,
    likeness: Callable[[Entry], tuple[str, ...]],
) -> tuple[list[Finding], list[Finding]]:
    """Findings that are like no entry, or like one of several, and those like one."""
    keys = [entry(finding, named) for finding in findings]
    asking: dict[tuple[str, ...], list[Entry]] = {}
    for key in keys:
        asking.setdefault(likeness(key), []).append(key)
    offered: dict[tuple[str, ...], list[Entry]] = {}
    for one, count in left.items():
        offered.setdefault(likeness(one), []).extend([one] * count)
    others: list[Finding] = []
    moved: list[Finding] = []
    for finding, key in zip(findings, keys, strict=True):
        like = likeness(key)
        fitting = offered.get(like, [])
        enough = len(asking[like]) <= len(fitting) or len(set(asking[like])) == 1
        if enough and len(set(fitting)) == 1 and left[fitting[0]] > 0:
            left[fitting[0]] -= 1
            moved.append(finding)
        else:
            others.append(finding)
    return others, moved


def load(config: Config) -> Entries | None:
    """What the configured baseline holds, None without one. Raises ConfigError."""
    if not config.baseline:
        return None
    shown = os.path.relpath(config.baseline)
    try:
        return read_baseline(config.baseline)
    except OSError as error:
        message = f"cannot read the baseline `{shown}`: {error.strerror}"
        raise ConfigError(message) from None
    except BaselineError as error:
        raise ConfigError(f"`{shown}`: {error}") from None


def subtract(report: Report, entries: Entries | None, config: Config) -> Report:
    """A report in which known findings are set apart from new ones."""
    if entries is None:
        return report
    apart = split(report.findings, entries, _namer(report, config))
    gone = sum(apart.gone[one] for one in apart.gone if _looked_at(one, report, config))
    return replace(report, findings=apart.new, known=apart.known, gone=gone)


def entries_of(report: Report, config: Config) -> Entries:
    """The entries for all findings of a report."""
    named = _namer(report, config)
    return Counter(entry(finding, named) for finding in report.findings)


def pruned(report: Report, entries: Entries, config: Config) -> Entries:
    """Entries without those that match nothing any more; what was renamed follows."""
    apart = split(report.findings, entries, _namer(report, config))
    kept = Counter(
        {
            one: number
            for one, number in apart.gone.items()
            if not _looked_at(one, report, config)
        }
    )
    named = _namer(report, config)
    return kept + Counter(entry(finding, named) for finding in apart.known)


def _namer(report: Report, config: Config) -> Named:
    """Paths of a report relative to the project, wherever the run was started."""
    inside = os.path.relpath(report.root, config.root).replace(os.sep, "/")
    return lambda path: posixpath.normpath(posixpath.join(inside, path))


def _looked_at(one: Entry, report: Report, config: Config) -> bool:
    """Whether a run would have found what an entry stands for."""
    if config.report_only or all(
        one.rule != outcome.rule.page.code for outcome in report.outcomes
    ):
        return False
    path = os.path.join(config.root, one.path)
    return not os.path.lexists(path) or any(
        os.path.commonpath((top, path)) == top for top in config.paths
    )


def written(entries: Entries) -> str:
    """A baseline as text: sorted, an entry a line, so that branches merge."""
    lines = [
        json.dumps(
            {"path": one.path, "rule": one.rule, "symbol": one.symbol}
            | {"code": one.code, "count": count}
        )
        for one, count in sorted((+entries).items())
    ]
    inside = "".join(f"\n{line}," for line in lines).removesuffix(",")
    return f'{{"version": {VERSION}, "findings": [{inside}\n]}}\n'


def read_baseline(path: str) -> Entries:
    """The entries of a file. Raises OSError, and BaselineError for no baseline."""
    data = read_regular(path, SIZE_LIMIT, links=True)
    try:
        table = json.loads(data)
    except (ValueError, RecursionError) as error:
        hint = "; is a merge conflict left in it?" if b"<<<<<<<" in data else ""
        raise BaselineError(f"not JSON ({error}){hint}") from None
    if not isinstance(table, dict) or table.get("version") != VERSION:
        raise BaselineError(f"not a baseline of version {VERSION}")
    return Counter(dict(_entries(table.get("findings"))))


def _entries(rows: Any) -> Iterator[tuple[Entry, int]]:
    for row in rows if isinstance(rows, list) else [None]:
        words = [row.get(key) for key in _KEYS] if isinstance(row, dict) else [None]
        count = row.get("count", 1) if isinstance(row, dict) else 0
        if not all(isinstance(word, str) for word in words) or not _counts(count):
            raise BaselineError(f"`{row}` is no entry"[:200])
        rule, path, symbol, code = map(str, words)
        yield Entry(path=path, rule=rule, symbol=symbol, code=code), count


def _counts(count: object) -> bool:
    return type(count) is int and 0 < count < 1_000_000
