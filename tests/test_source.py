"""Bytes become text, and byte offsets become what people and formats count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsaudit.source import (
    Language,
    NotTextError,
    Place,
    Position,
    Source,
    decode_source,
    language_of,
)


@pytest.mark.parametrize(
    ("raw", "path", "text", "encoding"),
    [
        (b"a", "a.py", "a", "utf-8"),
        ("é".encode(), "a.py", "é", "utf-8"),
        (b"\xef\xbb\xbfa", "a.ts", "a", "utf-8-sig"),
        ("a".encode("utf-16"), "a.ts", "a", "utf-16"),
        ("a".encode("utf-32"), "a.ts", "a", "utf-32"),
        (b"# coding: latin-1\n\xe9", "a.py", "# coding: latin-1\né", "latin-1"),
        (b"\n# vim: fileencoding=cp1252\n\x80", "a.py", None, "cp1252"),
        (b"# coding: utf-8\n", "a.py", "# coding: utf-8\n", "utf-8"),
        (b"# coding: no-such\n", "a.py", "# coding: no-such\n", "utf-8"),
        (b"# coding: unicode-escape\n\\u0041", "a.py", None, "utf-8"),
        (b"# coding: rot13\n", "a.py", "# coding: rot13\n", "utf-8"),
        (b"x = 1\n# coding: latin-1\n", "a.py", None, "utf-8"),
        (b"// coding: latin-1\nx", "a.ts", None, "utf-8"),
    ],
)
def test_encoding_is_what_the_file_declares(
    raw: bytes, path: str, text: str | None, encoding: str
) -> None:
    """A mark decides, then Python's cookie in the first two lines, then UTF-8."""
    source = decode_source(raw, path)

    assert source.encoding == encoding
    assert text in (None, source.text)
    assert source.raw == raw
    assert not source.guessed


def test_latin_1_is_the_last_guess() -> None:
    """Any bytes are Latin-1; that this was guessed is said."""
    source = decode_source(b"caf\xe9", "a.ts")

    assert (source.text, source.guessed) == ("café", True)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a\0b", "holds NUL bytes"),
        (b"\xff\xfea", "not valid UTF-16"),
        (b"\xef\xbb\xbf\xe9", "not valid UTF-8"),
        (b"\xe9\0", "holds NUL bytes"),
        (b"\xff\xfe\x00\xd8", "not valid UTF-16"),
    ],
)
def test_bytes_that_are_no_text_are_refused(raw: bytes, message: str) -> None:
    """A broken promise of an encoding, or a NUL."""
    with pytest.raises(NotTextError, match=message):
        decode_source(raw, "a.py")


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", Language.PYTHON),
        ("A.PY", Language.PYTHON),
        ("a/b.c/d.mts", Language.TYPESCRIPT),
        (".py", None),
        ("a/.ts", None),
        ("a.b/c", None),
        ("py", None),
    ],
)
def test_suffix_decides_the_language(path: str, language: Language | None) -> None:
    """A name that is all suffix has none."""
    assert language_of(path) is language


def test_lines_end_as_files_of_all_systems_do() -> None:
    """LF, CR and CRLF end lines, each once; form feeds and U+2028 do not."""
    source = Source("a", "a\nb\rc\r\nd\x0c\u2028e\r\r\nf")
    lines = [source.line_text(line) for line in range(1, len(source.line_starts) + 1)]

    assert lines == ["a", "b", "c", "d\x0c\u2028e", "", "f"]


def test_columns_count_what_is_asked_for() -> None:
    """Code points for people, UTF-16 units for SARIF."""
    source = Source("a", "x\né😀 = f()")
    offset = source.data.index(b"f")

    assert source.position(offset) == Position(2, 6)
    assert source.position_utf16(offset) == Position(2, 7)
    assert source.slice(Place("a", offset, offset + 3)) == "f()"
    assert source.line_of(offset) == 2


@given(st.text())
def test_every_place_has_a_line(text: str) -> None:
    """Lines cover the text without gaps, whatever is in it."""
    source = Source("a", text)
    joined = "".join(
        source.data[start:end].decode("utf-8", "surrogatepass")
        for start, end in zip(
            source.line_starts,
            [*source.line_starts[1:], len(source.data)],
            strict=True,
        )
    )

    assert joined == text
    assert source.line_of(len(source.data)) == len(source.line_starts)
