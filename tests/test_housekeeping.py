"""The rules about comments to wsaudit, seen from the comments of one file."""

from __future__ import annotations

import pytest

from wsaudit.housekeeping import INVALID, UNEXPLAINED, UNUSED, Comments
from wsaudit.rule import Problem
from wsaudit.settle import Judged
from wsaudit.source import Place, Source
from wsaudit.syntax.typescript import read_typescript

CODES = ("WS130", "WS150", UNUSED, UNEXPLAINED, INVALID)


def _comments(text: str) -> Comments:
    return Comments.of(
        [read_typescript("a.ts", text)], lambda path: Source(path, text), CODES
    )


def _problem(text: str, token: str, code: str) -> Judged:
    start = text.index(token)
    return Judged(code, Problem(Place("a.ts", start, start + len(token)), "bad"))


def _said(judged: list[Judged]) -> list[tuple[str, str]]:
    """The codes and messages of the problems."""
    return [
        (one.code, one.verdict.message)
        for one in judged
        if isinstance(one.verdict, Problem)
    ]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("ignore[WS130] x", []),
        ("ignore[WS130]", [UNEXPLAINED]),
        ("ignore x", [INVALID]),
        ("ignore", [INVALID]),
        ("ignore[WS999]", [INVALID]),
        ("ignore[WS130, WS999]", [INVALID, UNEXPLAINED]),
        ("public anyone", []),
        ("public", [UNEXPLAINED]),
        ("non-browser", []),
        ("role=one-shot", []),
        ("role=oneshot", [INVALID]),
        ("publik x", [INVALID]),
        ("", [INVALID]),
    ],
)
def test_form_and_reason_are_judged(comment: str, codes: list[str]) -> None:
    """Ignores and ``public`` need a reason; a code that is wrong has no effect."""
    found = list(_comments(f"// wsaudit: {comment}\na();\n").judge_form())

    assert [code for code, _ in _said(found)] == codes
    assert found


def test_used_ignore_is_silent() -> None:
    """A problem of its rule on its line is what it is there for."""
    text = "a(); // wsaudit: ignore[WS130] x\nb();\n"
    comments = _comments(text)
    comments.use([_problem(text, "a()", "WS130")])

    assert _said(list(comments.judge_use(()))) == []


@pytest.mark.parametrize(("token", "code"), [("b()", "WS130"), ("a()", "WS150")])
def test_ignore_of_another_line_or_rule_is_idle(token: str, code: str) -> None:
    """It silences nothing, and that is said of each code in it."""
    text = "a(); // wsaudit: ignore[WS130] x\nb();\n"
    comments = _comments(text)
    comments.use([_problem(text, token, code)])

    assert _said(list(comments.judge_use(()))) == [
        (UNUSED, "`WS130` has nothing to silence here")
    ]


def test_idle_codes_are_named() -> None:
    """The used ones in the same comment are not."""
    text = "a(); // wsaudit: ignore[WS130, WS150, WS901] x\n"
    comments = _comments(text)
    comments.use([_problem(text, "a()", "WS130")])

    assert _said(list(comments.judge_use(()))) == [
        (UNUSED, "`WS150` and `WS901` have nothing to silence here")
    ]


def test_rule_that_crashed_is_given_the_doubt() -> None:
    """Whether its ignore is needed nobody knows."""
    comments = _comments("a(); // wsaudit: ignore[WS130] x\n")

    assert _said(list(comments.judge_use({"WS130"}))) == []


def test_file_read_in_part_is_given_the_doubt() -> None:
    """What is ignored may stand in the other part."""
    comments = _comments("a(); // wsaudit: ignore[WS130] x\nf(@@);\n")

    assert _said(list(comments.judge_use(()))) == []


def test_ignore_of_unused_ignores_can_itself_be_unused() -> None:
    """It is judged last, when all that it might silence has been said."""
    text = "a(); // wsaudit: ignore[WS130, WS900] may come back\n"
    comments = _comments(text)
    comments.use(list(comments.judge_use(())))
    idle = _comments("a(); // wsaudit: ignore[WS900] x\n")

    assert _said(list(comments.judge_last())) == []
    assert _said(list(idle.judge_use(()))) == []
    assert _said(list(idle.judge_last())) == [
        (UNUSED, "`WS900` has nothing to silence here")
    ]


def test_whole_file_is_silenced() -> None:
    """``ignore-file`` holds on every line."""
    text = "a();\n\n// wsaudit: ignore-file[WS130] x\nb();\n"
    comments = _comments(text)
    place = _problem(text, "a()", "WS130").verdict.at

    assert comments.silencer("WS130", place) is not None
    assert comments.silencer("WS150", place) is None
    assert comments.silencer("WS130", Place("b.ts", 0, 1)) is None


def test_file_without_comments_costs_nothing() -> None:
    """Nothing is kept of it."""
    assert _comments("a(); // wsaudit is mentioned\n").found == []
