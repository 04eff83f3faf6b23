"""The checklist: every item, its verdict, and what the verdict rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from tests.report.sample import (
    Sources,
    both_ends,
    make_finding,
    make_outcome,
    make_page,
    make_report,
)
from wsaudit.outcome import Report, State
from wsaudit.report.checklist import data as checklist_data
from wsaudit.report.checklist import markdown as checklist_markdown
from wsaudit.report.checklist.document import Asked
from wsaudit.report.items import ItemVerdict, coverage, judge, load_items, tally
from wsaudit.rule import Pass, Problem, Undecided

BUILT = ("WS105", "WS107", "WS140", "WS142", "WS160", "WS181")


def markdown(report: Report, **options: Any) -> str:
    """The checklist as Markdown."""
    out = StringIO()
    built = options.pop("built", BUILT)
    checklist_markdown.render(report, out, Asked(built=built), **options)
    return out.getvalue()


def data(report: Report) -> dict[str, Any]:
    """The checklist as JSON, read back."""
    out = StringIO()
    checklist_data.render(report, out, Asked(built=BUILT))
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def item(report: Report, number: str) -> ItemVerdict:
    """The verdict on one item."""
    return next(each for each in judge(report, built=BUILT) if each.item.id == number)


def test_there_are_fifty_four_items_each_with_rules() -> None:
    """The list that the user asked to be audited."""
    items = load_items()

    assert len(items) == len({each.id for each in items}) == 54
    assert all(each.rules and each.title and each.section_title for each in items)
    assert all(each.id.startswith(f"{each.section}.") for each in items)


@pytest.mark.parametrize(
    ("number", "state", "words"),
    [
        ("1.1.2", State.FAIL, "fail (1 of 14 rules)"),
        ("1.1.3", State.UNDECIDED, "undecided (1 of 8 rules)"),
        ("1.4.1", State.PASS, "pass as far as checked (1 of 3 rules)"),
        ("1.4.3", State.UNDECIDED, "undecided (not selected)"),
        ("2.7.1", State.UNDECIDED, "undecided (not built yet)"),
    ],
)
def test_verdict_says_how_far_it_goes(number: str, state: State, words: str) -> None:
    """One failing rule fails; a pass that not all rules looked at is a limited one."""
    verdict = item(both_ends(), number)

    assert (verdict.state, verdict.words) == (state, words)


def test_pass_of_all_rules_has_no_limit() -> None:
    """When nothing is left to look, a pass is a pass."""
    sources = Sources({"a.py": "x"})
    page = make_page("WS132", items=("2.5.5",))
    outcome = make_outcome(page, Pass(sources.place("a.py", "x"), "acknowledged"))
    verdict = item(make_report(sources, [outcome]), "2.5.5")

    assert verdict.complete
    assert verdict.words == "pass (1 of 1 rule)"


def test_project_without_sockets_is_not_applicable() -> None:
    """Not passed, and not undecided either: there is nothing to ask."""
    report = make_report(Sources({"a.py": ""}), [make_outcome(make_page())], facts={})

    assert {each.state for each in judge(report)} == {State.NOT_APPLICABLE}
    assert tally(judge(report)) == "54 not applicable"


def test_pass_never_comes_without_evidence() -> None:
    """Whatever passes has a place and a reason, or a finding somebody ignored."""
    for verdict in judge(both_ends(), built=BUILT):
        if verdict.state is State.PASS:
            assert verdict.evidence or verdict.ignored


def test_coverage_counts_rules_not_items() -> None:
    """A rule that answers several items is one rule."""
    verdicts = judge(both_ends(), built=BUILT)
    rules = {code for each in load_items() for code in each.rules}

    assert coverage(verdicts) == f"4 of {len(rules)} rules looked"
    assert tally(verdicts) == (
        "2 fail, 2 pass, 2 undecided, 2 not selected, 46 not built yet"
    )


def test_markdown_has_every_item_with_what_it_rests_on() -> None:
    """A table a section; places with a line of code; what did not look."""
    text = markdown(both_ends())

    assert all(f"| {each.id} | {each.title} | " in text for each in load_items())
    assert (
        "| 1.1.2 | Connections are cleaned up | ❌ fail (1 of 14 rules) | 1 |" in text
    )
    assert (
        "- `frontend/feed.ts:3` `const ws = new WebSocket(url);` "
        "P1 WS105: `ws` stays open when the effect is cleaned up\n"
    ) in text
    assert "(ignored: the proxy pings)" in text
    assert "WS140: uvicorn pings by itself" in text
    assert "WS160: no endpoint was found" in text
    assert "Not selected: WS107." in text
    assert "**1 internal error: some verdicts are incomplete.**" in text


def test_markdown_without_errors_does_not_speak_of_them() -> None:
    """Only what happened is said."""
    assert "internal error" not in markdown(replace(both_ends(), faults=()))


def test_complete_item_lists_nothing_that_did_not_look() -> None:
    """There is nothing to add."""
    sources = Sources({"a.py": "x"})
    page = make_page("WS132", items=("2.5.5",))
    doubt = Undecided(sources.place("a.py", "x"), "hidden")
    text = markdown(make_report(sources, [make_outcome(page, doubt)]), built=())
    section = text.partition("### 2.5.5")[2].partition("##")[0]

    assert "hidden" in section
    assert "Not selected" not in section


def _many(number: int) -> Report:
    line = "ws.send();" + " " * 200
    sources = Sources({"a.ts": f"{line}\n" * number})
    page = make_page()
    findings = [
        make_finding(page, sources.place("a.ts", "ws", at), "bad " * 10)
        for at in range(number)
    ]
    return make_report(sources, [make_outcome(page, *findings)])


def test_long_lists_are_cut_and_counted() -> None:
    """Nobody reads the fiftieth place."""
    text = markdown(_many(50))

    shown, _, rest = text.partition("## All other places")

    assert shown.count("- `a.ts:") == 3
    assert "- [and 47 more](#the-rest-of-112)\n" in shown
    assert "### The rest of 1.1.2\n" in rest
    assert rest.count("- `a.ts:") == 47


def test_long_code_is_cut() -> None:
    """A line of code is there to be recognised."""
    sources = Sources({"a.ts": "x" * 500})
    at = sources.place("a.ts", "x" * 500)
    report = make_report(sources, [make_outcome(make_page(), Problem(at, "bad"))])

    assert f"`{'x' * 100}…`" in markdown(report)


def test_comment_fits_into_a_limit() -> None:
    """Places are dropped until it does; the items stay."""
    whole = markdown(_many(50))
    less = markdown(_many(50), limit=len(whole) - 1)
    least = markdown(_many(50), limit=1)

    assert len(least) < len(less) < len(whole)
    assert "- and 47 more\n" in less
    assert "- `a.ts:" not in least
    assert all(f"| {each.id} |" in least for each in load_items())


def test_blank_line_has_no_code_to_show() -> None:
    """A place on an empty line is a place."""
    sources = Sources({"a.ts": "\n\nx"})
    at = replace(sources.place("a.ts", "x"), start=0, end=0)
    report = make_report(sources, [make_outcome(make_page(), Problem(at, "bad"))])

    assert "- `a.ts:1` P1 WS105: bad\n" in markdown(report)


def test_json_has_every_item() -> None:
    """The same verdicts for programs."""
    found = data(both_ends())
    items = {each["id"]: each for each in found["items"]}
    cleaned = items["1.1.2"]

    assert list(items) == [each.id for each in load_items()]
    assert found["summary"] == {
        "fail": 2,
        "pass": 2,
        "undecided": 50,
        "not applicable": 0,
    }
    assert cleaned["state"] == "fail"
    assert cleaned["verdict"] == "fail (1 of 14 rules)"
    assert cleaned["section"] == "Connection lifecycle"
    assert cleaned["complete"] is False
    assert cleaned["rules"] == [
        {"code": "WS105", "name": "effect-socket-not-closed", "state": "fail"}
    ]
    assert cleaned["not_selected"] == ["WS107"]
    assert cleaned["findings"][0]["line"] == 3
    assert items["1.4.1"]["ignored"][0]["code"] == "WS140"
    assert items["1.4.1"]["evidence"][0]["code"] == "WS140"
    assert items["1.1.3"]["undecided"][0]["text"] == "no endpoint was found"
    assert items["2.7.1"]["not_built"]


def test_everything_that_items_ask_is_asked_of_rules_or_of_people() -> None:
    """The list that the user asked to be audited, to its last line."""
    checks = [check for each in load_items() for check in each.checks]

    assert len(checks) == len({check.id for check in checks}) == 219
    assert all(bool(check.rules) != bool(check.outside) for check in checks)
    assert all(check.asks for check in checks)


def test_each_thing_asked_has_a_verdict_of_its_own() -> None:
    """By the rules that answer it; where none looked, a person must."""
    states = {one.check.id: one for one in item(both_ends(), "1.1.2").checks}

    assert states["1.1.2.1"].state is State.FAIL
    assert states["1.1.2.1"].words == "WS105 fail"
    assert states["1.1.2.5"].state is None
    assert states["1.1.2.5"].words == "for a person: no rule looked at this"


def test_thing_outside_of_code_says_why() -> None:
    """What no rule can ever see."""
    found = item(both_ends(), "1.2.4").checks[2]

    assert found.words == "for a person: how they look is for a person"
