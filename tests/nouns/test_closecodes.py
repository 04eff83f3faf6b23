"""Comparisons of a close event's code are found by value, whatever their form."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.nouns.lifecycle.closecodes import compared_codes

BROWSER = (
    "const CODES = { GONE: 4404 } as const;\nconst FINAL = [4401, 4403];\n"
    "const KNOWN = new Set([4001, 4002]);\n"
    "const ws = new WebSocket('wss://example.org');\n"
)


def _codes(text: str) -> list[int]:
    found = compared_codes(scene_of({"client.ts": text}))
    return sorted({each.code for each in found})


@pytest.mark.parametrize(
    ("codes", "handler"),
    [
        ([1000], "(event) => { if (event.code !== 1000) retry(); }"),
        ([4404], "(e) => { if (CODES.GONE === e.code) stop(); }"),
        ([4401, 4403], "(e) => { if (FINAL.includes(e.code)) stop(); }"),
        ([4001, 4002], "({ code }) => { if (KNOWN.has(code)) stop(); }"),
        ([4009], "(e) => { const { code } = e; if (code === 4009) stop(); }"),
        (
            [1008, 4401],
            "(e) => { switch (e.code) { case 1008: case 4401: stop(); break; } }",
        ),
        ([], "(e) => { if (e.reason === 'gone' && other.code === 7) stop(); }"),
        ([], "(e) => { if (codes().includes(e.code)) stop(); }"),
    ],
)
def test_browser(codes: list[int], handler: str) -> None:
    """Equality, membership and switches, of the event's own code only."""
    assert _codes(f"{BROWSER}ws.onclose = {handler};\n") == codes


def test_in_a_called_function() -> None:
    """The code may be handed on."""
    text = (
        "const final = (code: number) => code === 4003;\n"
        f"{BROWSER}"
        "ws.addEventListener('close', (e) => { if (final(e.code)) x(); });\n"
    )

    assert _codes(text) == [4003]


def test_node() -> None:
    """`ws` hands the code itself to its listeners."""
    text = (
        'import WebSocket from "ws";\nconst ws = new WebSocket("wss://example.org");\n'
        "ws.on('close', (code, reason) => { if (code === 4010) stop(); });\n"
    )

    assert _codes(text) == [4010]
