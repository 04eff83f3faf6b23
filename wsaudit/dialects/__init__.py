"""Dialects: what the names of a library mean, and what it guarantees by itself."""

from wsaudit.dialects.forms import (
    Cap,
    Dialect,
    DialectError,
    Event,
    Op,
    Recogniser,
    Word,
)
from wsaudit.dialects.tables import Dialects, load_dialects

__all__ = [
    "Cap",
    "Dialect",
    "DialectError",
    "Dialects",
    "Event",
    "Op",
    "Recogniser",
    "Word",
    "load_dialects",
]
