"""What the TypeScript reader makes of each construct, and of what it cannot read.

``typescript/*.txt`` hold the constructs: source lines, then what they become, indented.
``pytest --update`` rewrites the indented lines.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import tree_sitter
import tree_sitter_typescript
from hypothesis import given, settings
from hypothesis import strategies as st

from wsaudit.syntax import nodes
from wsaudit.syntax.typescript import read_typescript

TABLES = sorted((Path(__file__).parent / "typescript").glob("*.txt"))
PLACES = {"start", "end", "name_start", "head_end"}


# -- showing nodes -------------------------------------------------------------------


def sketch(value: object) -> str:
    """A node on one line: names and constants bare, defaults and places left out."""
    match value:
        case nodes.Name(id=name):
            return name
        case nodes.Literal(kind="string"):
            return repr(value.value)
        case nodes.Literal(value=None):
            return value.kind
        case nodes.Literal():
            return str(value.value)
        case nodes.Argument(value=inner, keyword=None, spread=""):
            return sketch(inner)
        case nodes.Expr(value=inner):
            return sketch(inner)
        case nodes.Node():
            return f"{type(value).__name__}({', '.join(fields(value))})"
        case tuple():
            return f"[{', '.join(map(sketch, value))}]"
        case _:
            return str(value)


def fields(node: nodes.Node) -> Iterator[str]:
    """The fields of a node worth showing; those with defaults by name."""
    for field in msgspec.structs.fields(type(node)):
        value = getattr(node, field.name)
        if field.name not in PLACES and value != field.default:
            yield sketch(value) if field.required else f"{field.name}={sketch(value)}"


def below(node: nodes.Node) -> Iterator[nodes.Node]:
    """The nodes directly inside a node."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, nodes.Node):
                yield item


def everything(module: nodes.Module) -> list[nodes.Node]:
    """All nodes of a module."""
    found: list[nodes.Node] = [*module.body, *module.comments, *module.faults]
    for node in found:
        found.extend(below(node))
    return found


def one(source: str, path: str = "a.ts") -> nodes.Statement:
    """The only statement of a source without faults."""
    module = read_typescript(path, source)
    assert not module.faults
    (statement,) = module.body
    return statement


def calls_of(source: str, path: str) -> list[tuple[int, int]]:
    """The places of all calls in tree-sitter's own tree."""
    grammar = tree_sitter_typescript.language_tsx()
    if path.endswith(".ts"):
        grammar = tree_sitter_typescript.language_typescript()
    parser = tree_sitter.Parser(tree_sitter.Language(grammar))
    found, stack = [], [parser.parse(source.encode()).root_node]
    while stack:
        node = stack.pop()
        if node.type in {"call_expression", "new_expression"}:
            found.append((node.start_byte, node.end_byte))
        stack.extend(node.children)
    return sorted(found)


def assert_sound(source: str, path: str) -> None:
    """Check what holds of every module, whatever the source."""
    module = read_typescript(path, source)
    written = msgspec.msgpack.encode(module)
    again = msgspec.msgpack.Decoder(nodes.Module).decode(written)
    size, found = len(source.encode()), everything(module)

    assert msgspec.msgpack.encode(again) == written
    assert len({id(node) for node in found}) == len(found)
    assert all(0 <= node.start <= node.end <= size for node in found)
    for node in found:
        for child in below(node):
            assert node.start <= child.start <= child.end <= node.end
    calls = sorted((n.start, n.end) for n in found if isinstance(n, nodes.Call))
    assert calls == calls_of(source, path)


# -- constructs ----------------------------------------------------------------------


def examples(table: Path) -> list[tuple[str, str]]:
    """The pairs of source and sketch in a table."""
    found = []
    for example in table.read_text("utf-8").strip().split("\n\n"):
        lines = example.split("\n")
        source = [line for line in lines if not line.startswith("    ")]
        shown = [line.strip() for line in lines if line.startswith("    ")]
        found.append(("\n".join(source), "\n".join(shown)))
    return found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_constructs(table: Path, *, update: bool) -> None:
    """Each construct becomes the nodes written below it, without a fault."""
    path = "a.tsx" if table.stem == "markup" else "a.ts"
    seen = []
    for source, _ in examples(table):
        module = read_typescript(path, source)
        shown = [sketch(node) for node in (*module.body, *module.faults)]
        seen.append((source, "\n".join(shown)))
    if update:
        blocks = [
            "\n".join([source, *(f"    {line}" for line in shown.splitlines())])
            for source, shown in seen
        ]
        table.write_text("\n\n".join(blocks) + "\n", "utf-8")

    assert seen == examples(table)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_constructs_are_sound(table: Path) -> None:
    """Spans nest, no node stands twice, no call is lost, bytes round-trip."""
    path = "a.tsx" if table.stem == "markup" else "a.ts"
    for source, _ in examples(table):
        assert_sound(source, path)


