"""Comments to wsaudit: what they say, what they cover, and what is wrong with them."""

from __future__ import annotations

import re

import pytest

from wsaudit.comments import checked, declarations, directives
from wsaudit.housekeeping import Comments
from wsaudit.source import Place, Source
from wsaudit.suppress import silences
from wsaudit.syntax.nodes import Comment, Module
from wsaudit.syntax.typescript import read_typescript

CODES = ("WS130", "WS150", "WS181", "WS900")


def _module(text: str) -> Module:
    return read_typescript("a.tsx", text)


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
    assert checked(found, CODES).trouble == ""


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
    (found,) = directives(_commented(text))

    assert trouble in checked(found, CODES).trouble


def test_known_codes_count_beside_an_unknown_one() -> None:
    """One wrong code does not undo the others."""
    (found,) = directives(_commented("# wsaudit: ignore[WS130, WS999] x"))

    assert checked(found, CODES).codes == ("WS130",)
    assert "WS999" in checked(found, CODES).trouble


def _silenced(text: str) -> list[list[int] | None]:
    module = _module(text)
    found = [checked(one, CODES) for one in directives(module)]
    return [
        None if one.lines is None else list(one.lines)
        for one in silences(module, Source("a.tsx", text), found)
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a();\nb(); // wsaudit: ignore[WS130] x\nc();\n", [2]),
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
    known = [checked(one, ("WS130", "WS150")) for one in directives(module)]
    comments = Comments(
        known, silences(module, source, known), frozenset(), lambda _: source
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
