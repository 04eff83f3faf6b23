"""What the Python reader makes of each construct, and where it says that it stands.

``python/*.txt`` hold the constructs: source lines, then what they become after ``=>``.
``pytest --update`` rewrites the latter.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from pathlib import Path

import msgspec
import pytest

from tests.syntax.sketches import (
    below,
    everything,
    examples,
    misplaced,
    sketch,
    write_examples,
)
from wsaudit.syntax import nodes
from wsaudit.syntax.gate import too_deep
from wsaudit.syntax.python import read_python

TABLES = sorted((Path(__file__).parent / "python").glob("*.txt"))
STANDARD_LIBRARY = Path(ast.__file__).parent
FILES = [
    "argparse.py",
    "ast.py",
    "asyncio/base_events.py",
    "asyncio/streams.py",
    "collections/__init__.py",
    "contextlib.py",
    "dataclasses.py",
    "email/_header_value_parser.py",
    "enum.py",
    "http/client.py",
    "typing.py",
    "unittest/mock.py",
]


def one(source: str) -> nodes.Statement:
    """The only statement of a source without faults."""
    module = read_python("a.py", source)
    assert not module.faults
    (statement,) = module.body
    return statement


def lost_calls(source: str, module: nodes.Module) -> int | None:
    """How many calls a module lacks; None when this Python cannot read the source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            tree = list(ast.walk(ast.parse(source)))
        except SyntaxError:
            return None
    calls = {
        (node.start, node.end)
        for node in everything(module)
        if isinstance(node, nodes.Call)
    }
    wanted = sum(isinstance(node, ast.Call | ast.MatchClass) for node in tree)
    wanted += sum(isinstance(node, ast.Assert) and bool(node.msg) for node in tree)
    return wanted - len(calls)


def assert_sound(source: str) -> None:
    """Check what holds of every module, whatever the source."""
    module = read_python("a.py", source)
    written = msgspec.msgpack.encode(module)
    again = msgspec.msgpack.Decoder(nodes.Module).decode(written)
    found = everything(module)

    assert msgspec.msgpack.encode(again) == written
    assert len({id(node) for node in found}) == len(found)
    assert misplaced(module, len(source.encode())) == []
    assert not lost_calls(source, module)


# -- constructs ----------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_constructs(table: Path, *, update: bool) -> None:
    """Each construct becomes the nodes written below it, without a fault."""
    seen = []
    for source, _ in examples(table):
        module = read_python("a.py", source)
        shown = [sketch(node) for node in (*module.body, *module.faults)]
        seen.append((source, "\n".join(shown)))
    if update:
        write_examples(table, seen)

    assert seen == examples(table)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_constructs_are_sound(table: Path) -> None:
    """Spans nest, no node stands twice, no call is lost, bytes round-trip."""
    for source, _ in examples(table):
        assert_sound(source)


@pytest.mark.parametrize("name", FILES)
def test_real_code_is_sound(name: str) -> None:
    """A file of the standard library is read whole, and as soundly."""
    source = (STANDARD_LIBRARY / name).read_text("utf-8")

    assert read_python(name, source).faults == ()
    assert_sound(source)


def test_parser_is_imported_late() -> None:
    """The parser is imported when a file is read and not before."""
    script = "import sys, wsaudit.syntax.python; print('libcst' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )

    assert done.stdout == "False\n"


# -- constants -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        r'"\n\t\\\"\'\a\b\f\v\r\0"',
        r'"\x41\u0042\U00000043\103\N{DIGIT ONE}"',
        '"a\\\nb\\\r\nc"',
        '"""a\r\nb\rc"""',
        r"r'\d\\'",
        r"b'\x00\xff\101'",
        r"Rb'\x00'",
        "u'ä'",
        "'a' \"b\" '''c'''",
        "0xFF_FF",
        "0b11",
        "0o17",
        "00",
        "1_000",
        "1.5e3",
        ".5",
        "18446744073709551615",
        "18446744073709551616",
    ],
)
def test_constant(written: str) -> None:
    """A constant has the value that Python gives it."""
    statement = one(written)
    wanted = ast.literal_eval(written)

    assert isinstance(statement, nodes.Expr)
    assert isinstance(statement.value, nodes.Literal)
    found = statement.value.value
    assert found == (wanted.decode("latin-1") if isinstance(wanted, bytes) else wanted)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"\q\N{no such}\N{}\x4"', r"\q\N{no such}\N{}\x4"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\UFFFFFFFF"', "\ufffd"),
        ('"\ud83d"', "\ufffd"),
    ],
)
def test_strange_string(written: str, value: str) -> None:
    """What is no text becomes text that can be written to a report."""
    assert sketch(one(written)) == repr(value)


