"""One run from paths to report: what goes on when a part fails, and exit codes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Never

import pytest

from tests.commands import MISSPELT, SERVER, Shell
from tests.report.sample import (
    Sources,
    both_ends,
    make_finding,
    make_outcome,
    make_page,
    make_report,
)
from wsaudit.config import Config, ConfigError
from wsaudit.connections.scene import Scene, Socket
from wsaudit.engine import audit, exit_code, judge, recognised
from wsaudit.model import Connection, Fact, Project, Side
from wsaudit.nouns import access
from wsaudit.nouns.security.entrances import entrance
from wsaudit.outcome import RECOGNITION, Fault, Report, Skip, State
from wsaudit.rule import Check, Pass, Priority, Problem, Rule, Undecided
from wsaudit.source import Place

HERE = Place("a.py", 0, 4)
THERE = Place("b.ts", 3, 9)
CONNECTION = Connection(at=HERE, side=Side.SERVER, library="starlette", name="ws")
PROJECT = Project.of_facts([CONNECTION, Fact(at=THERE, connections=(CONNECTION,))])


def _rule(look: Any, on: type[Fact] = Fact) -> Rule:
    return Rule(make_page(), (Check("WS105", on, look),))


# -- judging -------------------------------------------------------------------------


def test_check_is_asked_about_each_subject_of_its_kind() -> None:
    """Subclasses count, and every verdict remembers whose it is."""
    every = _rule(lambda fact, _: iter([Pass(fact.at, "seen")]))
    some = _rule(lambda fact, _: iter([Problem(fact.at, "bad")]), on=Connection)
    judged, faults = judge([every, some], PROJECT)

    assert [(one.verdict.at, one.owner) for one in judged] == [
        (HERE, CONNECTION),
        (THERE, CONNECTION),
        (HERE, CONNECTION),
    ]
    assert faults == ()


def _raises(fact: Fact, project: Project) -> Never:
    raise KeyError("socket")


def _raises_late(fact: Fact, project: Project) -> Any:
    yield Pass(fact.at, "first")
    raise ValueError("then")


def _says_nothing_sensible(fact: Fact, project: Project) -> Any:
    yield "bad"


def _unknown_variant(fact: Fact, project: Project) -> Any:
    yield Problem(fact.at, "bad", variant="unheard-of")


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (_raises, "KeyError: 'socket' (test_engine.py:"),
        (_raises_late, "ValueError: then (test_engine.py:"),
        (_says_nothing_sensible, "TypeError: yielded 'bad'"),
        (_unknown_variant, "KeyError: 'unheard-of'"),
    ],
)
def test_rule_that_raises_costs_its_verdict_on_one_subject(
    look: Any, message: str
) -> None:
    """The error names rule and file; the subject is undecided; other rules go on."""
    fine = _rule(lambda fact, _: iter([Pass(fact.at, "seen")]), on=Connection)
    judged, (fault,) = judge([_rule(look, on=Connection), fine], PROJECT)

    assert (fault.path, fault.where) == ("a.py", "WS105")
    assert fault.message.startswith(message)
    assert [one.verdict for one in judged] == [
        Undecided(HERE, "internal error of this rule"),
        Pass(HERE, "seen"),
    ]


# -- runs ----------------------------------------------------------------------------


def _config(folder: Path, **changes: Any) -> Config:
    plain = Config(str(folder), paths=(str(folder),), cache=False, jobs=1)
    return replace(plain, **changes)


@pytest.mark.usefixtures("forked")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_reader_that_raises_costs_its_file(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other files are audited, the error is reported, and the run ends in 2."""

    def read(path: str, text: str) -> Never:
        raise LookupError(f"{path} is unlucky")

    monkeypatch.setattr("wsaudit.syntax.python.read_python", read)
    shell.write({"server.py": SERVER, "a.ts": MISSPELT})
    report = audit(_config(shell.folder))
    ran = shell("check", "--select", "WS902", "--no-cache", "--exit-zero")

    assert report.faults == (
        Fault("server.py", "reader", "LookupError: server.py is unlucky"),
    )
    assert "WS902" in {finding.code for finding in report.findings}
    assert not report.crashed
    assert ran.code == 2
    assert "server.py: internal error in reader: LookupError: " in ran.out


