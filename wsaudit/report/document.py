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
    out.write(msgspec.json.format(compact, indent=2) + "\n")
