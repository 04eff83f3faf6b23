"""The command line: what can be typed, what comes out, and the exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
import pytest

import wsaudit
from tests.commands import MISSPELT, SERVER, Shell, spawn
from wsaudit.cli import cli
from wsaudit.output import FORMATS
from wsaudit.pages import load_pages
from wsaudit.report.items import load_items

LINE = (
    "a.ts:1:1: P2 WS902 invalid-ignore: this has no effect: `publik` is no word "
    "wsaudit knows; did you mean `public`?\n"
)


# -- check ---------------------------------------------------------------------------


def test_clean_project_is_said_to_be_so(shell: Shell) -> None:
    """No findings end in 0 and in a line that says what was looked at."""
    shell.write({"server.py": SERVER})
    ran = shell("check", "--select", "WS900")

    assert ran.code == 0
    assert ran.out == "No findings: 1 endpoint in 1 file\n"
    assert ran.err == ""


def test_finding_is_one_line_when_piped(shell: Shell) -> None:
    """Place, priority, code, name and message, then what was looked at."""
    shell.write({"a.ts": MISSPELT})
    ran = shell("check", "--select", "WS902")

    assert ran.out.splitlines()[0] + "\n" == LINE
    assert ran.out.splitlines()[1] == "1 finding in 1 file: 1 P2"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on", "P0"), 0),
        (("--fail-on", "P2"), 1),
        (("--fail-on", "never"), 0),
        (("--fail-on", "P2", "--exit-zero"), 0),
        (("--fail-on", "P2", "--ignore", "WS902"), 0),
        (("--fail-on", "P2", "--select", "WS900,WS901"), 0),
        (("--fail-on", "P2", "--select", "WS900", "--select", "invalid-ignore"), 1),
        (("--fail-on", "P2", "--select", "housekeeping"), 1),
    ],
)
@pytest.mark.parametrize("name", FORMATS)
def test_exit_code_is_that_of_the_findings(
    shell: Shell, options: tuple[str, ...], code: int, name: str
) -> None:
    """The gate is ``--fail-on``, for every format alike."""
    shell.write({"a.ts": MISSPELT})

    assert shell("check", "--format", name, *options).code == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "--select", "WS909"), "unknown rule `WS909`; did you mean `WS90"),
        (("check", "--ignore", "unused-ignor"), "did you mean `unused-ignore`?"),
        (("check", "--format", "yaml"), "'yaml' is not one of"),
        (("check", "--fail-on", "P7"), "'P7' is not one of"),
        (("check", "--output", "json"), "`json` is not FORMAT=FILE"),
        (("check", "--output", "xml=a"), "`xml=a` is not FORMAT=FILE"),
        (("check", "--jobs", "0"), "0 is not in the range"),
        (("check", "--verbos"), "No such option"),
        (("check", "--config", "a.toml", "--isolated"), "exclude each other"),
        (("check", "--config", "none.toml"), "cannot read `none.toml`"),
        (("check", "--changed-files"), "needs the names of the changed files"),
        (("check", "nowhere"), "`nowhere` does not exist"),
        (("explain", "WS909"), "unknown rule `WS909`"),
        (("explain",), "Missing argument"),
        (("facts", "nowhere.py"), "`nowhere.py` does not exist"),
        (("facts",), "Missing argument"),
        (("chekc",), "No such command"),
        (("check", "--output", "json=a.ts/b.json"), "cannot write `a.ts/b.json`"),
    ],
)
def test_wrong_usage_is_one_line_and_ends_in_two(
    shell: Shell, arguments: tuple[str, ...], message: str
) -> None:
    """What cannot be done is said on standard error, without a traceback."""
    shell.write({"a.ts": MISSPELT})
    ran = shell(*arguments)

    assert ran.code == 2
    assert message in ran.err
    assert ran.err.startswith("wsaudit: ")
    assert ran.err.count("\n") == 1
    assert ran.out == ""


def test_nothing_to_check_is_three(shell: Shell) -> None:
    """A folder without code is not a clean one."""
    shell.write({"notes.md": "# websocket"})
    ran = shell("check")

    assert ran.code == 3
    assert ran.err == "wsaudit: found no Python or TypeScript files to check\n"
    assert ran.out == "No findings: no WebSocket code in 0 files\n"
    assert shell("check", "--allow-no-files").code == 0


def test_one_run_writes_several_formats(shell: Shell) -> None:
    """All formats tell of the same findings, and folders are made for them."""
    shell.write({"a.ts": MISSPELT, "b.ts": MISSPELT})
    outputs = ("json=out/w.json", "sarif=out/deep/w.sarif", "text=w.txt", "github=-")
    options = [word for output in outputs for word in ("--output", output)]
    ran = shell("check", "--select", "WS902", *options)
    data = json.loads((shell.folder / "out/w.json").read_text("utf-8"))
    log = json.loads((shell.folder / "out/deep/w.sarif").read_text("utf-8"))
    text = (shell.folder / "w.txt").read_text("utf-8")

    assert len(data["findings"]) == 2
    assert len(log["runs"][0]["results"]) == 2
    assert text.count("P2 WS902") == 2
    assert ran.out.count("::notice ") == 2
    assert ran.out.startswith(LINE)


def test_file_is_written_without_findings(shell: Shell) -> None:
    """A step that uploads a file finds it whatever was found."""
    shell.write({"server.py": SERVER})

    assert shell("check", "--select", "WS900", "--output", "sarif=w.sarif").code == 0
    assert (shell.folder / "w.sarif").is_file()


def test_files_are_as_readable_as_any(shell: Shell) -> None:
    """What is written may be read by whom the user's mask allows."""
    shell.write({"server.py": SERVER})
    mask = os.umask(0o022)
    os.umask(mask)
    shell("check", "--output", "json=w.json")

    assert (shell.folder / "w.json").stat().st_mode & 0o777 == 0o666 & ~mask
    assert not list(shell.folder.glob(".wsaudit-*"))


