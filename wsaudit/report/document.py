"""JSON documents: indented, in ASCII, the same bytes for the same content."""

from __future__ import annotations

import json
from typing import Any, TextIO

import msgspec


def write_json(document: Any, out: TextIO) -> None:
    """Write a document and a line feed.

    The standard library is slow when it indents, and msgspec leaves letters beyond
    ASCII as they are: each does what it is good at.
    """
    compact = json.dumps(document)
    try:
        text = msgspec.json.format(compact, indent=2)
    except msgspec.DecodeError:  # half of a pair, as in a path that is not Unicode
        text = json.dumps(document, indent=2)
    out.write(f"{text}\n")