@pytest.mark.parametrize("written", ["9" * 400, "9" * 5_000, "1e999", "1j"])
def test_number_that_is_none_of_ours(written: str) -> None:
    """A number that no float can hold is Opaque."""
    assert sketch(one(written)).startswith("Opaque")


# -- places --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("ä = 1; ws.send(m) ; b", nodes.Call, "ws.send(m)"),
        ("x = ( a + b )", nodes.Binary, "a + b"),
        ("x = ( a,\n b, )", nodes.Sequence, "( a,\n b, )"),
        ("f( ( a ) for a in b )", nodes.Comprehension, "( a ) for a in b"),
        ("x = ( a for a in b )", nodes.Comprehension, "( a for a in b )"),
        ("x = a < (b) < c", nodes.Binary, "a < (b)"),
        ("a = [b] = c", nodes.Assign, "[b] = c"),
        ("f(a, * b , c = 1)", nodes.Argument, "a"),
        ("f(c = (1) , ** d)", nodes.Argument, "c = (1)"),
        ("def f(a : int = (1) , * b): pass", nodes.Parameter, "a : int = (1)"),
        ("def f(* a : (int) ): pass", nodes.Parameter, "* a : (int)"),
        ("@d\ndef f():\n  a  # b\n\nc", nodes.FunctionDef, "@d\ndef f():\n  a"),
        ("@d\ndef f():\n  a  # b\n\nc", nodes.Function, "def f():\n  a"),
        ("@d\n# c\nclass A:\n\ta\n\t# b\n", nodes.ClassDef, "@d\n# c\nclass A:\n\ta"),
        ("if a:\n  b\nelif c:\n  d\n", nodes.If, "if a:\n  b\nelif c:\n  d"),
        ("if a: b;\n", nodes.If, "if a: b"),
        ("try: a\nfinally:\n  b\n", nodes.Try, "try: a\nfinally:\n  b"),
        ("try: a\nexcept B: c\n", nodes.Handler, "except B: c"),
        ("async def f():\n  async for a in b: c", nodes.Loop, "async for a in b: c"),
        ("with (a as b , c): d", nodes.WithItem, "a as b"),
        ("match a:\n case {'b': (1) , **c}: d", nodes.Entry, "'b': (1)"),
        ("match a:\n case [* _ , b]: d", nodes.Spread, "* _"),
        ("match a:\n case [*b , c]: d", nodes.Spread, "*b"),
        ("match a:\n case B(c , d = ( e )): d", nodes.Argument, "c"),
        ("match a:\n case B(d = ( e ) , f=g): d", nodes.Argument, "d = ( e )"),
        ("match a:\n case 1: b\n", nodes.Case, "case 1: b"),
        ("from a import *  # b", nodes.ImportName, "*"),
        ("from a import (b as c, d)", nodes.ImportName, "b as c"),
        ("import a, b . c", nodes.Import, "a"),
        ("f'ä{ b }ö'", nodes.Literal, "ä"),
        ("f'ä{ b !r}ö'", nodes.Opaque, "{ b !r}"),
        (
            "[a for b in c  if d async for e in f]",
            nodes.ComprehensionClause,
            "for b in c  if d",
        ),
        ("x [ a : b ]", nodes.Opaque, "a : b"),
        ("type A = int ;", nodes.TypeDef, "type A = int"),
        ("assert a , b", nodes.Raise, "assert a , b"),
        ("del a , b", nodes.Unary, "a"),
        ("\x0cä = 1", nodes.Bind, "ä = 1"),
        ("\\\n\\\na ( b )", nodes.Call, "a ( b )"),
        ("if a:\n  b\n\\\n  c ()\n", nodes.Call, "c ()"),
        ("a = 1 + \\\r\n  b\r\n", nodes.Bind, "a = 1 + \\\r\n  b"),
        ("a\rif b:\r  c ()\r", nodes.Call, "c ()"),
    ],
)
def test_place(source: str, kind: type[nodes.Node], text: str) -> None:
    """A node covers its own text, in bytes; brackets around it are not its own."""
    found = [n for n in everything(read_python("a.py", source)) if type(n) is kind]
    data = source.encode()

    assert data[found[0].start : found[0].end].decode() == text


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("ä . send ( )", nodes.Member, "send"),
        ("(ä\n # b\n .\\\n send)", nodes.Member, "send"),
        ("async  def  ä(): pass", nodes.FunctionDef, "ä"),
        ("@d(1)\n# c\ndef f (): pass", nodes.FunctionDef, "f"),
        ("@d\nclass  Äh [T](b): pass", nodes.ClassDef, "Äh"),
    ],
)
def test_name_start(source: str, kind: type[nodes.Node], name: str) -> None:
    """``name_start`` points at the first byte of the name."""
    found = everything(read_python("a.py", source))
    node = next(node for node in found if isinstance(node, kind))
    at = getattr(node, "name_start")  # noqa: B009

    assert source.encode()[at:].decode().startswith(name)