# -- constants -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"\n\t\\\'\0"', "\n\t\\'\0"),
        (r'"\x41\u0042\u{43}\u{1F600}"', "ABC😀"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\u{FFFFFFFF}"', "\ufffd"),
        ('"a\\\nb\\\r\nc"', "abc"),
        (r'"\101\q"', "Aq"),
        ("'ä'", "ä"),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("017", 15),
        ("089", 89),
        ("1_000", 1000),
        ("1.5", 1.5),
        (".5e1", 5.0),
        ("30e3", 30000.0),
        ("9007199254740993", 9007199254740992.0),
        ("9" * 400, float("inf")),
        ("0x" + "f" * 400, float("inf")),
    ],
)
def test_constant(written: str, value: object) -> None:
    """A constant has the value that JavaScript gives it."""
    statement = one(f"x = {written}")

    assert isinstance(statement, nodes.Bind)
    assert isinstance(statement.value, nodes.Literal)
    assert statement.value.value == value
    assert_sound(f"x = {written}", "a.ts")


@pytest.mark.parametrize(
    ("key", "name"),
    [("1000", "1000"), ("0x10", "16"), ("1.5", "1.5"), ("1e3", "1000"), ('"a"', "a")],
)
def test_number_as_key(key: str, name: str) -> None:
    """A key is the text that JavaScript makes of it."""
    statement = one(f"x = {{{key}: 1}}")

    assert f"Entry({name!r}, 1)" in sketch(statement)


def test_bigint() -> None:
    """A bigint is no number."""
    assert sketch(one("x = 10n")) == "Bind(x, value=Opaque(what=bigint))"


# -- places --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("f((a))", nodes.Name, "f"),
        ("x = (a + b)", nodes.Binary, "a + b"),
        ("ä = 1; ws.send(m)", nodes.Call, "ws.send(m)"),
        ("const a = 1;", nodes.Bind, "const a = 1;"),
        ("let a, b = 1;", nodes.Bind, "a"),
        ("class A { @d() m() {} }", nodes.FunctionDef, "@d() m() {}"),
        ("@a export class A {}", nodes.ClassDef, "@a export class A {}"),
        ("class A { @d() m() {} }", nodes.Function, "m() {}"),
        ("x => (f(x))", nodes.Return, "f(x)"),
        ("switch (a) { case 1: b(); break }", nodes.Case, "case 1: b(); break"),
        ("switch (a) { case 1: case 2: b() }", nodes.Case, "case 1: case 2: b()"),
        ("`a${b}`", nodes.Literal, "a"),
        ("import a, { b as c } from 'd'", nodes.ImportName, "a"),
        ("type T = A<B, C>", nodes.Sequence, "B, C"),
        ("f(...a)", nodes.Argument, "...a"),
        ("if (a) b(); else if (c) d()", nodes.If, "if (a) b(); else if (c) d()"),
    ],
)
def test_place(source: str, kind: type[nodes.Node], text: str) -> None:
    """A node covers its own text, in bytes; brackets around it are not its own."""
    found = [n for n in everything(read_typescript("a.ts", source)) if type(n) is kind]
    data = source.encode()

    assert data[found[0].start : found[0].end].decode() == text


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("ä?. \n send()", nodes.Member, "send"),
        ("ä.#send", nodes.Member, "#send"),
        ("async function ä() {}", nodes.FunctionDef, "ä"),
        ("class A { static async *gen() {} }", nodes.FunctionDef, "gen"),
        ('class A { "quoted"() {} }', nodes.FunctionDef, "quoted"),
        ("class A { get [f()]() {} }", nodes.FunctionDef, "[f()]"),
        ("@d abstract class Äh {}", nodes.ClassDef, "Äh"),
        ("const Äh = class B {}", nodes.ClassDef, "Äh"),
    ],
)
def test_name_start(source: str, kind: type[nodes.Node], name: str) -> None:
    """``name_start`` points at the first byte of the name."""
    nodes_found = everything(read_typescript("a.ts", source))
    found = next(node for node in nodes_found if isinstance(node, kind))
    at = getattr(found, "name_start")  # noqa: B009

    assert source.encode()[at:].decode().startswith(name)


