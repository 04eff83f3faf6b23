"""SARIF: one run, every rule, places in UTF-16 units below the root."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from tests.report.github_ingestion import objections
from tests.report.sample import (
    Sources,
    both_ends,
    make_finding,
    make_outcome,
    make_page,
    make_report,
)
from wsaudit.outcome import RECOGNITION, Fault, Ignore, Report, Skip
from wsaudit.report import sarif
from wsaudit.rule import Confidence, Priority, Problem, Related
from wsaudit.source import Place

SCHEMA = Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json"


def written(report: Report, **options: Any) -> dict[str, Any]:
    """The log that a report becomes."""
    out = StringIO()
    sarif.render(report, out, **options)
    log: dict[str, Any] = json.loads(out.getvalue())
    return log


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    """The one run of the log that a report becomes."""
    (run,) = written(report, **options)["runs"]
    assert isinstance(run, dict)
    return run


def one_line_report(line: str, token: str, *, path: str = "a.ts") -> Report:
    """A report of one finding on a token."""
    sources = Sources({path: line})
    at = sources.place(path, token)
    return make_report(sources, [make_outcome(make_page(), Problem(at, "bad"))])


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema of SARIF 2.1.0, as OASIS publishes it."""
    return json.loads(SCHEMA.read_text("utf-8"))


def test_log_is_valid(schema: Any) -> None:
    """The log is what the schema of the standard describes."""
    validator = jsonschema.validators.validator_for(schema)(schema)

    assert list(validator.iter_errors(written(both_ends(), category="x"))) == []


def test_empty_run_is_valid_and_lists_its_rules(schema: Any) -> None:
    """A run without findings says which rules found nothing."""
    sources = Sources({"a.ts": ""})
    log = written(make_report(sources, [make_outcome(make_page())]))
    validator = jsonschema.validators.validator_for(schema)(schema)

    assert list(validator.iter_errors(log)) == []
    assert objections(log) == []
    assert log["runs"][0]["results"] == []
    assert len(log["runs"][0]["tool"]["driver"]["rules"]) == 1


def test_same_report_gives_same_bytes() -> None:
    """Nothing in the log depends on when or where it is written."""
    first, second = StringIO(), StringIO()

    sarif.render(both_ends(), first)
    sarif.render(both_ends(), second)

    assert first.getvalue() == second.getvalue()
    assert first.getvalue().endswith("}\n")


def test_ignored_findings_are_left_out() -> None:
    """GitHub would show a suppressed result as an alert."""
    run = run_of(both_ends())

    assert [result["ruleId"] for result in run["results"]] == ["WS181", "WS105"]
    assert "WS140" in {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_ignored_findings_are_added_on_demand(schema: Any) -> None:
    """Who asks for them gets each with its comment's reason, where it gives one."""
    report = both_ends()
    (ignored,) = report.ignored
    bare = replace(ignored, ignored=Ignore(ignored.at, ("WS140",), ""))
    log = written(replace(report, ignored=(ignored, bare)), suppressed=True)
    found = log["runs"][0]["results"]
    validator = jsonschema.validators.validator_for(schema)(schema)

    assert list(validator.iter_errors(log)) == []
    assert [
        each.get("suppressions") for each in found if each["ruleId"] == "WS140"
    ] == [
        [
            {
                "kind": "inSource",
                "status": "accepted",
                "justification": "the proxy pings",
            }
        ],
        [{"kind": "inSource", "status": "accepted"}],
    ]


def test_message_is_a_sentence_with_links() -> None:
    """The first sentence is a title; related places are linked by their id."""
    first, second = run_of(both_ends())["results"]

    assert first["message"]["text"] == (
        "`self.sockets` can change while this loop awaits, which ends it. "
        "See [the client connects here](1)."
    )
    assert first["relatedLocations"][0]["id"] == 1
    assert second["message"]["text"] == (
        "`ws` stays open when the effect is cleaned up."
    )


def test_columns_count_utf16_units() -> None:
    """An emoji before the token counts twice, a letter with an accent once."""
    line = '    s = "héllo 😀"; y = eval(x)'
    (result,) = run_of(one_line_report(line, "eval(x)"))["results"]

    region = result["locations"][0]["physicalLocation"]["region"]
    units = line.encode("utf-16-le")
    assert region["startColumn"] == 25
    assert units[
        2 * region["startColumn"] - 2 : 2 * region["endColumn"] - 2
    ] == "eval(x)".encode("utf-16-le")


def test_equal_lines_have_fingerprints_of_their_own() -> None:
    """The same line twice in a file is told apart by how often it was seen."""
    sources = Sources({"a.ts": "send();\n" * 2})
    places = [sources.place("a.ts", "send()", nth) for nth in (0, 1)]
    page = make_page()
    report = make_report(
        sources, [make_outcome(page, *(Problem(at, "bad") for at in places))]
    )

    prints = [each["partialFingerprints"] for each in run_of(report)["results"]]
    assert prints[0]["primaryLocationLineHash"] != prints[1]["primaryLocationLineHash"]
    assert prints[0]["wsaudit/v1"] != prints[1]["wsaudit/v1"]


def test_fingerprint_without_lines_in_utf8() -> None:
    """A file whose bytes have fewer lines than its text keeps our own fingerprint."""
    sources = Sources({"a.ts": "\nsend();"})
    at = sources.place("a.ts", "send()")
    source = sources["a.ts"]
    sources["a.ts"] = type(source)("a.ts", source.text, b"one line")
    report = make_report(sources, [make_outcome(make_page(), Problem(at, "bad"))])

    (result,) = run_of(report)["results"]
    assert list(result["partialFingerprints"]) == ["wsaudit/v1"]


@pytest.mark.parametrize(
    "name",
    [
        "[id].tsx",
        "a b.ts",
        "ü#%.ts",
        "😀.ts",
        "c:d.ts",
        "a\\b.ts",
        "what?.ts",
        "(group)/@modal/$x.ts",
        "caf\udce9.py",
    ],
)
def test_uri_leads_back_to_the_file(tmp_path: Path, name: str) -> None:
    """Whatever a file is called, its URI is relative, encoded and finds it again."""
    path = tmp_path / "web" / name
    path.parent.mkdir(parents=True)
    path.write_text("send()", "utf-8")
    (tmp_path / ".git").mkdir()
    report = one_line_report("send()", "send()", path=name)
    report = make_report(
        {name: report.source(name)}, report.outcomes, root=str(tmp_path / "web")
    )

    log = written(report)
    assert objections(log) == []
    uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    relative = unquote(uri["artifactLocation"]["uri"], errors="surrogateescape")
    assert (tmp_path / relative).read_text("utf-8") == "send()"


def test_link_becomes_the_file_behind_it(tmp_path: Path) -> None:
    """GitHub shows nothing behind a symbolic link, so its target is named."""
    (tmp_path / "real.ts").write_text("send()", "utf-8")
    (tmp_path / "link.ts").symlink_to("real.ts")
    found = one_line_report("send()", "send()", path="link.ts")
    report = make_report(
        {"link.ts": found.source("link.ts")}, found.outcomes, root=str(tmp_path)
    )

    (result,) = run_of(report, root=str(tmp_path))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "real.ts", "uriBaseId": "%SRCROOT%"}


