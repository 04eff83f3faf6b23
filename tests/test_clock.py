"""The clock: where the time of a run went."""

from __future__ import annotations

import re
import time

from tests.commands import SERVER, Shell
from wsaudit.clock import ANALYSIS, NOUN, PHASE, Clock, counted, part, running

_ROW = re.compile(
    r"wsaudit: (phase|analysis|noun) +(.+?) +(\d+\.\d\d) s(?: +(\d+ .+))?"
)


def _work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_each_part_has_its_own_time_only() -> None:
    """What a noun asks of an analysis is the analysis's."""
    clock = Clock()
    with running(clock), part(PHASE, "recognise"):
        with part(NOUN, "sends"):
            _work(0.05)
            with part(ANALYSIS, "runs"):
                _work(0.1)
            counted(NOUN, "sends", 2, "facts")
            counted(NOUN, "sends", 1, "facts")
        _work(0.02)

    spent = {name: one.seconds for (_, name), one in clock.parts.items()}
    assert 0.05 <= spent["sends"] < 0.1 <= spent["runs"]
    assert 0.02 <= spent["recognise"] < 0.05
    assert clock.parts[NOUN, "sends"].count == 3


def test_no_clock_runs_by_itself() -> None:
    """Nor on after its run."""
    clock = Clock()
    with running(clock):
        pass
    with part(PHASE, "read"):
        counted(PHASE, "read", 1, "files")

    assert clock.parts == {}


def test_timing_tells_phases_on_standard_error(shell: Shell) -> None:
    """In their order, with what was done; the report itself is as ever."""
    shell.write({"server.py": SERVER, "other.py": "x = 1\n"})
    plain = shell("check", "--no-cache", "--exit-zero", "-q")
    ran = shell("check", "--no-cache", "--exit-zero", "-q", "--timing")

    assert ran.out == plain.out
    rows = {found[2]: found for found in _ROW.finditer(ran.err)}
    phases = [name for name, found in rows.items() if found[1] == "phase"]
    assert phases == [
        *("discover", "answer kept", "dialects", "screen", "index", "read"),
        *("program", "connections", "judge", "report"),
    ]
    assert rows["discover"][4] == "2 files"
    assert rows["screen"][4] == "1 hits"
    assert rows["read"][4] == "1 files"
    assert rows["connections"][4] == "1 connections"
    assert "processor time: " in ran.err


def test_timing_tells_that_nothing_was_asked_again(shell: Shell) -> None:
    """An answer that is kept costs what it takes to see that it holds."""
    shell.write({"server.py": SERVER})
    shell("check", "--exit-zero", "-q")
    ran = shell("check", "--exit-zero", "-q", "--timing")

    names = [found[2] for found in _ROW.finditer(ran.err)]
    assert names == ["discover", "answer kept", "report"]
