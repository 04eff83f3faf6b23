"""What GitHub code scanning demands of a SARIF file, as a list of its objections.

The validators at hand miss most of this (missing end columns, numeric severities, links
to nowhere, lone surrogates), and GitHub says it only once the file is uploaded. The
rules are those of its documentation of SARIF support and of the upload action.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

LEVELS = {"error", "warning", "note"}
PRECISIONS = {"very-high", "high", "medium", "low"}
SEVERITIES = {"error", "warning", "recommendation"}

_HASH = re.compile(r"[0-9a-f]{1,16}:[1-9][0-9]*")
_LINK = re.compile(r"(?<!\\)\[(?:[^\\\[\]]|\\.)*\]\((\d+)\)")
_DYNAMIC = re.compile(r"(?<!\{)\{\d+\}(?!\})")
_URI = re.compile(r"(?:[A-Za-z0-9\-._~/@!$&'()*+,;=]|%[0-9A-F]{2})+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def objections(log: dict[str, Any]) -> list[str]:
    """Everything in a log that GitHub would reject, ignore, or show badly."""
    return [*_log(log), *_texts(log)]


def _log(log: dict[str, Any]) -> Iterator[str]:
    if not log.get("$schema"):
        yield "no $schema"
    if log.get("version") != "2.1.0":
        yield "version is not 2.1.0"
    runs = log.get("runs", [])
    if len(runs) != 1:
        yield f"{len(runs)} runs instead of one"
    packed = gzip.compress(json.dumps(log).encode())
    if len(packed) > 10_000_000:
        yield "more than 10 MB packed"
    for run in runs:
        yield from _run(run)


def _run(run: dict[str, Any]) -> Iterator[str]:
    category = run.get("automationDetails", {}).get("id")
    if category is not None and not category.endswith("/"):
        yield "a category that does not end with a slash"
    if run.get("columnKind") != "utf16CodeUnits":
        yield "columnKind is not utf16CodeUnits"
    if not any(
        call.get("executionSuccessful") is True for call in run.get("invocations", [])
    ):
        yield "executionSuccessful is not true"
    for base in run.get("originalUriBaseIds", {}).values():
        if "uri" in base:
            yield "a base with an absolute uri"
        if not base.get("description", {}).get("text"):
            yield "a base without description"
    driver = run.get("tool", {}).get("driver", {})
    if not driver.get("name"):
        yield "the tool has no name"
    if not driver.get("semanticVersion"):
        yield "the tool has no semanticVersion"
    rules = driver.get("rules")
    if rules is None:
        yield "no rules"
        rules = []
    yield from _rules(rules)
    yield from _notifications(run, driver)
    if "results" not in run:
        yield "no results"
    yield from _results(run.get("results", []), rules)


def _rules(rules: list[dict[str, Any]]) -> Iterator[str]:
    ids = [rule.get("id", "") for rule in rules]
    if ids != sorted(set(ids)):
        yield "rules are not sorted and unique"
    for rule in rules:
        yield from _rule(rule)


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    name = rule.get("id", "")
    if not name:
        yield "a rule without id"
    if not rule.get("name") or rule["name"] == name or len(rule["name"]) > 255:
        yield f"{name}: no good name"
    for field in ("shortDescription", "fullDescription"):
        text = rule.get(field, {}).get("text", "")
        if not 0 < len(text) <= 1024:
            yield f"{name}: {field} is empty or too long"
    for field in ("text", "markdown"):
        if not rule.get("help", {}).get(field):
            yield f"{name}: no help {field}"
    if urlsplit(rule.get("helpUri", "")).scheme != "https":
        yield f"{name}: no helpUri"
    if rule.get("defaultConfiguration", {}).get("level") not in LEVELS:
        yield f"{name}: no level"
    yield from _properties(name, rule.get("properties", {}))


def _properties(name: str, properties: dict[str, Any]) -> Iterator[str]:
    tags = properties.get("tags", [])
    if not 0 < len(tags) <= 10:
        yield f"{name}: no tags or more than 10"
    if len(set(tags)) != len(tags):
        yield f"{name}: a tag stands twice"
    if properties.get("precision") not in PRECISIONS:
        yield f"{name}: no precision"
    if properties.get("problem.severity") not in SEVERITIES:
        yield f"{name}: no problem.severity"
    severity = properties.get("security-severity")
    if (severity is not None) is not ("security" in tags):
        yield f"{name}: security-severity without the tag, or the tag without it"
    if severity is not None and not (
        isinstance(severity, str)
        and re.fullmatch(r"\d+\.\d", severity)
        and 0 < float(severity) <= 10
    ):
        yield f"{name}: security-severity is no string of a number up to 10"
    for tag in tags:
        if tag.startswith("external/cwe/") and not re.fullmatch(
            r"external/cwe/cwe-\d{3,}", tag
        ):
            yield f"{name}: `{tag}` is no CWE tag"


def _notifications(run: dict[str, Any], driver: dict[str, Any]) -> Iterator[str]:
    kinds = {kind.get("id"): kind for kind in driver.get("notifications", [])}
    for kind, descriptor in kinds.items():
        if not descriptor.get("help", {}).get("text"):
            yield f"notification {kind} has no help"
    for call in run.get("invocations", []):
        if "workingDirectory" in call:
            yield "a working directory, which is absolute"
        for said in call.get("toolExecutionNotifications", []):
            if said.get("descriptor", {}).get("id") not in kinds:
                yield "a notification without descriptor"
            if said.get("level") not in LEVELS or not said["message"].get("text"):
                yield "a notification without level or text"
            for location in said.get("locations", []):
                yield from _artifact("notification", location["physicalLocation"])


def _results(
    results: list[dict[str, Any]], rules: list[dict[str, Any]]
) -> Iterator[str]:
    if len(results) > 5_000:
        yield "more than 5,000 results"
    for result in results:
        yield from _result(result, rules)
    lines = Counter(
        (result.get("ruleId"), *_line(result))
        for result in results
        if result.get("locations")
    )
    for key, number in lines.items():
        if number > 1:
            yield f"{key} has {number} results: one a rule and line"


def _line(result: dict[str, Any]) -> tuple[str, int]:
    place = result["locations"][0].get("physicalLocation", {})
    uri = place.get("artifactLocation", {}).get("uri", "")
    return uri, place.get("region", {}).get("startLine", 0)


def _result(result: dict[str, Any], rules: list[dict[str, Any]]) -> Iterator[str]:
    name = result.get("ruleId", "")
    index = result.get("ruleIndex", -1)
    if not 0 <= index < len(rules) or rules[index].get("id") != name:
        yield f"{name}: ruleIndex is not its rule"
    if result.get("level") not in LEVELS:
        yield f"{name}: no level"
    if "suppressions" in result:
        yield f"{name}: suppressed, and GitHub would show it all the same"
    if not _HASH.fullmatch(
        result.get("partialFingerprints", {}).get("primaryLocationLineHash", "")
    ):
        yield f"{name}: no primaryLocationLineHash"
    locations = result.get("locations", [])
    if not locations:
        yield f"{name}: no location"
    if len(locations) + len(result.get("relatedLocations", [])) > 100:
        yield f"{name}: more than 100 locations"
    for location in (*locations, *result.get("relatedLocations", [])):
        yield from _location(name, location)
    yield from _message(name, result)


def _message(name: str, result: dict[str, Any]) -> Iterator[str]:
    text = result.get("message", {}).get("text", "")
    if not text:
        yield f"{name}: no message"
        return
    if not text.endswith("."):
        yield f"{name}: the message does not end with a period"
    if _DYNAMIC.search(text):
        yield f"{name}: a placeholder without arguments"
    known = {str(place.get("id")) for place in result.get("relatedLocations", [])}
    linked = set(_LINK.findall(text))
    for target in sorted(linked - known):
        yield f"{name}: a link to {target}, which is nowhere"
    for target in sorted(known - linked):
        yield f"{name}: nothing links to {target}"


def _location(name: str, location: dict[str, Any]) -> Iterator[str]:
    place = location.get("physicalLocation", {})
    yield from _artifact(name, place)
    region = place.get("region", {})
    numbers = [
        region.get(key) for key in ("startLine", "startColumn", "endLine", "endColumn")
    ]
    if not all(isinstance(number, int) and number >= 1 for number in numbers):
        yield f"{name}: a region without its four numbers from 1"
    elif (numbers[2], numbers[3]) < (numbers[0], numbers[1]):
        yield f"{name}: a region that ends before it starts"


def _artifact(name: str, place: dict[str, Any]) -> Iterator[str]:
    artifact = place.get("artifactLocation", {})
    uri = artifact.get("uri", "")
    parts = urlsplit(uri)
    if not uri or parts.scheme or parts.netloc or uri.startswith("/"):
        yield f"{name}: `{uri}` is not relative"
    if not _URI.fullmatch(uri):
        yield f"{name}: `{uri}` is not encoded"
    if {".", ".."} & set(unquote_to_bytes(uri).decode("utf-8", "replace").split("/")):
        yield f"{name}: `{uri}` goes around"
    if artifact.get("uriBaseId") != "%SRCROOT%":
        yield f"{name}: no uriBaseId"


def _texts(value: Any) -> Iterator[str]:
    """Strings that are no well-formed text: such a file is dropped without a word."""
    if isinstance(value, str) and _CONTROL.search(value):
        yield f"{value!r} has control characters or lone surrogates"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
