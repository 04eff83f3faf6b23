"""TOML that anybody may have written, in time and memory that grow with its length."""

from __future__ import annotations

import tomllib
from typing import Any

MOST = 10_000_000
"""Steps that dotted keys may cost: each is worth the square of its parts."""


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text. Raises TOMLDecodeError, also for what is too deep."""
    if sum(line.count(".") ** 2 for line in text.split("\n")) > MOST:
        raise tomllib.TOMLDecodeError("keys with too many dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("too many lists in each other") from None
