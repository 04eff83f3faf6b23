"""No phase of the main process goes on without end."""

from __future__ import annotations

import re
import threading
import time

import pytest

from tests.commands import SERVER, Shell
from wsaudit.budget import TimeIsUpError, limited
from wsaudit.connections import sockets
from wsaudit.nouns import heartbeats


def _busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_takes_too_long_is_cut_off() -> None:
    """Also in the middle of a regular expression."""
    with (
        pytest.raises(TimeIsUpError, match="searching took more"),
        limited(0.2, "searching"),
    ):
        re.match(r"(a+)+b", "a" * 60)


def test_limit_in_a_limit() -> None:
    """The inner one does not make an end of the outer one."""
    with limited(5, "outer"), limited(0.5, "inner"):
        _busy(0.05)


def _inner_then_long() -> None:
    with limited(5, "inner"):
        _busy(0.01)
    _busy(2)


def test_limit_goes_on_after_an_inner_one() -> None:
    """What the inner one took counts."""
    with pytest.raises(TimeIsUpError, match="outer"), limited(0.3, "outer"):
        _inner_then_long()


def test_other_threads_have_no_limit() -> None:
    """A timer can interrupt the main thread only; nothing else changes."""
    done: list[bool] = []

    def work() -> None:
        with limited(0.01, "work"):
            _busy(0.1)
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert done == [True]


def _spin(*_: object) -> None:
    _busy(30)


@pytest.mark.parametrize("name", ["sockets", "heartbeat"])
def test_recognition_that_never_ends_is_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What was not recognised is no pass: exit code 2, and a sentence."""
    module = sockets if name == "sockets" else heartbeats
    monkeypatch.setattr(module, "find", _spin)
    monkeypatch.setattr("wsaudit.engine.SECONDS_FOR_A_MEGABYTE", 0.3)
    monkeypatch.setattr("wsaudit.engine.SECONDS_FOR_A_FILE", 0.2)
    shell.write({"server.py": SERVER})
    ran = shell("check")

    assert ran.code == 2
    assert "cut off in " in ran.out
    assert "recognition took more than 0.5 s; name fewer folders" in ran.out


def test_search_for_files_that_never_ends_is_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, with what to do about it."""
    monkeypatch.setattr("wsaudit.engine.discover", _spin)
    monkeypatch.setattr("wsaudit.engine.SECONDS_TO_DISCOVER", 0.1)
    ran = shell("check")

    assert ran.code == 2
    assert ran.err == (
        "wsaudit: looking for files took more than 0.1 s; name the folders to audit\n"
    )
