"""Findings as SARIF results: places, related places, messages and fingerprints."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from wsaudit.report.fingerprints import fingerprint, line_hashes
from wsaudit.report.places import span_utf16, under_root, uri
from wsaudit.report.remedy import pages_of, remedy
from wsaudit.report.sanitise import harmless, mask_secrets, well_formed
from wsaudit.report.severity import LEVELS, in_file_order, worst_first

if TYPE_CHECKING:
    from wsaudit.edits import Fix
    from wsaudit.outcome import Finding, Ignore, Report
    from wsaudit.rule import Related
    from wsaudit.source import Place, Source

BASE = "%SRCROOT%"

# GitHub keeps the 5,000 most severe results of a run and refuses the file from 25,000
# on. Of the places of a result it shows 100.
MOST_RESULTS = 5_000
MOST_RELATED = 99

_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_LINK = re.compile(r"(?<!\\)\[(?=[^\[\]]*\]\()")


def results(
    report: Report, root: str, rules: dict[str, int], *, suppressed: bool = False
) -> list[dict[str, Any]]:
    """The results of a run, sorted by place; ``rules`` gives the index of each rule.

    GitHub tells alerts of a rule apart by line only; settling has left one finding a
    rule and line. ``suppressed`` adds the findings that comments silence.
    """
    worst = sorted(report.findings, key=worst_first)[:MOST_RESULTS]
    if suppressed:
        worst += report.ignored[: MOST_RESULTS - len(worst)]
    writer = _Writer(report, root)
    return [writer.result(each, rules) for each in sorted(worst, key=in_file_order)]


class _Writer:
    """Writes results one by one and counts those that would look the same."""

    def __init__(self, report: Report, root: str) -> None:
        self.report = report
        self.root = root
        self.pages = pages_of(report)
        self.sources: dict[str, _Hashed] = {}
        self.counts: Counter[tuple[str, str, str]] = Counter()

    def result(self, finding: Finding, rules: dict[str, int]) -> dict[str, Any]:
        related = finding.related[:MOST_RELATED]
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": rules[finding.code],
            "level": LEVELS[finding.priority],
            "message": {"text": _message(finding.message, related)},
            "locations": [self.location(self.first_line(finding.at))],
            "partialFingerprints": self.fingerprints(finding),
            "properties": {
                "priority": finding.priority.value,
                "confidence": finding.confidence.value,
                "help": remedy(self.pages[finding.code]),
            },
        }
        if finding.variant:
            result["properties"]["variant"] = finding.variant
        if finding.ignored:
            result["suppressions"] = [_suppression(finding.ignored)]
        if finding.fix:
            result["fixes"] = [self.fix(finding.fix)]
        if related:
            result["relatedLocations"] = [
                {
                    "id": number,
                    **self.location(each.at),
                    "message": {"text": _sentence(_text(each.message))},
                }
                for number, each in enumerate(related, 1)
            ]
        return result

    def fix(self, fix: Fix) -> dict[str, Any]:
        """Edits as SARIF has them, by file; ``deletedRegion`` may be empty."""
        files: dict[str, list[dict[str, Any]]] = {}
        for edit in fix.edits:
            region = self.location(edit.at)["physicalLocation"]["region"]
            text = {"insertedContent": {"text": well_formed(edit.text)}}
            files.setdefault(edit.at.path, []).append({"deletedRegion": region, **text})
        return {
            "description": {"text": _sentence(fix.title)},
            "artifactChanges": [
                {
                    "artifactLocation": artifact(self.report, path, self.root),
                    "replacements": found,
                }
                for path, found in files.items()
            ],
            "properties": {
                "applicability": "safe" if fix.applicability == "safe" else "unsafe"
            },
        }

    def location(self, at: Place) -> dict[str, Any]:
        where = span_utf16(self.source(at.path).source, at)
        return {
            "physicalLocation": {
                "artifactLocation": artifact(self.report, at.path, self.root),
                "region": {
                    "startLine": where.line,
                    "startColumn": where.column,
                    "endLine": where.end_line,
                    "endColumn": where.end_column,
                },
            }
        }

    def first_line(self, at: Place) -> Place:
        """The part of a place on its first line: GitHub shows no alert on more."""
        source = self.source(at.path).source
        line = source.line_of(at.start)
        start = source.line_starts[line - 1]
        end = start + len(source.line_text(line).encode())
        return replace(at, end=end) if at.start < end < at.end else at

    def fingerprints(self, finding: Finding) -> dict[str, str]:
        file = self.source(finding.at.path)
        line = file.source.line_of(finding.at.start)
        path = shown_path(self.report, finding.at.path, self.root)
        text = f"{finding.symbol}\0{finding.shape}"
        if not finding.shape:
            text = "".join(file.source.line_text(line).split())
        key = (finding.code, path, text)
        self.counts[key] += 1
        own = {"wsaudit/v1": fingerprint(*key, self.counts[key])}
        # The hashes are of the file as UTF-8, which in UTF-16 has no such lines.
        if line > len(file.hashes):
            return own
        return {"primaryLocationLineHash": file.hashes[line - 1], **own}

    def source(self, path: str) -> _Hashed:
        if path not in self.sources:
            self.sources[path] = _Hashed(self.report.source(path))
        return self.sources[path]


class _Hashed:
    """A source whose lines are hashed when the first finding in it is written."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def hashes(self) -> list[str]:
        return line_hashes(self.source.raw or self.source.data)


def shown_path(report: Report, path: str, root: str) -> str:
    """A path relative to the root; of a file outside of it, only the name."""
    inside = under_root(path, base=report.root, root=root)
    return PurePosixPath(path).name if inside is None else inside


def artifact(report: Report, path: str, root: str) -> dict[str, str]:
    """Where a file is, for SARIF: never absolute, never above the root."""
    return {
        "uri": uri(mask_secrets(shown_path(report, path, root))),
        "uriBaseId": BASE,
    }


def _suppression(ignore: Ignore) -> dict[str, str]:
    made = {"kind": "inSource", "status": "accepted"}
    reason = harmless(ignore.reason)
    return {**made, "justification": reason} if reason else made


def _message(text: str, related: Sequence[Related]) -> str:
    """The finding as a sentence that can be a title, then links to related places."""
    sentence = _sentence(_text(text))
    if not related:
        return sentence
    links = ", ".join(
        f"[{_link_text(each.message)}]({number})"
        for number, each in enumerate(related, 1)
    )
    return f"{sentence} See {links}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(" .") + "."


def _text(text: str) -> str:
    """Plain text in which SARIF finds neither a placeholder nor a link of its own."""
    shown = harmless(text)
    return _LINK.sub(r"\\[", _PLACEHOLDER.sub(r"{{\1}}", shown))


def _link_text(text: str) -> str:
    shown = harmless(text).rstrip(" .")
    escaped = re.sub(r"([\\\[\]])", r"\\\1", shown)
    return _PLACEHOLDER.sub(r"{{\1}}", escaped)