@pytest.mark.parametrize(
    ("source", "head"),
    [
        ("try {} catch (e) { f() }", "catch (e)"),
        ("try {} catch ({ a = (1) }: any) {}", "catch ({ a = (1) }: any)"),
        ("try {} catch {}", "catch"),
    ],
)
def test_head_of_handler(source: str, head: str) -> None:
    """A handler's head ends where its bracket closes."""
    nodes_found = everything(read_typescript("a.ts", source))
    handler = next(node for node in nodes_found if isinstance(node, nodes.Handler))

    assert source[handler.start : handler.head_end] == head


# -- comments ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "alone"),
    [
        ("// a", "// a", True),
        ("f() // a", "// a", False),
        ("f(\n  /* a */\n)", "/* a */", True),
        ("f(/* a */)", "/* a */", False),
        ("/* a\n b */ f()", "/* a\n b */", False),
        ("/* a */ // b", "/* a */", False),
        ("\t/** ä\r\n */\r\nf()", "/** ä\r\n */", True),
        ("if (a) { // b\n}", "// b", False),
        ("{ // b\n}", "// b", False),
        ("x = <a>\n  { /* b */ }\n</a>", "/* b */", True),
        ("x = <a>{/* b */}</a>", "/* b */", False),
        ("x = <a>\n{/* b */}{c}</a>", "/* b */", False),
    ],
)
def test_comment(source: str, text: str, *, alone: bool) -> None:
    """A comment keeps its marks and knows whether it shares its lines."""
    comment = read_typescript("a.tsx", source).comments[0]

    assert (text, alone) == (comment.text, comment.alone)
    assert source.encode()[comment.start : comment.end].decode() == text


def test_comments_leave_nothing_behind() -> None:
    """Comments between tokens are no arguments, items, entries or statements."""
    commented = "/*0*/ f(/*1*/ a /*2*/, [/*3*/], {/*4*/}) /*5*/ . /*6*/ b; // 7"
    module = read_typescript("a.ts", commented)
    shown = "Member(Call(f, arguments=[a, Sequence(array, []), Record([])]), b)"

    assert [shown] == [sketch(node) for node in module.body]
    assert len(module.comments) == 8


# -- what cannot be read -------------------------------------------------------------


def test_fault_costs_only_its_place() -> None:
    """What stands around an error is read, and the error is pointed at."""
    source = "a();\nfunction f() { b(@@); }\nfunction g() { c() }\n"
    module = read_typescript("a.ts", source)
    (fault,) = module.faults

    assert source[fault.start : fault.end] == "@@"
    assert fault.message == "unexpected `@@`"
    assert "FunctionDef(g, Function(g, [], [Call(c)], def))" in map(sketch, module.body)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("f(a;", "missing `)`"),
        ("const = 5;", "unexpected `const =`"),
        ("x = { a: b() @@ }", "unexpected `@@`"),
        ("a }" + "}" * 60, "unexpected `" + "}" * 39 + "…`"),
        ("class A { m() {", "not a whole program: something is left open"),
        ("function f() { if (a) { b(", "not a whole program: something is left open"),
    ],
)
def test_fault_message(source: str, message: str) -> None:
    """A fault says in a few words what is wrong."""
    assert message in [
        fault.message for fault in read_typescript("a.ts", source).faults
    ]


@pytest.mark.parametrize(
    "source",
    [
        "function f() { g( @@ h() ); k() }",
        "class A { m() { f() } @@ g() }",
        "x = [f() @@ g(), { a: h() @@ }]",
        "switch (a) { @@ f() case 1: g() }",
        "f(() => { const = g(); return h( })",
        "import { a @@ b() } from 'x'; c()",
        "interface A { @@ } f()",
        "f(a, g(",
    ],
)
def test_no_call_is_lost_in_an_error(source: str) -> None:
    """Calls inside and around errors are all seen."""
    assert read_typescript("a.ts", source).faults
    assert_sound(source, "a.ts")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.tsx", "x = <p>Terms & Conditions {f()}</p>"),
        ("a.tsx", 'x = <a href="/?a=1&b=2"/>'),
        ("a.ts", 'export type * from "x"'),
    ],
)
def test_errors_of_the_grammar_only(path: str, source: str) -> None:
    """Correct programs that tree-sitter marks as wrong have no fault."""
    assert not read_typescript(path, source).faults


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "f(",
                ")",
                "{",
                "}",
                "[",
                "]",
                "<",
                ">",
                "</a>",
                "<a>",
                "`",
                "${",
                ",",
                ";",
                ":",
                "?",
                ".",
                "?.",
                "=>",
                "=",
                "@@",
                "&",
                "|",
                "+",
                "!",
                "...",
                "'a'",
                '"',
                "1",
                "#",
                "é",
                "new",
                "await",
                "async",
                "class",
                "function",
                "if",
                "else",
                "for",
                "of",
                "switch",
                "case",
                "catch",
                "try",
                "return",
                "import",
                "export",
                "default",
                "type",
                "interface",
                "enum",
                "const",
                "a",
                "b()",
                "\n",
                "/*",
                "//",
                "*/",
            ]
        ),
        max_size=25,
    ),
    st.sampled_from(["a.ts", "a.tsx"]),
)
def test_any_text_is_sound(words: list[str], path: str) -> None:
    """Nothing raises, whatever the text, and what is read is sound."""
    assert_sound(" ".join(words), path)


