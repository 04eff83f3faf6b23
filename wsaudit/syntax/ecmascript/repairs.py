"""Repairs: valid TypeScript that tree-sitter's grammar does not know, made readable.

Each repair puts other bytes in the place of as many, so that all offsets stay. Only the
parser sees them: names and texts are read from the file as it is. Checked against
tree-sitter-typescript 0.23.2.
"""

from __future__ import annotations

import re

_QUOTED = rb"""(?:"[^"\n]{0,500}"|'[^'\n]{0,500}')"""
_IMPORTED_TYPE = re.compile(
    rb"""(?<=[\s:<|&,(=\[])import\((?:"""
    + _QUOTED
    + rb""")\)(?=\s*[.\[\]>|&,;)}=\n])"""
)
_AS_A_NAME = re.compile(rb"(?<=\.)abstract\b|(?<![\w$.])abstract(?=\s*\??\s*[:,}=(])")
_TUPLE = re.compile(rb"(?<=\))\s*:\s*\[[^\]\n]{0,300}\](?=\s*(?:\{|=>))")


def repaired(data: bytes) -> bytes | None:
    """The same number of bytes without what the grammar trips over; None for nothing.

    ``import("./x").T`` in a type, a property that is called ``abstract``, and optional
    members of a tuple that a function returns.
    """
    found = _IMPORTED_TYPE.sub(_name_for, data)
    found = _AS_A_NAME.sub(b"abstrac_", found)
    found = _TUPLE.sub(lambda match: match[0].replace(b"?", b" "), found)
    return found if found != data else None


def _name_for(match: re.Match[bytes]) -> bytes:
    """A name as long as an imported type's path; one in an expression is no type."""
    after = match.string[match.end() : match.end() + 9].lstrip()
    if after.startswith((b".then", b".catch", b".finally")):
        return match[0]
    return b"import".ljust(len(match[0]), b"_")
