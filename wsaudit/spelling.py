"""Words: the known one nearest to an unknown one, and nouns with their number."""

from __future__ import annotations

from collections.abc import Iterable

CUTOFF = 0.6


def amount(number: int, noun: str) -> str:
    """A number with its noun: ``1 client``, ``3 clients``, ``2 registries``."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}{'es' if noun.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean `…`?`` when a known word is near, else nothing.

    Case does not count. Of several equally near, the first that starts like the word
    is meant, as codes do.
    """
    from difflib import SequenceMatcher

    matcher = SequenceMatcher()
    matcher.set_seq2(word.lower())
    best = (CUTOFF, 0)
    found = ""
    for each in sorted(known):
        matcher.set_seq1(each.lower())
        if matcher.quick_ratio() < best[0]:
            continue
        closeness = (matcher.ratio(), _shared_start(word.lower(), each.lower()))
        if closeness > best:
            best, found = closeness, each
    return f"; did you mean `{found}`?" if found else ""


def _shared_start(one: str, other: str) -> int:
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    return same
