"""How soon a finding should be mended, and how sure it is."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How soon a finding should be mended; P0 first."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"


class Confidence(StrEnum):
    """How sure a finding is; low ones are shown with ``--strict`` only."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
