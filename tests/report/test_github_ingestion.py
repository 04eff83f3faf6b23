"""The checker of GitHub's demands: each of them notices when it is not met."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from tests.report.github_ingestion import objections
from tests.report.sample import both_ends
from wsaudit.report import sarif

Json = dict[str, Any]


def good_log() -> Json:
    """A log that GitHub takes as it is."""
    out = StringIO()
    sarif.render(both_ends(), out)
    log: Json = json.loads(out.getvalue())
    return log


def run(log: Json) -> Json:
    """The one run of a log."""
    found: Json = log["runs"][0]
    return found


def driver(log: Json) -> Json:
    """The description of the tool."""
    found: Json = run(log)["tool"]["driver"]
    return found


def rule(log: Json) -> Json:
    """The first rule, which is about reliability."""
    found: Json = driver(log)["rules"][0]
    return found


def security_rule(log: Json) -> Json:
    """The rule that is about security."""
    found: Json = next(each for each in driver(log)["rules"] if each["id"] == "WS160")
    return found


def result(log: Json) -> Json:
    """The first result, which has a related place."""
    found: Json = run(log)["results"][0]
    return found


def place(log: Json) -> Json:
    """Where the first result is."""
    found: Json = result(log)["locations"][0]["physicalLocation"]
    return found


def call(log: Json) -> Json:
    """The one invocation."""
    found: Json = run(log)["invocations"][0]
    return found


def put(part: Callable[[Json], Json], key: str, value: Any) -> Callable[[Json], None]:
    """A mutation that sets one key."""

    def mutate(log: Json) -> None:
        part(log)[key] = value

    return mutate


def drop(part: Callable[[Json], Json], key: str) -> Callable[[Json], None]:
    """A mutation that removes one key."""

    def mutate(log: Json) -> None:
        del part(log)[key]

    return mutate


def whole(log: Json) -> Json:
    """The log itself."""
    return log


def properties(log: Json) -> Json:
    """The properties of the first rule."""
    found: Json = rule(log)["properties"]
    return found


def security(log: Json) -> Json:
    """The properties of the security rule."""
    found: Json = security_rule(log)["properties"]
    return found


def region(log: Json) -> Json:
    """The region of the first result."""
    found: Json = place(log)["region"]
    return found


def artifact(log: Json) -> Json:
    """The file of the first result."""
    found: Json = place(log)["artifactLocation"]
    return found


def message(log: Json) -> Json:
    """The message of the first result."""
    found: Json = result(log)["message"]
    return found


def base(log: Json) -> Json:
    """The description of the root."""
    found: Json = run(log)["originalUriBaseIds"]["%SRCROOT%"]
    return found


def notification(log: Json) -> Json:
    """The first notification."""
    found: Json = call(log)["toolExecutionNotifications"][0]
    return found


def twice(log: Json) -> None:
    """Report the first result once more."""
    run(log)["results"].append(result(log))


def second_run(log: Json) -> None:
    """Add the run once more."""
    log["runs"].append(log["runs"][0])


def unsorted(log: Json) -> None:
    """Turn the rules around, and the indices with them."""
    driver(log)["rules"].reverse()
    for each in run(log)["results"]:
        each["ruleIndex"] = len(driver(log)["rules"]) - 1 - each["ruleIndex"]


def too_many(log: Json) -> None:
    """Report 5,001 results on lines of their own."""
    text = json.dumps(result(log))
    results = [json.loads(text) for _ in range(5_001)]
    for line, each in enumerate(results, 1):
        region = each["locations"][0]["physicalLocation"]["region"]
        region.update(startLine=line, endLine=line)
    run(log)["results"] = results


def too_large(log: Json) -> None:
    """Add more text than can be packed into 10 MB."""
    words = " ".join(
        f"{number * 2654435761 % 2**32:08x}" for number in range(2_500_000)
    )
    rule(log)["help"]["text"] = words


def crowded(log: Json) -> None:
    """Give a result a hundred related places, all of them linked."""
    related = result(log)["relatedLocations"][0]
    result(log)["relatedLocations"] = [
        related | {"id": number} for number in range(100)
    ]
    links = " ".join(f"[x]({number})" for number in range(100))
    message(log)["text"] = f"{links}."


MUTATIONS = {
    "no schema": (drop(whole, "$schema"), "no $schema"),
    "version": (put(whole, "version", "2.0.0"), "version is not"),
    "runs": (second_run, "2 runs"),
    "size": (too_large, "10 MB"),
    "category": (put(run, "automationDetails", {"id": "x"}), "end with a slash"),
    "column kind": (drop(run, "columnKind"), "columnKind"),
    "column unit": (put(run, "columnKind", "unicodeCodePoints"), "columnKind"),
    "failed": (put(call, "executionSuccessful", 0), "executionSuccessful"),
    "unknown success": (drop(call, "executionSuccessful"), "executionSuccessful"),
    "base uri": (put(base, "uri", "file:///home/me/"), "absolute uri"),
    "base words": (drop(base, "description"), "base without description"),
    "directory": (put(call, "workingDirectory", {"uri": "file:///x"}), "directory"),
    "tool name": (drop(driver, "name"), "no name"),
    "tool version": (drop(driver, "semanticVersion"), "semanticVersion"),
    "rules": (drop(driver, "rules"), "no rules"),
    "results": (drop(run, "results"), "no results"),
    "rule order": (unsorted, "sorted"),
    "rule id": (put(rule, "id", ""), "without id"),
    "rule name": (put(rule, "name", "WS105"), "no good name"),
    "rule name missing": (drop(rule, "name"), "no good name"),
    "rule name long": (put(rule, "name", "x" * 256), "no good name"),
    "short": (drop(rule, "shortDescription"), "shortDescription"),
    "full": (put(rule, "fullDescription", {"text": "x" * 1025}), "fullDescription"),
    "help": (put(rule, "help", {"markdown": "x"}), "no help text"),
    "help markdown": (put(rule, "help", {"text": "x"}), "no help markdown"),
    "help uri": (put(rule, "helpUri", "rules/x.md"), "no helpUri"),
    "rule level": (put(rule, "defaultConfiguration", {}), "WS105: no level"),
    "no tags": (put(properties, "tags", []), "no tags"),
    "many tags": (put(properties, "tags", list("abcdefghijk")), "more than 10"),
    "equal tags": (put(properties, "tags", ["a", "a"]), "stands twice"),
    "precision": (put(properties, "precision", "sure"), "no precision"),
    "severity": (put(properties, "problem.severity", "P1"), "no problem.severity"),
    "not security": (put(properties, "security-severity", "5.0"), "without the tag"),
    "no severity": (drop(security, "security-severity"), "the tag without"),
    "number": (put(security, "security-severity", 8.0), "no string of a number"),
    "word": (put(security, "security-severity", "high"), "no string of a number"),
    "over ten": (put(security, "security-severity", "10.5"), "no string of a number"),
    "cwe": (put(security, "tags", ["security", "external/cwe/306"]), "no CWE tag"),
    "notification": (put(notification, "descriptor", {"id": "x"}), "descriptor"),
    "notification level": (drop(notification, "level"), "notification without level"),
    "notification help": (put(driver, "notifications", [{"id": "x"}]), "has no help"),
    "many": (too_many, "more than 5,000"),
    "twice": (twice, "one a rule and line"),
    "index": (put(result, "ruleIndex", 0), "ruleIndex"),
    "no index": (drop(result, "ruleIndex"), "ruleIndex"),
    "level": (put(result, "level", "fatal"), "WS181: no level"),
    "suppressed": (put(result, "suppressions", []), "suppressed"),
    "no hash": (drop(result, "partialFingerprints"), "primaryLocationLineHash"),
    "hash": (
        put(result, "partialFingerprints", {"primaryLocationLineHash": "abc"}),
        "primaryLocationLineHash",
    ),
    "no location": (put(result, "locations", []), "no location"),
    "crowded": (crowded, "100 locations"),
    "no message": (drop(result, "message"), "no message"),
    "period": (put(message, "text", "bad [x](1)"), "period"),
    "placeholder": (put(message, "text", "Bad {0} [x](1)."), "placeholder"),
    "nowhere": (put(message, "text", "See [x](1) and [y](9)."), "a link to 9"),
    "unlinked": (put(message, "text", "See nothing."), "nothing links to 1"),
    "end column": (drop(region, "endColumn"), "four numbers"),
    "column zero": (put(region, "startColumn", 0), "four numbers"),
    "backwards": (put(region, "endColumn", 1), "ends before"),
    "absolute": (put(artifact, "uri", "file:///home/me/x.py"), "not relative"),
    "rooted": (put(artifact, "uri", "/x.py"), "not relative"),
    "empty uri": (put(artifact, "uri", ""), "not relative"),
    "space": (put(artifact, "uri", "a b.py"), "not encoded"),
    "bracket": (put(artifact, "uri", "[id].tsx"), "not encoded"),
    "above": (put(artifact, "uri", "../x.py"), "goes around"),
    "hidden above": (put(artifact, "uri", "a/%2E%2E/x.py"), "goes around"),
    "dot": (put(artifact, "uri", "./x.py"), "goes around"),
    "base id": (drop(artifact, "uriBaseId"), "uriBaseId"),
    "surrogate": (put(message, "text", "a\ud800 [x](1)."), "surrogates"),
    "escape": (put(message, "text", "a\x1b [x](1)."), "control characters"),
    "key": (put(properties, "a\x85", "b"), "control characters"),
}


def test_good_log_has_no_objections() -> None:
    """What wsaudit writes is what GitHub asks for."""
    assert objections(good_log()) == []


@pytest.mark.parametrize(
    ("mutate", "objection"), MUTATIONS.values(), ids=MUTATIONS.keys()
)
def test_mutation_is_noticed(mutate: Callable[[Json], None], objection: str) -> None:
    """One demand that is not met gives an objection that names it."""
    log = good_log()

    mutate(log)

    assert [said for said in objections(log) if objection in said]