def test_sarif_can_be_placed_and_named(shell: Shell) -> None:
    """Root, category and ignored findings are for those who need them."""
    text = "// wsaudit: publik x // wsaudit: ignore[WS902] shown\nf();\n" + MISSPELT
    shell.write({"web/src/a.ts": text})
    ran = shell(
        *("check", "--format", "sarif", "--select", "WS902", "--sarif-root", "web"),
        *("--sarif-category", "web", "--sarif-include-suppressed"),
    )
    (run,) = json.loads(ran.out)["runs"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]

    assert run["automationDetails"] == {"id": "web/"}
    assert {each["artifactLocation"]["uri"] for each in places} == {"src/a.ts"}
    assert ["suppressions" in each for each in run["results"]] == [True, False]


def test_quiet_leaves_the_findings_only(shell: Shell) -> None:
    """Who greps wants lines that are findings."""
    shell.write({"a.ts": MISSPELT})

    assert shell("check", "-q", "--select", "WS902").out == LINE


def test_verbose_lists_every_skip(shell: Shell) -> None:
    """Without ``-v`` skips are counted, with it they are named."""
    shell.write({"server.py": SERVER, "api_pb2.py": "x", "broken.py": b"\0websocket"})
    few = shell("check", "--select", "WS900")
    all_of_them = shell("check", "--select", "WS900", "-v")

    assert "1 file skipped (1 generated)" in few.out
    assert "api_pb2.py: skipped: generated (by its name)\n" in all_of_them.out
    assert "api_pb2.py" not in few.out


def test_changed_files_choose_what_is_reported(shell: Shell) -> None:
    """The whole project is read; only findings in the named files are shown."""
    shell.write({"a.ts": MISSPELT, "b.ts": MISSPELT})
    ran = shell("check", "-q", "--select", "WS902", "--changed-files", "b.ts")

    assert ran.out == LINE.replace("a.ts", "b.ts")


