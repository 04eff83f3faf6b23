"""Broken files: what is still read, and what their faults say and point at."""

from __future__ import annotations

import pytest

from tests.syntax.sketches import everything, misplaced, sketch
from wsaudit.syntax.cst import recovery
from wsaudit.syntax.python import read_python

ABOVE = "import ä\n\n\nclass A:\n    def m(self):\n        return 1  # one\n\n\n"
BELOW = '# two\n@d(1)\ndef g():\n    """doc"""\n    h()\n'


@pytest.mark.parametrize(
    ("broken", "message", "line"),
    [
        ("a b", "unexpected `b`", "a b"),
        ("é = 1; a é b", "unexpected `é`", "é = 1; a é b"),
        ('print "x"', 'unexpected `"x"`', 'print "x"'),
        ("def f():\n    a\n    (b) c\n    d", "unexpected `c`", "(b) c"),
        ("def f(a, b=1, c): pass", "unexpected `)`", "def f(a, b=1, c): pass"),
        ("else:\n  x", "unexpected `else`", "else:"),
        ("if x:\nprint(1)", "expected an indented block", "if x:"),
        ("def f():\n\n  # nothing\n", "expected an indented block", "def f():"),
        ("a = 1\n  b = 2", "unexpected indentation", "b = 2"),
        ("class B\n    x = 1", "syntax error at the end of the line", "class B"),
        ("x =", "syntax error at the end of the line", "x ="),
        ("x = (1,", "syntax error at the end of the line", "x = (1,"),
        ("x = [\n1,\n2", "syntax error at the end of the line", "2"),
        ("a = 1\nx = 'abc", "unterminated string literal", "x = 'abc"),
        ("a)", "unmatched ')'", "a)"),
        (
            "def f():\n    a\n    b = $\n    c",
            "'$' is not a valid character in this position",
            "b = $",
        ),
        (
            "if x:\n    a\n  b",
            "no matching outer block for dedent",
            "b",
        ),
        ("'a' b'b'", "Cannot concatenate string and bytes.", "'a' b'b'"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_fault(broken: str, message: str, line: str, newline: str) -> None:
    """A fault says what is wrong, covers its line, and costs only its statement."""
    source = (ABOVE + broken + "\n" + BELOW).replace("\n", newline)
    module = read_python("a.py", source)
    data = source.encode()
    whole = read_python("a.py", ABOVE + BELOW)

    assert [fault.message for fault in module.faults] == [message]
    (fault,) = module.faults
    assert data[fault.start : fault.end].decode() == line
    shown = [sketch(one) for one in module.body]
    assert {sketch(one) for one in whole.body} <= set(shown)
    assert module.comments[0].text == "# one"


def test_places_in_the_rest() -> None:
    """What follows a fault stands where it stands in the file."""
    source = "ä = 1\nb = = 2\nç = f(ö)  # g\n"
    module = read_python("a.py", source)
    data = source.encode()
    texts = [data[one.start : one.end].decode() for one in everything(module)]

    assert texts[:4] == ["ä = 1", "ç = f(ö)", "# g", "b = = 2"]
    assert {"f(ö)", "ö", "ç"} <= set(texts)
    assert misplaced(module, len(data)) == []


def test_conflict() -> None:
    """Of a merge conflict both sides are read and its marks are faults."""
    source = "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> b\nc()\n"
    module = read_python("a.py", source)

    assert len(module.faults) == 3
    assert [sketch(one) for one in module.body] == [
        "Bind(a, value=1)",
        "Bind(a, value=2)",
        "Call(c)",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "\0",
        "x = '''\n",
        "(" * 50,
        "\ud800",
        "\t\x0c \\",
        "🙂",
        "def\n" * 40,
        "'" * 5,
    ],
)
def test_nothing_to_read(source: str) -> None:
    """A file that is no Python has a fault and no statements."""
    module = read_python("a.py", source)

    assert module.faults
    assert not module.body
    assert misplaced(module, len(source.encode("utf-8", "surrogatepass"))) == []


def test_parser_stumbles() -> None:
    """Valid code that libcst cannot bear is a fault like any other."""
    module = read_python("a.py", "a()\nb = [c async\n for c in d]\ne()\n")

    assert [fault.message for fault in module.faults] == [
        "the parser failed (AttributeError)"
    ]
    assert [sketch(one) for one in module.body] == ["Call(a)", "Call(e)"]


def test_long_block() -> None:
    """In a very long block the first line stands for the wrong one."""
    source = "def f():\n" + "    a\n" * 4_000 + "    $\n"
    (fault,) = read_python("a.py", source).faults

    assert source[fault.start : fault.end] == "def f():"


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("a\nb\n", ["a\n", "b\n"]),
        ("# a\n@b\n# c\ndef d():\n  e\nf", ["# a\n@b\n# c\ndef d():\n  e\n", "f"]),
        ("if a:\n  b\n# c\nelse:\n  d\ne", ["if a:\n  b\n# c\nelse:\n  d\n", "e"]),
        ("for a in b:\n  c\nelse:\n  d", ["for a in b:\n  c\nelse:\n  d"]),
        ("a\nelse:\n  b", ["a\n", "else:\n  b"]),
        ("a = [\n1,\n]\nb", ["a = [\n1,\n]\n", "b"]),
        ("a = (\ndef b(): c\n", ["a = (\n", "def b(): c\n"]),
        ('"""\na\n"""\nb', ['"""\na\n"""\n', "b"]),
        ("a = 1 + \\\nb\nc", ["a = 1 + \\\nb\n", "c"]),
        ("a = '(' # (\r\nb\r\nc", ["a = '(' # (\r\n", "b\r\n", "c"]),
    ],
)
def test_blocks(source: str, blocks: list[str]) -> None:
    """Brackets, strings, comments, decorators and ``else`` stay with their block."""
    found = [source[start:end] for start, end in recovery.blocks(source)]

    assert found == blocks
