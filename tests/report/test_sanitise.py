"""Credentials are masked wherever text of the audited code is shown."""

from __future__ import annotations

import time

import pytest

from wsaudit.report.sanitise import mask_secrets

LONG = "q7" * 15


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "`token={}` is sent",
        "wss://e.org/ws?access_token={}",
        "api_key = '{}'",
        "https://user:{}@e.org",
        "ghp_{}",
        "glpat-{}",
        "sk-proj-{}",
        "xoxb-{}",
        "npm_{}",
        "hf_{}",
        "eyJhbGciOiJIUzI1NiJ9.{}.x",
        "-----BEGIN RSA PRIVATE KEY-----{}",
    ],
)
def test_credential_is_masked(text: str) -> None:
    """By its shape, or by what stands before it; the length stays."""
    shown = mask_secrets(text.format(LONG))

    assert LONG not in shown
    assert len(shown) == len(text.format(LONG))


@pytest.mark.parametrize(
    "text",
    [
        "`ws.send(token=get_token2())` in the URL",
        "token=settings.ws_token[0]",
        "the bearer of bad news",
        'token: str = "short"',
        "key=value",
        "new WebSocket(`${URL}?token=${token}`)",
    ],
)
def test_code_stays_readable(text: str) -> None:
    """What computes a credential is none."""
    assert mask_secrets(text) == text


@pytest.mark.parametrize(
    "piece",
    ["a", "eyJ", "-eyJaaaaaa", "token", "token=", "?a", "sk-", "://a:", "bearer ",
     " ", '"', "SG.", "-----BEGIN ", "AIza", "token ", "=", "token=1"],
)  # fmt: skip
def test_long_lines_take_no_time(piece: str) -> None:
    """A megabyte of what could begin a credential is looked at once."""
    began = time.process_time()
    mask_secrets(piece * (300_000 // len(piece)))

    assert time.process_time() - began < 2
