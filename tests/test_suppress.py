"""Comments to wsaudit: what they say, what they cover, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from wsaudit.comments import Directive, checked, declarations, directives
from wsaudit.housekeeping import Comments
from wsaudit.source import Place, Source
from wsaudit.suppress import silences
from wsaudit.syntax.nodes import Comment, Module
from wsaudit.syntax.typescript import read_typescript

CODES = ("WS130", "WS150", "WS181", "WS900")
TODAY = dt.date(2027, 1, 31)


def _module(text: str) -> Module:
    return read_typescript("a.tsx", text)


def _checked(module: Module) -> list[Directive]:
    return checked(directives(module), CODES, TODAY)


def _commented(text: str) -> Module:
    """A module of one comment and nothing else."""
    return Module("a.py", "python", (), (Comment(0, len(text.encode()), text),))


@pytest.mark.parametrize(
    ("text", "word", "codes", "value", "reason"),
    [
        ("# wsaudit: ignore[WS130] why", "ignore", ("WS130",), "", "why"),
        ("//wsaudit:ignore[WS130,WS150]", "ignore", ("WS130", "WS150"), "", ""),
        ("/* wsaudit: ignore[ WS130 ]: a b */", "ignore", ("WS130",), "", "a b"),
        ("# wsaudit: ignore-file[WS130] - x", "ignore-file", ("WS130",), "", "x"),
        ("/**\n * wsaudit: public prices */", "public", (), "", "prices"),
        ("# wsaudit: role=one-shot a job", "role", (), "one-shot", "a job"),
        ("// wsaudit: non-browser", "non-browser", (), "", ""),
        ("# type: x  # wsaudit: ignore[WS130] é", "ignore", ("WS130",), "", "é"),
    ],
)
def test_directive_is_read(
    text: str, word: str, codes: tuple[str, ...], value: str, reason: str
) -> None:
    """Word, codes, value and reason, whatever the marks of the comment."""
    (found,) = directives(_commented(text))

    assert (found.word, found.codes, found.value, found.reason) == (
        word,
        codes,
        value,
        reason,
    )
    assert _checked(_commented(text))[0].trouble == ""


def test_two_directives_may_share_a_comment() -> None:
    """Each has its own reason and its own place, in bytes."""
    text = "# é # wsaudit: ignore[WS130] one # wsaudit: ignore[WS150] two"
    first, second = directives(_commented(text))
    data = text.encode()

    assert (first.reason, second.reason) == ("one", "two")
    assert data[first.at.start : first.at.end] == b"# wsaudit: ignore[WS130] one"
    assert data[second.at.start : second.at.end] == b"# wsaudit: ignore[WS150] two"


@pytest.mark.parametrize(
    "text",
    ["# see wsaudit: it works", "# write `# wsaudit: ignore[WS130]`", "# wsaudit"],
)
def test_mention_is_no_directive(text: str) -> None:
    """Only a comment that opens with the address speaks to wsaudit."""
    assert directives(_commented(text)) == ()


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("# wsaudit: ignore", "`ignore` names no rule"),
        ("# wsaudit: ignore[]", "`ignore` names no rule"),
        ("# wsaudit: ignore WS130", "`ignore` names no rule"),
        (
            "# wsaudit: ignore[WS131]",
            "`WS131` is no rule's code; did you mean `WS1",
        ),
        ("# wsaudit: ignore[ws130]", "`ws130` is no rule's code"),
        ("# wsaudit: ignor[WS130]", "`ignor` is no word wsaudit knows; did you mean"),
        ("# wsaudit:", "it says nothing"),
        ("# wsaudit: [WS130]", "it says nothing"),
        ("# wsaudit: public[WS130]", "`public` takes no codes"),
        ("# wsaudit: public=yes", "`public` takes no value"),
        ("# wsaudit: role=one-shto", "is no role of a connection; did you mean"),
        ("# wsaudit: role", "`` is no role of a connection"),
    ],
)
def test_trouble_is_named(text: str, trouble: str) -> None:
    """What has no effect says why."""
    (found,) = _checked(_commented(text))

    assert trouble in found.trouble


def test_known_codes_count_beside_an_unknown_one() -> None:
    """One wrong code does not undo the others."""
    (found,) = _checked(_commented("# wsaudit: ignore[WS130, WS999] x"))

    assert found.codes == ("WS130",)
    assert "WS999" in found.trouble


@pytest.mark.parametrize(
    ("until", "trouble", "codes"),
    [
        ("2027-01-31", "", ("WS130",)),
        ("2027-01-30", "it held until 2027-01-30", ()),
        ("", "`until=` is no date like 2027-01-31", ()),
        ("soon", "`soon` is no date", ()),
        ("2027-02-30", "`2027-02-30` is no date", ()),
    ],
)
@pytest.mark.parametrize("where", ["until={0} why", "why until={0}", "a until={0} b"])
def test_ignore_ends(where: str, until: str, trouble: str, codes: object) -> None:
    """It holds to the end of its last day; without a date there is no effect."""
    text = f"# wsaudit: ignore[WS130] {where.format(until)}"
    (found,) = _checked(_commented(text))

    assert trouble in found.trouble
    assert bool(found.trouble) == bool(trouble)
    assert found.codes == codes
    assert found.reason in {"why", "a b"}


@pytest.mark.parametrize(
    ("words", "troubles"),
    [
        ("disable[WS130] x; enable[WS130]", ["", ""]),
        ("disable[WS130, WS150] x; enable[WS150]; enable[WS130]", ["", "", ""]),
        ("disable[WS130] x", ["nothing enables `WS130` again"]),
        ("enable[WS130]", ["nothing disables `WS130` above"]),
        (
            "disable[WS130] x; disable[WS130] y; enable[WS130]",
            ["", "`WS130` is disabled here already", ""],
        ),
        ("disable x", ["`disable` names no rule"]),
        ("disable[WS130] until=2020-01-01 x", ["it held until 2020-01-01"]),
    ],
)
def test_stretch_has_two_ends(words: str, troubles: list[str]) -> None:
    """What is disabled is enabled again, in the same file and once."""
    lines = (f"// wsaudit: {word}\n" for word in words.split("; "))
    found = _checked(_module("a();\n".join(lines)))

    assert len(found) == len(troubles)
    for one, trouble in zip(found, troubles, strict=True):
        assert trouble in one.trouble
        assert bool(one.trouble) == bool(trouble)


def _silenced(text: str) -> list[list[int] | None]:
    module = _module(text)
    found = _checked(module)
    return [
        None if one.lines is None else list(one.lines)
        for one in silences(module, Source("a.tsx", text), found)
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a();\nb(); // wsaudit: ignore[WS130] x\nc();\n", [2]),
        (
            "a();\n// wsaudit: disable[WS130] x\nb();\nc();\n"
            "// wsaudit: enable[WS130]\nd();\n",
            [2, 3, 4, 5],
        ),
        ("// wsaudit: ignore[WS130] x\nb();\n", [2]),
        ("// wsaudit: ignore[WS130] x\n\n// note\n\nb();\n", [5]),
        ("/* wsaudit: ignore[WS130] x\n   more */\nb();\n", [3]),
        ("b(\n  // wsaudit: ignore[WS130] x\n  c,\n);\n", [3]),
        ("a(); /* wsaudit: ignore[WS130] x */ b();\n", [1]),
        ("a();\r// wsaudit: ignore[WS130] x\rb();\r", [3]),
        ("// wsaudit: ignore[WS130] x\n@deco\n@more({\n})\nclass A {}\n", [2, 3, 4, 5]),
        ("const a = 1;\n// wsaudit: ignore[WS130] x\n", [4]),
        ("// wsaudit: publik // wsaudit: ignore[WS130] x\na();\n", [1, 2]),
    ],
)
def test_ignore_covers_its_line_or_the_next_code(text: str, lines: list[int]) -> None:
    """A comment alone on its line speaks of the next line of code."""
    assert _silenced(text) == [lines]


def test_ignores_may_stand_above_each_other() -> None:
    """Several comments above one line all speak of that line."""
    text = "// wsaudit: ignore[WS130] x\n// wsaudit: ignore[WS150] y\nb();\n"

    assert _silenced(text) == [[3], [3]]


def test_comment_in_markup_is_alone_in_its_braces() -> None:
    """The braces that JSX asks for do not count as code."""
    text = (
        "const a = (\n  <div>\n    {/* wsaudit: ignore[WS130] x */}\n"
        "    <Live url={u} />\n  </div>\n);\n"
    )

    assert _silenced(text) == [[4]]


def test_whole_file_is_silenced() -> None:
    """`ignore-file` covers every line."""
    assert _silenced("a();\n// wsaudit: ignore-file[WS130] x\n") == [None]


def test_string_is_no_comment() -> None:
    """Text that looks like a comment silences nothing."""
    assert _silenced('a("// wsaudit: ignore[WS130] x");\n') == []


def test_silence_covers_its_codes_only() -> None:
    """Another rule on the same line still speaks."""
    module = _module("b(); // wsaudit: ignore[WS130] x\n")
    source = Source("a.tsx", "b(); // wsaudit: ignore[WS130] x\n")
    known = checked(directives(module), ("WS130", "WS150"), TODAY)
    comments = Comments(
        known, silences(module, source, known), "", frozenset(), lambda _: source
    )

    assert comments.silencer("WS130", Place("a.tsx", 0, 1))
    assert not comments.silencer("WS150", Place("a.tsx", 0, 1))


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("a();\n// wsaudit: role=one-shot\nconst w = f(\n  1,\n);\nb();", "const w"),
        ("a();\nconst w = f(1); // wsaudit: role=one-shot\nb();", "const w"),
        ("function f() { // wsaudit: role=one-shot\n  g();\n}\n", "function f"),
        ("class A {\n  // wsaudit: role=one-shot\n  m() { g(); }\n}\n", "m()"),
        ("function f() {\n  g();\n  h(); // wsaudit: role=one-shot\n}\n", "h();"),
        ("g(\n  1, // wsaudit: role=one-shot\n);\n", "g("),
    ],
)
def test_declaration_holds_for_its_statement(text: str, covered: str) -> None:
    """A declaration speaks of the statement it stands on, above, or in the head of."""
    (found,) = declarations(_module(text))

    assert text[found.start :].startswith(covered)
    assert (found.name, found.value) == ("role", "one-shot")


def test_declaration_in_trouble_declares_nothing() -> None:
    """A role that does not exist is no answer."""
    assert declarations(_module("// wsaudit: role=nothing\na();\n")) == ()
    assert declarations(_module("a(); // wsaudit: ignore[WS130] x\n")) == ()


def test_declaration_above_nothing_covers_nothing() -> None:
    """At the end of a file there is nothing to speak of."""
    (found,) = declarations(_module("a();\n// wsaudit: public x\n"))

    assert found.start == found.end
    assert re.fullmatch("x", found.reason)
