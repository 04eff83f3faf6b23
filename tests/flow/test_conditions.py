"""Which tests are known where, and what they say."""

from __future__ import annotations

import time

import pytest

from tests.flow.snippets import Snippet, python, typescript
from wsaudit.flow.conditions import about, ensured, known, unheeded
from wsaudit.program import tree
from wsaudit.syntax import nodes


def _word(node: nodes.Node) -> str:
    match node:
        case nodes.Binary(op=op, left=left, right=right):
            return f"{_word(left)}{op}{_word(right)}"
        case nodes.Name() | nodes.Member():
            return tree.dotted(node)
        case nodes.Call(function=function):
            return f"{_word(function)}()"
        case nodes.Case(patterns=patterns):
            return "|".join(map(_word, patterns))
        case nodes.Loop() | nodes.ComprehensionClause():
            return "more"
        case nodes.Literal(value=value):
            return str(value)
        case _:
            raise TypeError(node)


def _known(snippet: Snippet, call: str = "here") -> str:
    found = known(snippet.program, snippet.call(call))
    return " ".join(("" if one.holds else "!") + _word(one.test) for one in found)


KNOWN = {
    "in a branch": ("if a:\n    here()", "a"),
    "in the other branch": ("if a:\n    pass\nelse:\n    here()", "!a"),
    "after both": ("if a:\n    pass\nhere()", ""),
    "both hold": ("if a and b:\n    here()", "b a"),
    "neither holds": ("if a or b:\n    return\nhere()", "!b !a"),
    "one of two holds": ("if a or b:\n    here()", ""),
    "turned round": ("if not (a and not b):\n    return\nhere()", "!b a"),
    "a branch that raises": ("if a:\n    raise X\nhere()", "!a"),
    "a branch that continues": (
        "for x in xs:\n    if a:\n        continue\n    here()",
        "!a more",
    ),
    "a branch that leaves deeper down": (
        "if a:\n    if b:\n        return\n    else:\n        return\nhere()",
        "!a",
    ),
    "a branch that may leave": ("if a:\n    if b:\n        return\nhere()", ""),
    "in a loop": ("while a:\n    here()", "a"),
    "once a loop has ended": ("while not a:\n    wait()\nhere()", "a"),
    "a loop with a break": ("while not a:\n    if b:\n        break\nhere()", ""),
    "asserted": ("assert a\nhere()", "a"),
    "short circuit": ("a and here()", "a"),
    "the other way": ("a or here()", "!a"),
    "an endless loop has no test": ("while True:\n    here()", ""),
    "a conditional": ("x = here() if a else 0", "a"),
    "in a handler nothing of the body": (
        "try:\n    if a:\n        return\n    wait()\nexcept E:\n    here()",
        "",
    ),
    "in a handler what was known before": (
        "if a:\n    return\ntry:\n    wait()\nexcept E:\n    here()",
        "!a",
    ),
    "in a finally, whatever way leads there": (
        "if a:\n  try:\n    if b:\n      return\n  finally:\n    here()",
        "a",
    ),
    "a case": (
        "match kind:\n    case 'x':\n        pass\n    case 'y':\n        here()",
        "y !x",
    ),
    "a comprehension": ("y = [here() for x in xs if a]", "a more"),
    "asked again": ("if a:\n    if a:\n        here()", "a a"),
}

TYPESCRIPT = {
    "optional": ("ws?.here();", "ws"),
    "optional, further on": ("ws?.inner.here();", "ws"),
    "not null": ("if (ws!.ok) here();", "ws.ok"),
    "a switch": ("switch (s) { case 1: here(); break; }", "1"),
    "a switch that falls through": ("switch (s) { case 1: case 2: here(); }", "1|2"),
    "after a switch that returns": (
        "switch (s) { case 1: return; default: } here();",
        "!1",
    ),
    "compared": ("if (ws.readyState !== 1) return; here();", "!ws.readyState!=1"),
}


@pytest.mark.parametrize(("text", "tests"), KNOWN.values(), ids=KNOWN)
def test_known(text: str, tests: str) -> None:
    """The tests that hold, the latest first; a ``!`` where one does not."""
    assert _known(python(text)) == tests


@pytest.mark.parametrize(("text", "tests"), TYPESCRIPT.values(), ids=TYPESCRIPT)
def test_known_in_typescript(text: str, tests: str) -> None:
    """Optional chains and switches are tests as well."""
    assert _known(typescript(text)) == tests


def test_unheeded() -> None:
    """A test that was asked, after which the code goes on either way."""
    snippet = typescript("if (a) return; if (b) reject(); here();")

    found = unheeded(snippet.program, snippet.call("here"))

    assert [_word(each.test) for each in found] == ["b"]


def test_ensured() -> None:
    """What is known once a function has returned."""
    snippet = python("if a:\n    raise X\nif b:\n    wait()")

    found = ensured(snippet.program, snippet.home)

    assert [(_word(one.test), one.holds) for one in found] == [("a", False)]


SAYS = {
    "it is true": ("if a:\n    here()", "a"),
    "it is false": ("if a:\n    return\nhere()", "not a"),
    "it is like another": ("if a == 1:\n    here()", "a == 1"),
    "it is unlike another": ("if a != 1:\n    here()", "not a == 1"),
    "it is not unlike another": ("if a is not None:\n    return\nhere()", "a == None"),
    "from the other side": ("if 1 == a:\n    here()", "a == 1"),
    "it is less": ("if a < 5:\n    here()", "a < 5"),
    "a case": ("match a:\n    case 1:\n        here()", "a == 1"),
    "one of several cases": ("match a:\n    case 1 | 2:\n        here()", ""),
    "none of several cases": (
        "match a:\n    case 1 | 2:\n        return\nhere()",
        "not a == 1, not a == 2",
    ),
    "nothing of it": ("for x in a:\n    if b:\n        here()", ""),
}


@pytest.mark.parametrize(("text", "said"), SAYS.values(), ids=SAYS)
def test_about(text: str, said: str) -> None:
    """What the tests that are known say of one value."""
    snippet = python(text)
    program = snippet.program

    found = [
        ("" if each.so else "not ")
        + ("a" if each.other is None else f"a {each.op} {_word(each.other)}")
        for one in known(program, snippet.call("here"))
        for each in about(
            program, one, lambda node: isinstance(node, nodes.Name) and node.id == "a"
        )
    ]

    assert ", ".join(found) == said


def test_conditions_of_a_long_function() -> None:
    """What is known is found in time that grows with the function."""
    text = "if x:\n    step()\n" * 2_000 + "if a:\n    return\n" * 2_000 + "here()"
    snippet = python(text)
    begun = time.process_time()

    found = known(snippet.program, snippet.call("here"))

    assert len(found) == 2_000
    assert time.process_time() - begun < 5
