"""The word that was probably meant."""

from __future__ import annotations

import pytest

from wsaudit.spelling import nearest

KNOWN = ("ALL", "WS105", "WS107", "WS130", "lifecycle", "recovery")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lifecycl", "lifecycle"),
        ("WS106", "WS105"),
        ("WS131", "WS130"),
        ("WS13", "WS130"),
        ("lifecycle", "lifecycle"),
        ("ws105", "WS105"),
        ("heartbeat", ""),
        ("", ""),
    ],
)
def test_nearest_word_is_offered(word: str, meant: str) -> None:
    """One that is near enough; of several the one that starts alike."""
    assert nearest(word, KNOWN) == (f"; did you mean `{meant}`?" if meant else "")
