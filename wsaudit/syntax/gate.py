"""What is too deep or too long to be given to a parser, found without parsing.

libcst crashes on a few thousand nested brackets or chained operators and needs seconds
for some hundreds of calls inside each other. What is measured here is rough and linear.
"""

from __future__ import annotations

import re

LONGEST_LINE = 1_000_000
MOST_BRACKETS = {"python": 150, "typescript": 1_000}
MOST_BLOCKS = 100
MOST_ELIFS = 1_000
MOST_LINKS = 1_000

_TEXT = {
    "python": rb"""
        '''(?:\\.|[^\\])*?''' | \"""(?:\\.|[^\\])*?\"""
      | '[^'\\\n]*(?:\\.[^'\\\n]*)*' | "[^"\\\n]*(?:\\.[^"\\\n]*)*"
      | \#[^\n]*
    """,
    "typescript": rb"""
        //[^\n]* | /\*.*?\*/
      | '[^'\\\n]*(?:\\.[^'\\\n]*)*' | "[^"\\\n]*(?:\\.[^"\\\n]*)*"
    """,
}
_STRINGS = {
    name: re.compile(pattern, re.VERBOSE | re.DOTALL) for name, pattern in _TEXT.items()
}
_OPEN, _CLOSE = b"([{", b")]}"
_PAIRS = dict(zip(b")]}", b"([{", strict=True))
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in _OPEN + _CLOSE)

# What counts in a chain becomes one byte of code: a link, a level or a string. A link
# weighs five. What nests to the right weighs more, for each level of it is a level of
# the tree that is built; strings side by side weigh less.
_SPELLED = (
    *(
        (word, b".")
        for word in (b" and ", b" or ", b" for ", b"==", b"!=", b"<=", b">=")
    ),
    *((word, b"~") for word in (b"not ", b"lambda", b" else ", b"await ", b"**")),
    (b"\\\n", b""),
)
_LINK, _LEVEL, _STRING = 5, 25, 1
_WEIGHTS = {
    **dict.fromkeys(b".-+*/%@&|^<>([{", _LINK),
    **dict.fromkeys(b"~=", _LEVEL),
    **dict.fromkeys(b'"', _STRING),
}
_BEGIN, _NEW_LINE = b"$\n"
_COUNTED = bytes(_WEIGHTS) + _CLOSE + b"$\n,;"
_SHORTER = ((b"\n\n", b"\n"), (b",\n", b","))
_NOT_COUNTED = bytes(byte for byte in range(256) if byte not in _COUNTED)
# No bracket is open where a line begins like this.
_STATEMENT = re.compile(rb"\n[ \t]*(?:class|def|import|raise|return|try|while|with)\b")
_SIGNS = re.compile(rb"[-+~](?:\s*[-+~]){%d}" % (MOST_LINKS * _LINK // _LEVEL))
_INDENTED = re.compile(rb"^[ \t]{%d}" % MOST_BLOCKS, re.MULTILINE)
_BLOCK = re.compile(rb"^([ \t]*)([^ \t\n]+)", re.MULTILINE)


def too_deep(text: str, language: str) -> str | None:
    """Why a text must not be parsed, in plain English; None when it may be."""
    data = text.encode("utf-8", "surrogatepass")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if len(data) > LONGEST_LINE and max(map(len, data.split(b"\n"))) > LONGEST_LINE:
        return f"a line of more than {LONGEST_LINE:,} bytes"
    code = _STRINGS[language].sub(_without_text, data)
    if language == "python":
        return _chain(code) or _blocks(code) or _elifs(code)
    return _brackets(code, MOST_BRACKETS[language])


def _without_text(found: re.Match[bytes]) -> bytes:
    """Nothing for a comment, a mark for a string, brackets for a long f-string."""
    text = found[0]
    if text[0] not in b"\"'":
        return b""
    if len(text) > MOST_BRACKETS["python"]:
        start = found.start()
        if b"f" in found.string[max(start - 2, 0) : start].lower():
            return text.translate(None, _NO_BRACKETS)
    return b'"'


def _brackets(code: bytes, most: int) -> str | None:
    """Bracket by bracket; one that is missing is forgotten with those around it."""
    around: list[int] = []
    for byte in code.translate(None, _NO_BRACKETS):
        if byte in _OPEN:
            around.append(byte)
            if len(around) > most:
                return f"brackets nested more than {most:,} deep"
        elif _PAIRS[byte] in around[-8:]:
            while around.pop() != _PAIRS[byte]:
                pass
    return None


def _chain(code: bytes) -> str | None:
    """Brackets, and the links of a chain between two commas or two statements."""
    for word, mark in _SPELLED:
        code = code.replace(word, mark)
    too_long = f"a chain of more than {MOST_LINKS:,} operators or calls"
    if _SIGNS.search(code):
        return too_long
    code = _STATEMENT.sub(b"$", code).translate(None, _NOT_COUNTED)
    for marks, mark in _SHORTER:
        code = code.replace(marks, mark)
    run = 0
    around: list[int] = []
    most = MOST_BRACKETS["python"]
    for byte in code:
        if byte in _WEIGHTS:
            run += _WEIGHTS[byte]
            if run > MOST_LINKS * _LINK:
                return too_long
            if byte in _OPEN:
                around.append(run)
                run = 0
                if len(around) > most:
                    return f"brackets nested more than {most:,} deep"
        elif byte in _CLOSE:
            run = around.pop() if around else 0
        elif byte == _BEGIN:
            around.clear()
            run = 0
        elif byte != _NEW_LINE or not around:
            run = 0
    return None


def _blocks(code: bytes) -> str | None:
    if not _INDENTED.search(code):
        return None
    around = [0]
    for found in _BLOCK.finditer(code):
        width = len(found[1])
        while around and around[-1] >= width:
            around.pop()
        around.append(width)
        if len(around) > MOST_BLOCKS + 1:
            return f"blocks nested more than {MOST_BLOCKS:,} deep"
    return None


def _elifs(code: bytes) -> str | None:
    if code.count(b"elif") <= MOST_ELIFS:
        return None
    counts: dict[bytes, int] = {}
    for indent, word in _BLOCK.findall(code):
        if word.startswith(b"elif"):
            counts[indent] = counts.get(indent, 0) + 1
            if counts[indent] > MOST_ELIFS:
                return f"more than {MOST_ELIFS:,} elif in a row"
        elif word.startswith(b"if"):
            counts[indent] = 0
    return None