def test_excluded_file_that_is_named_is_read_with_a_note(shell: Shell) -> None:
    """The user's word counts more than the configuration's, and is repeated."""
    shell.write({"dist/a.ts": MISSPELT, "b.ts": "export {};\n"})
    ran = shell("check", "--select", "WS902", "dist/a.ts")

    assert ran.out.startswith(LINE.replace("a.ts", "dist/a.ts"))
    assert (
        ran.err == "wsaudit: `dist/a.ts` is excluded, but read because it was named\n"
    )


def test_force_exclude_holds_for_named_files(shell: Shell) -> None:
    """A hook names files that the configuration excludes; they are counted."""
    shell.write({"dist/a.ts": MISSPELT, "b.ts": "export {};\n"})
    ran = shell("check", "--select", "WS902", "--force-exclude", "dist/a.ts", "b.ts")

    assert ran.out == (
        "No findings: no WebSocket code in 0 files of 1; 1 file skipped (1 excluded)\n"
    )


def test_configuration_is_found_read_and_left_alone(shell: Shell) -> None:
    """The nearest file counts, another one can be named, or none be wanted."""
    shell.write(
        {
            "a.ts": MISSPELT,
            "wsaudit.toml": 'ignore = ["WS902"]\n',
            "other.toml": 'fail-on = "P2"\n',
        }
    )

    assert shell("check", "--fail-on", "P2").code == 0
    assert shell("check", "--fail-on", "P2", "--isolated").code == 1
    assert shell("check", "--config", "other.toml").code == 1


def test_cache_is_kept_unless_it_is_refused(shell: Shell) -> None:
    """``--no-cache`` neither reads nor writes; the checkout is left as it was."""
    shell.write({"server.py": SERVER})
    home = Path(os.environ["XDG_CACHE_HOME"])
    shell("check", "--no-cache")
    assert not home.exists()

    shell("check")
    assert sorted(path.suffix for path in home.glob("wsaudit/*")) == [
        "",
        ".answer",
        ".sealed",
    ]
    # Coverage of worker processes may leave its own file where they run.
    left = [name for name in os.listdir(shell.folder) if ".coverage" not in name]
    assert left == ["server.py"]


