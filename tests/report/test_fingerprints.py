"""Fingerprints: GitHub's to the digit, ours stable when code moves."""

from __future__ import annotations

import pytest

from wsaudit.report.fingerprints import fingerprint, line_hashes

# What GitHub's upload action computes for the lines of these texts.
VECTORS = {
    "": ["c129715d7a2bc9a3:1"],
    " a\nb\n  \t\tc\n d": [
        "271789c17abda88f:1",
        "54703d4cd895b18:1",
        "180aee12dab6264:1",
        "a23a3dc5e078b07b:1",
    ],
    " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n": [
        "e9496ae3ebfced30:1",
        "fb7c023a8b9ccb3f:1",
        "ce8ba1a563dcdaca:1",
        "e20e36e16fcb0cc8:1",
        "b3edc88f2938467e:1",
        "c8e28b0b4002a3a0:1",
        "c129715d7a2bc9a3:1",
    ],
    "Lorem ipsum dolor sit amet.\n" * 10: [
        "a7f2ff13bc495cf2:1",
        "a7f2ff13bc495cf2:2",
        "a7f2ff13bc495cf2:3",
        "a7f2ff13bc495cf2:4",
        "a7f2ff13bc495cf2:5",
        "a7f2ff13bc495cf2:6",
        "a7f2ff1481e87703:1",
        "a9cf91f7bbf1862b:1",
        "55ec222b86bcae53:1",
        "cc97dc7b1d7d8f7b:1",
        "c129715d7a2bc9a3:1",
    ],
    "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n": [
        "e54938cc54b302f1:1",
        "bb609acbe9138d60:1",
        "1131fd5871777f34:1",
        "5c482a0f8b35ea28:1",
        "54517377da7028d2:1",
        "2c644846cb18d53e:1",
        "f1b89f20de0d133:1",
        "c129715d7a2bc9a3:1",
    ],
}


@pytest.mark.parametrize(("text", "hashes"), VECTORS.items())
def test_line_hashes_are_those_of_github(text: str, hashes: list[str]) -> None:
    """Every line hashes to what the upload action computes for it."""
    assert line_hashes(text.encode()) == hashes


def test_line_hashes_ignore_the_kind_of_line_ending() -> None:
    """CR, LF and CRLF are one line ending."""
    lines = ["one", "  two", "", "three"]
    hashes = [
        line_hashes(ending.join(lines).encode()) for ending in ("\n", "\r", "\r\n")
    ]

    assert hashes[0] == hashes[1] == hashes[2]


def test_byte_order_mark_counts() -> None:
    """The first line of a file with a mark hashes differently: the action keeps it."""
    plain, marked = line_hashes(b"a\nb"), line_hashes(b"\xef\xbb\xbfa\nb")

    assert plain[0] != marked[0]
    assert plain[1] == marked[1]


def test_line_hashes_take_any_bytes() -> None:
    """Bytes that are no UTF-8 and characters outside of the basic plane are hashed."""
    assert len(line_hashes(b"\xff\xfe\n\xf0\x9f\x98\x80\n")) == 3


def test_fingerprint_survives_formatting_and_moving() -> None:
    """Spacing makes no difference; rule, path, words and count do."""
    first = fingerprint("WS105", "a.ts", "const ws = open(url);", 1)

    assert first == fingerprint("WS105", "a.ts", "  const ws=open( url );", 1)
    assert (
        len(
            {
                first,
                fingerprint("WS106", "a.ts", "const ws = open(url);", 1),
                fingerprint("WS105", "b.ts", "const ws = open(url);", 1),
                fingerprint("WS105", "a.ts", "const ws = open(uri);", 1),
                fingerprint("WS105", "a.ts", "const ws = open(url);", 2),
            }
        )
        == 5
    )