def test_file_outside_of_the_root_gives_no_path_away(tmp_path: Path) -> None:
    """A file that is not below the root is named, without the way to it."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.ts").write_text("send()", "utf-8")
    path = "../outside/a.ts"
    found = one_line_report("send()", "send()", path=path)
    report = make_report({path: found.source(path)}, found.outcomes, root=str(root))

    log = written(report, root=str(root))
    assert objections(log) == []
    assert "a.ts" in json.dumps(log)
    assert "outside" not in json.dumps(log)


def test_category_tells_uploads_apart() -> None:
    """Without a category there is none: it would take precedence over the action's."""
    assert "automationDetails" not in run_of(both_ends())
    assert run_of(both_ends(), category="api")["automationDetails"] == {"id": "api/"}
    assert run_of(both_ends(), category="api/")["automationDetails"] == {"id": "api/"}


def test_crash_is_no_success() -> None:
    """Only a run that did not finish is unsuccessful; skipped files do not count."""
    skipped = run_of(both_ends())
    fault = Fault("", RECOGNITION, "KeyError: 1")
    crashed = run_of(make_report(Sources({}), faults=[fault]))

    assert skipped["invocations"][0]["executionSuccessful"] is True
    assert crashed["invocations"][0]["executionSuccessful"] is False


def test_skipped_files_are_notifications() -> None:
    """Each file that was not read, or in part, is named with the reason."""
    said = run_of(both_ends())["invocations"][0]["toolExecutionNotifications"]

    assert [(each["descriptor"]["id"], each["level"]) for each in said] == [
        ("internal-error", "error"),
        ("skipped-file", "note"),
        ("partly-read-file", "warning"),
    ]
    assert said[2]["message"]["text"] == (
        "backend/old.py was read in part: syntax error (unexpected `(`)."
    )
    assert said[2]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}


def test_notifications_are_limited() -> None:
    """A tree of unreadable files does not fill the log; how many are left is said."""
    skips = [Skip(f"{number}.py", "binary") for number in range(1_003)]

    run = run_of(make_report({}, skipped=skips))
    said = run["invocations"][0]["toolExecutionNotifications"]
    assert len(said) == 1_001
    assert said[-1]["descriptor"]["id"] == "more-notifications"
    assert said[-1]["message"]["text"] == "3 more notifications were left out."


