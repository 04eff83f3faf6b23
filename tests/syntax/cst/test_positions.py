"""Our places against libcst's own position provider, on every kind of node."""

from __future__ import annotations

import ast
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from tests.syntax.sketches import everything, examples, sketch
from wsaudit.source import Source
from wsaudit.syntax import nodes
from wsaudit.syntax.cst.positions import Span, positions
from wsaudit.syntax.python import read_python

TABLES = sorted((Path(__file__).parents[1] / "python").glob("*.txt"))

STRANGE = [
    "",
    "\n",
    "# ä",
    "ä = 'ö' # ü\r\nif ä :\r\n\tb ( ö )\r\n",
    "if a:\n\tif b:\n\t\tc\n\t# d\n\te\n",
    "x = ( a + # b\n  c ) \\\n  . d\n",
    "class A :\n\n  @ b\n\n  # c\n  def d ( self ) : pass ; e ;\n  f = 1",
    "def f(\n    a,  # b\n    *,\n    c = ( 1 ),\n) -> ( int ) : ...\n",
    "x = [ 日本 for 日本 in ( f'{ 語 !r:>{ 幅 }}' ) if ( 日本 ) ]\n",
    "match a :\n  case { 'b' : ( 1 | 2 ) as c , ** d } if e : f\n",
    "try : a\nexcept* ( B ) as c : d\nelse : e\nfinally :\n  f\n",
    "async def f ( ) :\n  async with a as b , ( c ) : await ( d )\n",
    "print ( ( yield ) , * ( a ) , ** b , c = d )\n\x0c\nx = 1\n",
    "from . a . b import ( c as d , e , ) # f\nimport g . h as i\n",
]


def provided(source: str) -> tuple[dict[cst.CSTNode, Span], dict[cst.CSTNode, Span]]:
    """Byte offsets of the nodes of a source: libcst's and ours."""
    text, data = Source("a.py", source), source.encode()
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    ours = positions(wrapper.module, data).spans

    def offset(at: cst.metadata.CodePosition) -> int:
        start = text.line_starts[at.line - 1]
        return start + len(data[start:].decode()[: at.column].encode())

    wanted = {
        node: (offset(place.start), offset(place.end))
        for node, place in wrapper.resolve(PositionProvider).items()
        if id(node) in ours
    }
    return wanted, {node: ours[id(node)] for node in wanted}


@pytest.mark.parametrize("source", STRANGE)
def test_strange_white_space(source: str) -> None:
    """White space, comments and wide characters move nothing."""
    wanted, found = provided(source)

    assert found == wanted


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_constructs(table: Path) -> None:
    """Every construct that the reader knows stands where libcst says."""
    for source, _ in examples(table):
        wanted, found = provided(source)

        assert found == wanted


def test_real_code() -> None:
    """So does everything in a long file."""
    wanted, found = provided(Path(ast.__file__).read_text("utf-8"))

    assert found == wanted
    assert len(found) > 10_000


SPACE = st.sampled_from([" ", "\t", "\n", "\r\n", " # ä\n", "\\\n", "\x0c", "  "])
SNIPPET = (
    "x = ( f ( a , [ b ] , * c , d = { 'e' : g } ) . h [ 1 : 2 , i ] if not j else "
    "lambda k = l : ( k , ) , 'm' f'n' , { ** o } , [ p for q , r in s if t ] , "
    "u < v <= w , await y and z or 3 )"
)
TOKENS = SNIPPET.split()[3:-1]


@settings(deadline=None)
@given(st.lists(SPACE, min_size=len(TOKENS), max_size=len(TOKENS)))
def test_any_white_space(spaces: list[str]) -> None:
    """Whatever stands between tokens, the nodes are the same and hold their text."""
    inside = zip(TOKENS, spaces, strict=True)
    source = f"x = ({''.join(token + space for token, space in inside)})"
    plain = read_python("a.py", SNIPPET)
    module = read_python("a.py", source)
    data = source.encode()

    assert [sketch(one) for one in module.body] == [sketch(one) for one in plain.body]
    for node in everything(module):
        text = data[node.start : node.end].decode()
        assert text == text.strip()
        assert not isinstance(node, nodes.Name) or text == node.id


@pytest.mark.parametrize("before", ["\x0c", "\\\n", "\\\r\n", "\x0c\x0c \\\n"])
def test_dropped_by_the_parser(before: str) -> None:
    """What libcst does not keep at the start of a line shifts what follows."""
    source = f"ä = 1\n{before}if b:\n  c\n{before}  d ( e )  # f\n" + "x = 1\n" * 200
    module = read_python("a.py", source)
    data = source.encode()
    texts = [data[one.start : one.end].decode() for one in everything(module)]

    assert texts[0] == "ä = 1"
    assert texts[1] == source[source.index("if") : source.index("  # f")]
    assert texts[2] == "x = 1"
    assert {"# f", "d ( e )", "e"} <= set(texts)


def test_invented_by_the_parser() -> None:
    """Nor does it matter when libcst reads a line into a block that ended before."""
    source = "if a:\n    b\n\\\nc ( d )\ne\n"
    data = source.encode()
    found = everything(read_python("a.py", source))
    texts = {data[one.start : one.end].decode() for one in found}

    assert {"b", "c ( d )", "d", "e"} <= texts