def test_recognition_that_raises_is_a_crash(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without nouns nothing can be judged: that is said, and is never a pass."""

    def recognise(*_: object) -> Never:
        raise RuntimeError("lost")

    monkeypatch.setattr("wsaudit.recognise.recognise", recognise)
    shell.write({"server.py": SERVER})
    report = audit(_config(shell.folder))

    assert report.crashed
    assert [fault.where for fault in report.faults] == [RECOGNITION]
    assert exit_code(report, _config(shell.folder), exit_zero=True) == 2


def test_recogniser_that_raises_costs_its_own_nouns(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules on its nouns are undecided, every other verdict stands, and it is named."""
    shell.write({"server.py": SERVER})
    before = {one.rule.page.code: one for one in audit(_config(shell.folder)).outcomes}

    def find(scene: object) -> Never:
        raise KeyError("socket")

    monkeypatch.setattr(access, "find", find)
    report = audit(_config(shell.folder))
    after = {one.rule.page.code: one for one in report.outcomes}

    assert before["WS160"].findings
    assert after["WS160"].state is State.UNDECIDED
    assert [one.reason for one in after["WS160"].undecided] == [
        "internal error in the recogniser `access`"
    ]
    other = {code for code in before if before[code] != after[code]}
    assert other == {"WS115", "WS160"}
    (fault,) = report.faults
    assert (fault.path, fault.where) == ("", "the recogniser `access`")
    assert fault.message.startswith("KeyError: 'socket' (test_engine.py:")
    assert not report.crashed
    assert exit_code(report, _config(shell.folder)) == 2


def test_question_that_raises_costs_the_nouns_of_one_connection(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An analysis that fails for one endpoint leaves the verdicts on the others."""
    shell.write({"a.py": SERVER, "b.py": SERVER.replace("prices", "rates")})

    def fails(scene: Scene, socket: Socket) -> object:
        if scene.place(socket.site).path == "b.py":
            raise ValueError("too odd")
        return entrance(scene, socket)

    monkeypatch.setattr(access, "entrance", fails)
    report = audit(_config(shell.folder, select=("WS160",)))
    (outcome,) = report.outcomes

    assert [finding.at.path for finding in outcome.findings] == ["a.py"]
    assert [one.at.path for one in outcome.undecided] == ["b.py"]
    assert [fault.path for fault in report.faults] == ["b.py"]


def test_ignore_of_a_rule_in_doubt_is_not_called_unused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an error of ours may have cost still needs its comment."""
    ignored = "  # wsaudit: ignore[WS160] prices are public"
    shell.write({"server.py": SERVER.replace('prices")', f'prices"){ignored}')})

    def find(scene: object) -> Never:
        raise KeyError("socket")

    monkeypatch.setattr(access, "find", find)

    assert audit(_config(shell.folder, select=("WS900",))).findings == ()


def test_noun_of_another_kind_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recogniser makes what it says that it makes."""
    shell.write({"server.py": SERVER})
    monkeypatch.setattr(access, "MAKES", (Connection,))
    (fault,) = audit(_config(shell.folder)).faults

    assert fault.message.startswith("TypeError: made a Access, which is not in MAKES")


def test_everything_else_that_raises_is_one_line(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours is named as such; who wants the traceback can have it."""

    def load() -> Never:
        raise RuntimeError("lost")

    monkeypatch.setattr("wsaudit.engine.load_rules", load)
    ran = shell("check")

    assert ran.code == 2
    assert ran.err == (
        "wsaudit: internal error: RuntimeError: lost; "
        "please report it with what WSAUDIT_DEBUG=1 adds\n"
    )
    monkeypatch.setenv("WSAUDIT_DEBUG", "1")
    with pytest.raises(RuntimeError):
        shell("check")


def test_path_can_be_exempt_from_rules(shell: Shell) -> None:
    """Per-path ignores name files as a `.gitignore` does, and rules as selectors do."""
    shell.write({"old/a.ts": MISSPELT, "new/a.ts": MISSPELT})
    ignores = (("old/**", ("housekeeping",)),)
    report = audit(_config(shell.folder, per_path_ignores=ignores))

    assert {finding.at.path for finding in report.findings} == {"new/a.ts"}
    with pytest.raises(ConfigError, match="unknown rule `WS999`"):
        audit(_config(shell.folder, per_path_ignores=(("old/**", ("WS999",)),)))


def test_findings_of_changed_files_only(shell: Shell) -> None:
    """What is reported depends on the named files, what is read does not."""
    shell.write({"a.ts": MISSPELT, "b.ts": MISSPELT})
    config = _config(shell.folder, report_only=(str(shell.folder / "b.ts"),))
    report = audit(config)

    assert {finding.at.path for finding in report.findings} == {"b.ts"}
    assert report.read == 2


def test_run_says_what_it_is_doing(shell: Shell) -> None:
    """The stages are told in order, for a line of progress."""
    shell.write({"server.py": SERVER})
    said: list[str] = []
    audit(_config(shell.folder), progress=said.append)

    assert said == [
        "looking for files",
        "screening 1 file",
        "following imports and calls",
        "reading 1 of 1 file",
        "recognising",
        "judging",
    ]


def test_ignored_findings_are_kept_apart(shell: Shell) -> None:
    """They are no findings, but they are there."""
    silenced = MISSPELT.replace("\n", " // wsaudit: ignore[WS902] x\n", 1)
    shell.write({"a.ts": silenced})
    report = audit(_config(shell.folder, select=("WS900", "WS902")))

    assert report.findings == ()
    assert [finding.code for finding in report.ignored] == ["WS902"]


def test_paths_are_below_the_working_directory(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is named from inside is shown from inside; else from the common folder."""
    shell.write({"web/a.ts": MISSPELT, "other/x.ts": "export {};\n"})
    inside = audit(_config(shell.folder, paths=(str(shell.folder / "web"),)))
    monkeypatch.chdir(shell.folder / "other")
    outside = audit(_config(shell.folder, paths=(str(shell.folder / "web"),)))

    assert inside.findings[0].at.path == os.path.join("web", "a.ts")
    assert outside.findings[0].at.path == "a.ts"


def test_nouns_can_be_asked_for_alone(shell: Shell) -> None:
    """Recognition needs no rules."""
    shell.write({"server.py": SERVER})
    found = recognised(_config(shell.folder))

    assert [one.side for one in found.project.all(Connection)] == [Side.SERVER]
    assert found.faults == ()


# -- exit codes ----------------------------------------------------------------------


def _report(*, priority: Priority = Priority.P1, **changes: Any) -> Report:
    sources = Sources({"a.ts": "ws.send();"})
    page = make_page(priority=priority)
    finding = make_finding(page, sources.place("a.ts", "ws"), "bad")
    report = make_report(sources, [make_outcome(page, finding)])
    return replace(report, **changes)


BROKEN = Skip("b.py", "syntax error", partial=True)
MINIFIED = Skip("b.js", "minified")
FAULT = Fault("b.py", "WS105", "KeyError: 1")


@pytest.mark.parametrize(
    ("report", "options", "code"),
    [
        (_report(), {}, 1),
        (_report(findings=()), {}, 0),
        (_report(priority=Priority.P2), {}, 0),
        (_report(priority=Priority.P2), {"fail_on": Priority.P2}, 1),
        (_report(priority=Priority.P0), {"fail_on": Priority.P0}, 1),
        (_report(), {"fail_on": Priority.P0}, 0),
        (_report(), {"fail_on": None}, 0),
        (_report(faults=(FAULT,)), {}, 2),
        (_report(faults=(FAULT,), findings=()), {"fail_on": None}, 2),
        (_report(findings=(), skipped=(BROKEN,)), {}, 0),
        (_report(findings=(), skipped=(BROKEN,)), {"strict": True}, 2),
        (_report(findings=(), skipped=(BROKEN,), read=0), {}, 2),
        (_report(findings=(), skipped=(MINIFIED,)), {"strict": True}, 0),
        (_report(findings=(), skipped=(MINIFIED,), read=0, seen=0), {}, 3),
        (_report(findings=(), read=0, seen=0), {}, 3),
        (_report(findings=(), read=0, seen=7), {}, 0),
    ],
)
def test_exit_code_tells_clean_from_unseen(
    report: Report, options: dict[str, Any], code: int
) -> None:
    """Findings from ``fail_on`` on are 1; what could not be audited is never 0."""
    assert exit_code(report, Config("/", **options)) == code


def test_exit_zero_forgives_findings_only() -> None:
    """A job that only uploads still learns that there was no audit."""
    config = Config("/")

    assert exit_code(_report(), config, exit_zero=True) == 0
    assert exit_code(both_ends(), config, exit_zero=True) == 2
    assert exit_code(_report(findings=(), seen=0), config, exit_zero=True) == 3