@pytest.mark.parametrize(
    ("source", "head"),
    [
        ("try: a\nexcept: b", "except:"),
        ("try: a\nexcept (B, C)  as e :  # d\n  f", "except (B, C)  as e :"),
        ("try: a\nexcept *B:\n  f", "except *B:"),
    ],
)
def test_head_of_handler(source: str, head: str) -> None:
    """A handler's head ends just after its colon."""
    found = everything(read_python("a.py", source))
    handler = next(node for node in found if isinstance(node, nodes.Handler))

    assert source[handler.start : handler.head_end] == head


# -- comments ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "alone"),
    [
        ("# a", "# a", True),
        ("a  # b", "# b", False),
        ("\n\t# ä  \r\na", "# ä  ", True),
        ("f(a,\n  # b\n)", "# b", True),
        ("f(a,  # b\n)", "# b", False),
        ("if a:  # b\n  c", "# b", False),
        ("if a:\n  b\n # c\n", "# c", True),
        ("a\r# b\r", "# b", True),
        ("\x0ca  # ö", "# ö", False),
        ("@a  # b\ndef f(): pass", "# b", False),
    ],
)
def test_comment(source: str, text: str, *, alone: bool) -> None:
    """A comment keeps its mark and knows whether it shares its line."""
    (comment,) = read_python("a.py", source).comments

    assert (text, alone) == (comment.text, comment.alone)
    assert source.encode()[comment.start : comment.end].decode() == text


def test_no_comment() -> None:
    """A number sign in a string opens no comment."""
    assert read_python("a.py", "'# a'; f'{b}# c'; '''\n# d\n'''").comments == ()


# -- depth ---------------------------------------------------------------------------


def depth(module: nodes.Module) -> int:
    """How many nodes lie inside each other."""
    level: list[nodes.Node] = list(module.body)
    count = 0
    while level:
        level = [inner for node in level for inner in below(node)]
        count += 1
    return count


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a" + ".b(c)" * 450, 451),
        ("a" + "[b]" * 900, 901),
        (" + ".join(["a"] * 1_000), 1_000),
        (" - ".join(["a"] * 1_000), 1_000),
        (" and ".join(["a or b"] * 400), 800),
        (" < ".join(["a"] * 900), 1_798),
        ("if a: b\n" + "elif c: d\n" * 500 + "else: e", 1_003),
        ("x = " + "'a' " * 3_000, 1),
        ("not " * 150 + "a", 1),
        ("f(" * 140 + "a" + ")" * 140, 141),
        ("(a < " * 140 + "a" + " < b)" * 140, 282),
        ("lambda: " * 150 + "a", 1),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_long_chain(source: str, names: int) -> None:
    """A chain is read whole, and never becomes a tree too deep to be written down."""
    assert too_deep(source, "python") is None
    try:
        module = read_python("a.py", source)
    except RecursionError:
        # Python 3.12 alone gives C code little room; a worker reports such a file.
        if sys.version_info[:2] != (3, 12):
            raise
        pytest.skip("too deep for this Python")

    found = [node for node in everything(module) if isinstance(node, nodes.Name)]
    assert len(found) == names
    assert depth(module) < 450
    assert_sound(source)


def test_recursion_limit_is_restored() -> None:
    """Reading leaves the interpreter as it was."""
    before = sys.getrecursionlimit()
    read_python("a.py", "a = 1")

    assert sys.getrecursionlimit() == before