def test_least_severe_results_are_left_out() -> None:
    """Past the limit of GitHub the worst are kept, in the order of the files."""
    sources = Sources({"a.ts": "".join(f"{line:4}\n" for line in range(5_002))})
    page = make_page()
    changes: dict[int, dict[str, Any]] = {
        0: {"priority": Priority.P2},
        1: {"confidence": Confidence.MEDIUM},
        5_001: {"priority": Priority.P0},
    }
    found = [
        make_finding(
            page,
            Place("a.ts", 5 * line, 5 * line + 4),
            f"on line {line}",
            **changes.get(line, {}),
        )
        for line in range(5_002)
    ]
    report = make_report(sources, [make_outcome(page, *found)])

    run = run_of(report)
    assert sarif.omitted(report) == 2
    assert [each["message"]["text"] for each in run["results"]] == [
        f"On line {line}." for line in range(2, 5_002)
    ]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"] == {
        "text": "2 results of the lowest severity were left out."
    }


def test_related_places_are_limited() -> None:
    """A result has no more places than GitHub accepts."""
    sources = Sources({"a.ts": "send();\n"})
    at = sources.place("a.ts", "send()")
    related = tuple(Related(at, f"place {number}") for number in range(200))
    page = make_page()
    report = make_report(
        sources, [make_outcome(page, Problem(at, "bad", related=related))]
    )

    assert objections(written(report)) == []
    assert len(run_of(report)["results"][0]["relatedLocations"]) == 99


def test_rule_carries_its_page() -> None:
    """A rule has a title, a reason, help and a link; its name is not its code."""
    rule = run_of(both_ends())["tool"]["driver"]["rules"][0]

    assert rule["id"] == "WS105"
    assert rule["name"] == "EffectSocketNotClosed"
    assert rule["shortDescription"]["text"].endswith("closed by it.")
    assert rule["fullDescription"]["text"].startswith("A socket that nobody closes")
    assert rule["help"]["markdown"].startswith("# A socket")
    assert rule["helpUri"].endswith("/rules/lifecycle/effect-socket-not-closed.md")
    assert rule["defaultConfiguration"] == {"level": "warning"}
    assert rule["properties"] == {
        "tags": ["reliability", "checklist/1.1.2"],
        "precision": "high",
        "problem.severity": "warning",
    }


def test_only_a_weakness_is_a_security_rule() -> None:
    """A rule with a CWE gets a security severity; others would be filed wrongly."""
    rules = run_of(both_ends())["tool"]["driver"]["rules"]
    (security,) = (rule for rule in rules if "security" in rule["properties"]["tags"])

    assert security["id"] == "WS160"
    assert security["properties"]["security-severity"] == "8.0"
    assert "external/cwe/cwe-306" in security["properties"]["tags"]


def test_long_description_ends_at_a_word() -> None:
    """A description is cut to what GitHub shows, between two words."""
    page = make_page(why="heartbeat " * 200)
    report = make_report(Sources({"a.ts": ""}), [make_outcome(page)])

    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    text = rule["fullDescription"]["text"]
    assert 1000 < len(text) <= 1024
    assert text.endswith("heartbeat…")


def test_place_on_several_lines_ends_on_its_last_character() -> None:
    """A region that takes in a line ending ends before it; a primary one is cut."""
    sources = Sources({"a.ts": "one(\n  two\n)\nthree"})
    at = Place("a.ts", 0, 13)
    problem = Problem(at, "bad", related=(Related(at, "all of it"),))
    report = make_report(sources, [make_outcome(make_page(), problem)])

    (result,) = run_of(report)["results"]
    related = result["relatedLocations"][0]["physicalLocation"]["region"]
    primary = result["locations"][0]["physicalLocation"]["region"]
    assert (related["endLine"], related["endColumn"]) == (3, 2)
    assert (primary["endLine"], primary["endColumn"]) == (1, 5)


def test_secret_is_not_published() -> None:
    """A token in a message stays on this machine."""
    sources = Sources({"a.ts": "connect()"})
    at = sources.place("a.ts", "connect()")
    message = "`?token=s3cr3t-value` in the URL ends up in logs"
    report = make_report(sources, [make_outcome(make_page(), Problem(at, message))])

    assert "s3cr3t-value" not in json.dumps(written(report))


def test_files_are_named_from_their_own_checkout(tmp_path: Path) -> None:
    """Also when the run was started in a folder above it."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "web").mkdir()
    sources = Sources({"repo/web/a.ts": "ws.send();"})
    problem = Problem(sources.place("repo/web/a.ts", "ws"), "bad")
    report = make_report(sources, [make_outcome(make_page(), problem)])
    out = StringIO()
    sarif.render(replace(report, root=str(tmp_path)), out)
    [result] = json.loads(out.getvalue())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "web/a.ts"


def test_region_of_a_result_is_on_one_line() -> None:
    """GitHub shows an alert in a pull request only where all its lines changed."""
    sources = Sources({"a.ts": "ws.send(\n  x,\n);\n"})
    problem = Problem(sources.place("a.ts", "ws.send(\n  x,\n)"), "bad")
    report = make_report(sources, [make_outcome(make_page(), problem)])
    out = StringIO()
    sarif.render(report, out)
    [result] = json.loads(out.getvalue())["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 9,
    }  # fmt: skip