# -- long and deep -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("x = " + " + ".join(["f()"] * 10_000), 10_000),
        ("x = " + "f() - " * 10_000 + "1", 10_000),
        ("x = " + " && ".join(["f()"] * 10_000), 10_000),
        ("p" + ".then(f).catch(g())" * 1_500, 4_500),
        ("x = a" + "!.b[c]?.d" * 1_000, 0),
        ("if (a) f(); " + "else if (b) f(); " * 5_000 + "else f()", 5_002),
        ("type T = " + " | ".join(f'"{i}"' for i in range(3_000)), 0),
    ],
    ids=["sum", "mixed", "logical", "promises", "members", "else-if", "union"],
)
def test_long_chain(source: str, calls: int) -> None:
    """A chain is read whole and comes out shallow enough to be written to bytes."""
    module = read_typescript("a.ts", source)
    found = [node for node in everything(module) if isinstance(node, nodes.Call)]

    assert not module.faults
    assert len(found) == calls
    assert msgspec.msgpack.encode(module)


@pytest.mark.parametrize(
    ("path", "source", "calls"),
    [
        ("a.ts", "x = " + "(" * 1_000 + "f()" + ")" * 1_000, 1),
        ("a.ts", "x = " + "[" * 1_000 + "f()" + "]" * 1_000, 1),
        ("a.ts", "f(" * 1_000 + ")" * 1_000, 1_000),
        ("a.ts", "f(() => {" * 1_000 + "})" * 1_000, 1_000),
        ("a.tsx", "x = " + "<a>{" * 1_000 + "f()" + "}</a>" * 1_000, 1),
    ],
    ids=["brackets", "arrays", "calls", "functions", "elements"],
)
def test_deep_nesting(path: str, source: str, calls: int) -> None:
    """A thousand levels are read, and the recursion limit is as before."""
    before = sys.getrecursionlimit()
    module = read_typescript(path, source)
    found = [node for node in everything(module) if isinstance(node, nodes.Call)]

    assert not module.faults
    assert len(found) == calls
    assert sys.getrecursionlimit() == before


def test_too_deep_nesting() -> None:
    """What is nested deeper than anyone writes is a fault of the whole file."""
    source = "/* a */ f(" + "[" * 50_000 + "]" * 50_000 + ")"
    module = read_typescript("a.ts", source)

    assert module.body == ()
    assert [c.text for c in module.comments] == ["/* a */"]
    assert [f.message for f in module.faults] == ["nested too deeply to be read"]


def test_late_parse_is_cancelled() -> None:
    """Parsing that takes longer than allowed raises TimeoutError."""
    with pytest.raises(TimeoutError, match="more than 0 seconds"):
        read_typescript("a.ts", "const a = f(1, { b: [c] });\n" * 5_000, seconds=0)


# -- files ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["ts", "mts", "cts"])
def test_casts_in_angles(suffix: str) -> None:
    """``<T>x`` is a cast in a TypeScript file."""
    assert sketch(one("<T>x", f"a.{suffix}")) == "Cast(x, T, angle)"


@pytest.mark.parametrize("suffix", ["tsx", "jsx", "js", "mjs", "cjs"])
def test_markup_in_angles(suffix: str) -> None:
    """``<T>x</T>`` is an element in every other file."""
    assert sketch(one("<T>x</T>", f"a.{suffix}")) == "Markup(T, [], ['x'])"


def test_module() -> None:
    """A module carries its path and language; a script's first line is no statement."""
    module = read_typescript("src/a.mjs", "#!/usr/bin/env node\nf()\n")

    assert (module.path, module.language) == ("src/a.mjs", "typescript")
    assert [sketch(node) for node in module.body] == ["Call(f)"]


def test_empty_file() -> None:
    """An empty file is an empty module."""
    module = read_typescript("a.ts", "")

    assert (module.body, module.comments, module.faults) == ((), (), ())


def test_tree_sitter_is_imported_when_needed() -> None:
    """Importing the reader does not import tree-sitter."""
    code = (
        "import sys, wsaudit.syntax.typescript; sys.exit('tree_sitter' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0