def test_cache_goes_where_it_is_told_to(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an option or by the environment; never through a link of the checkout."""
    shell.write({"server.py": SERVER})
    monkeypatch.setenv("WSAUDIT_CACHE_DIR", "told")
    shell("check")
    shell("check", "--cache-dir", "asked")
    assert len(list(shell.folder.glob("told/*.sealed"))) == 1
    assert len(list(shell.folder.glob("asked/*.sealed"))) == 1

    (shell.folder / "linked").symlink_to(shell.folder.parent)
    ran = shell("check", "--cache-dir", "linked/x")
    assert ran.code == 2
    assert ran.err == (
        "wsaudit: cannot keep a cache in `linked/x`: a link leads out of it\n"
    )


def test_result_is_the_same_with_and_without_cache_and_workers(shell: Shell) -> None:
    """Neither the cache nor the number of processes changes a byte."""
    files = {f"m{number}.py": SERVER for number in range(6)}
    shell.write({**files, "a.ts": MISSPELT, "broken.ts": MISSPELT + "f(;\n"})
    runs = [
        shell("check", "--format", "json", "--strict", *options).out
        for options in (("--no-cache", "-j1"), ("-j3",), (), ("--no-cache", "-j4"))
    ]

    assert len(set(runs)) == 1


# -- the other commands ---------------------------------------------------------------


def test_version_is_that_of_the_package(shell: Shell, tmp_path: Path) -> None:
    """The short way out says the same as click would."""
    version = f"wsaudit {wsaudit.__version__}\n"

    assert shell("--version").out == version
    assert spawn(tmp_path, "--version").out == version


def test_no_arguments_print_the_help(shell: Shell) -> None:
    """Who types the name alone is told what there is."""
    ran = shell()

    assert ran.code == 0
    assert all(f"  {name} " in ran.out for name in cli.commands)


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_help_explains_every_option(shell: Shell, command: str) -> None:
    """No option of ours is without a word of help, and no line is too long."""
    ran = shell(command, "--help")
    bare = [
        option.name
        for option in cli.commands[command].params
        if isinstance(option, click.Option) and not option.help
    ]

    assert ran.code == 0
    assert bare == []
    assert max(map(len, ran.out.splitlines())) <= 88


@pytest.mark.parametrize("word", ["WS902", "ws902", "invalid-ignore"])
def test_explain_prints_the_page(shell: Shell, word: str) -> None:
    """Code or name, in whatever case the code is written."""
    ran = shell("explain", word)
    page = next(page for page in load_pages() if page.code == "WS902")

    assert ran.code == 0
    assert ran.out.startswith("WS902 invalid-ignore · P2 · both\n\n# A comment")
    assert page.what_to_do.strip() in ran.out


def test_rules_are_listed(shell: Shell) -> None:
    """One line a rule for people, one object a rule for programs."""
    listed = shell("rules").out.splitlines()
    data = json.loads(shell("rules", "--format", "json").out)

    assert [line.split()[0] for line in listed] == [page.code for page in load_pages()]
    assert [rule["code"] for rule in data] == [page.code for page in load_pages()]
    assert data[-1]["name"] == "invalid-ignore"


def test_checklist_has_every_item(shell: Shell) -> None:
    """All 54 items, as Markdown and as JSON; findings do not fail this command."""
    shell.write({"server.py": SERVER, "a.ts": MISSPELT})
    markdown = shell("checklist")
    data = json.loads(shell("checklist", "--format", "json").out)

    assert markdown.code == 0
    assert len(load_items()) == 54
    assert [item["id"] for item in data["items"]] == [item.id for item in load_items()]
    assert all(f"| {item.id} |" in markdown.out for item in load_items())


def test_why_says_what_is_held_of_a_line(shell: Shell) -> None:
    """Each node with what analyses hold of it, then its nouns and verdicts."""
    shell.write({"app/server.py": SERVER})
    ran = shell("why", "app/server.py:7")
    send = shell("why", "app/server.py:9").out

    assert ran.code == 0
    assert "7:1 function `prices`\n" in ran.out
    assert "  has the server's end of app/server.py:7\n" in ran.out
    assert "  receives" not in ran.out
    assert "  sends, first at app/server.py:9\n" in ran.out
    assert "\nverdicts\n  WS" in shell("why", "app/server.py:6").out
    assert "a send of the socket from app/server.py:7" in send
    assert "  may be what `starlette.websockets.WebSocket` gives at " in send
    assert " Send text='websocket.send_json'" in send
    assert "internal error" not in ran.out + send


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("app/server.py", "`app/server.py` is not FILE:LINE"),
        ("app/server.py:x", "`app/server.py:x` is not FILE:LINE"),
        ("app/server.py:99", "`app/server.py` has no line 99"),
        ("app/none.py:1", "`app/none.py` does not exist"),
    ],
)
def test_why_of_no_line_is_an_error(place: str, message: str, shell: Shell) -> None:
    """A place that is none is refused in a sentence."""
    shell.write({"app/server.py": SERVER})
    ran = shell("why", place)

    assert ran.code == 2
    assert message in ran.err


def test_why_hides_what_source_could_print(shell: Shell) -> None:
    """Names from source come out harmless."""
    shell.write({"a.py": "from fastapi import WebSocket\nx = '\x1b[31m'\ny = x\n"})

    assert "\x1b" not in shell("why", "a.py:3").out


def test_facts_show_what_was_recognised(shell: Shell) -> None:
    """A line a noun with its span, to see why a verdict came out as it did."""
    shell.write({"app/server.py": SERVER})
    ran = shell("facts", "app/server.py")

    assert ran.code == 0
    assert "6:2-6:29 Endpoint path='/ws/prices' name='prices'" in ran.out
    assert "7:18-7:38 Connection side=server library='starlette'" in ran.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0", "`a.py` was not read (binary)"),
        (b"x = " + b"[" * 500, "`a.py` was not read (too deep)"),
        (b"x" * 6000, "`a.py` was not read (minified)"),
    ],
)
def test_facts_of_an_unreadable_file_are_an_error(
    shell: Shell, content: bytes, message: str
) -> None:
    """There is nothing to show, and the reason is said."""
    shell.write({"a.py": content})
    ran = shell("facts", "a.py")

    assert ran.code == 2
    assert message in ran.err


def test_facts_of_a_file_elsewhere(shell: Shell, tmp_path_factory: Any) -> None:
    """A file that the project does not hold is not read."""
    other = tmp_path_factory.mktemp("other") / "a.py"
    other.write_text("x = 1\n", encoding="utf-8")

    assert "it is none of the project's files" in shell("facts", str(other)).err


def test_facts_of_a_file_without_sockets(shell: Shell) -> None:
    """Silence would look like an error."""
    shell.write({"a.py": "x = 1\n"})

    assert shell("facts", "a.py").out == "nothing was recognised\n"


def test_files_and_settings_are_shown_without_an_audit(shell: Shell) -> None:
    """What a run would look at, and how."""
    shell.write({"a.ts": MISSPELT, "wsaudit.toml": 'fail-on = "P0"\n'})

    assert shell("check", "--show-files").out == "a.ts\n"
    settings = json.loads(shell("check", "--show-settings").out)
    assert settings["fail_on"] == "P0"
    assert settings["paths"] == [str(shell.folder)]
    assert "layers" not in settings


def test_style_and_colour_of_text_are_as_asked(shell: Shell) -> None:
    """A pipe can have frames and colours, too."""
    shell.write({"a.ts": MISSPELT})
    full = shell("check", "--output-format", "full").out
    coloured = shell("check", "--color", "always").out

    assert " --> a.ts:1:1" in full
    assert "   help Correct the word" in full
    assert "\x1b[" in coloured
    assert "\x1b[" not in full


def test_selection_is_added_to_and_graded(shell: Shell) -> None:
    """Codes in any case; what is below the marks is not told and does not fail."""
    shell.write({"a.ts": MISSPELT, "wsaudit.toml": 'select = ["WS130"]\n'})
    added = shell("check", "--extend-select", "ws902", "--fail-on", "P2")
    graded = shell("check", "--select", "ws9", "--min-priority", "P1")
    taken = shell("check", "--extend-select", "WS902", "--extend-ignore", "ws902")

    assert added.code == 1
    assert "WS902" in added.out
    assert graded.out.startswith("No findings")
    assert taken.out.startswith("No findings")


def test_exemption_that_fits_no_file_is_said(shell: Shell) -> None:
    """The file was renamed, and the pattern was not."""
    table = '[per-path-ignores]\n"old/**" = ["WS902"]\n"a.ts" = ["WS902"]\n'
    shell.write({"a.ts": MISSPELT, "wsaudit.toml": table})

    assert shell("check").err == (
        "wsaudit: `old/**` in `per-path-ignores` fits no file (wsaudit.toml:2:1)\n"
    )


@pytest.mark.parametrize(
    ("name", "kind"), [("none.ts", "not there"), ("web", "a folder")]
)
def test_changed_files_are_files(shell: Shell, name: str, kind: str) -> None:
    """Nothing would be reported for anything else, and look like a pass."""
    shell.write({"web/a.ts": MISSPELT})
    ran = shell("check", "--changed-files", name)

    assert ran.code == 2
    assert ran.err == f"wsaudit: `--changed-files` names files: `{name}` is {kind}\n"


@pytest.mark.parametrize("name", ["gitlab", "junit", "markdown"])
def test_formats_for_ci_are_written(shell: Shell, name: str) -> None:
    """To standard output and to files."""
    shell.write({"a.ts": MISSPELT})
    ran = shell("check", "--format", name, "--output", f"{name}=o")

    assert ran.out == (shell.folder / "o").read_text("utf-8")
    assert "WS902" in ran.out or "invalid" in ran.out or name == "junit"


def test_standard_input_stands_for_a_file(shell: Shell) -> None:
    """Within its project, whether the file is there or not."""
    shell.write({"web/a.ts": "export {}\n", "b.ts": MISSPELT})
    shell.type(MISSPELT)
    ran = shell("check", "-", "--stdin-filename", "web/a.ts", "-q")
    shell.type(MISSPELT)
    new = shell("check", "-", "--stdin-filename", "web/new.ts", "-q")

    assert ran.out.startswith("web/a.ts:1:1: P2 WS902 ")
    assert ran.out.count("\n") == 1
    assert new.out.startswith("web/new.ts:1:1: P2 WS902 ")
    assert (shell.folder / "web/a.ts").read_text() == "export {}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-",), "`-` stands alone, with `--stdin-filename`"),
        (("-", "x.ts", "--stdin-filename=a.ts"), "`-` stands alone"),
        (("--stdin-filename=a.ts",), "goes with `-` for PATHS"),
        (("-", "--stdin-filename=a.ts", "--fix"), "names no file that could"),
    ],
)
def test_standard_input_needs_a_name(
    shell: Shell, arguments: tuple[str, ...], message: str
) -> None:
    """Nothing is guessed."""
    shell.type("")
    ran = shell("check", *arguments)

    assert ran.code == 2
    assert message in ran.err


def test_standard_input_is_bounded(shell: Shell) -> None:
    """As every file is."""
    shell.type("x" * ((1 << 20) + 1))

    assert "is longer than" in shell("check", "-", "--stdin-filename=a.ts").err


def test_version_is_told_to_programs(shell: Shell) -> None:
    """With what else identifies an answer."""
    told = json.loads(shell("--version", "--format", "json").out)

    assert told["version"] == wsaudit.__version__
    assert told["rules"] > 70


def test_options_come_from_the_environment(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the names of command and option; what is typed wins."""
    shell.write({"a.ts": MISSPELT})
    monkeypatch.setenv("WSAUDIT_CHECK_FAIL_ON", "P2")

    assert shell("check").code == 1
    assert shell("check", "--fail-on=P1").code == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("wsaudit explain WS13", "WS130"),
        ("wsaudit explain send-with", "send-without-ready-check"),
        ("wsaudit check --select WS105,WS13", "WS105,WS130"),
    ],
)
def test_shell_completes_codes(tmp_path: Path, words: str, expected: str) -> None:
    """Of commands that take them, also behind a comma."""
    ran = spawn(
        tmp_path,
        _WSAUDIT_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )

    assert f"plain,{expected}\n" in ran.out


def test_number_of_a_rule_is_set(shell: Shell) -> None:
    """A cap of five minutes is one where the team says so."""
    shell.write(
        {
            "a.ts": """\
let delay = 1000
function connect() {
  const ws = new WebSocket('wss://example.org/feed')
  ws.onopen = () => { delay = 1000 }
  ws.onclose = () => {
    setTimeout(connect, delay * (0.5 + Math.random() / 2))
    delay = Math.min(delay * 2, 300_000)
  }
}
connect()
"""
        }
    )
    usual = shell("check", "-q", "--select=WS125")
    long = shell("check", "-q", "--select=WS125", "-c", "rules.ws125.longest-delay=300")
    high = shell("check", "-q", "--select=WS125", "-c", "rules.WS125.priority=P0")

    assert " P2 WS125 " in usual.out
    assert long.out == ""
    assert " P0 WS125 " in high.out
