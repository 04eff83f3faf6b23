"""Which settings count for a file, and files in folders that add to them."""

from __future__ import annotations

import tomllib

from tests.commands import MISSPELT, Shell


def test_settings_are_shown_with_their_places(shell: Shell) -> None:
    """As TOML, each line with the place that it comes from."""
    shell.write(
        {
            ".git/HEAD": "",
            "shared.toml": 'extend-ignore = ["WS105"]\nrules.WS130.priority = "P2"\n',
            "wsaudit.toml": 'extend = "shared.toml"\nextend-ignore = ["WS130"]\n',
            "a.py": "",
        }
    )
    ran = shell("config", "--show", "a.py", "-c", "fail-on=P0")
    lines = dict(line.split(" = ", 1) for line in ran.out.splitlines() if " = " in line)

    assert ran.code == 0
    assert lines["fail-on"].endswith("# -c fail-on=P0")
    assert lines["extend-ignore"].endswith("# wsaudit.toml:2:1, shared.toml:1:1")
    assert lines["rules.WS130.priority"].endswith("# shared.toml:2:13")
    assert lines["strict"].endswith("# default")
    assert tomllib.loads(ran.out)["extend-ignore"] == ["WS105", "WS130"]


def test_file_learns_how_it_stands(shell: Shell) -> None:
    """What it is exempt from, and what a folder adds."""
    shell.write(
        {
            "wsaudit.toml": "root = true\nper-path-ignores.'web' = ['WS902']\n",
            "web/wsaudit.toml": "ignore = ['WS105']\nrules.WS900.priority = 'P0'\n",
            "web/a.ts": MISSPELT,
        }
    )
    out = shell("config", "--show", "web/a.ts").out

    assert "# `web/wsaudit.toml` adds to it for its folder\n" in out
    assert "# exempt from WS105, WS902\n" in out
    assert "# WS900 has P0\n" in out
    assert "rules are reported\n" in shell("config").out


def test_folder_adds_ignores_and_priorities(shell: Shell) -> None:
    """For what lies in it, whichever folder the run begins in."""
    shell.write(
        {
            ".git/HEAD": "",
            "wsaudit.toml": "root = true\n",
            "loud/wsaudit.toml": "rules.WS902.priority = 'P0'\n",
            "loud/a.ts": MISSPELT,
            "quiet/pyproject.toml": "[tool.wsaudit]\nignore = ['WS902']\n",
            "quiet/a.ts": MISSPELT,
            "b.ts": MISSPELT,
        }
    )
    found = [line.split(" ")[:2] for line in shell("check", "-q").out.splitlines()]

    assert found == [["loud/a.ts:1:1:", "P0"], ["b.ts:1:1:", "P2"]]
    assert shell("check", "-q", "quiet/a.ts").out == ""
    assert " P0 WS902" in shell("check", "-q", "loud/a.ts").out


def test_folder_says_no_more_than_it_may(shell: Shell) -> None:
    """What concerns the whole project stands in its file."""
    shell.write(
        {
            "wsaudit.toml": "root = true\n",
            "web/wsaudit.toml": "\nselect = []\n",
            "web/a.ts": MISSPELT,
        }
    )
    ran = shell("check")

    assert ran.code == 2
    assert "web/wsaudit.toml:2:1: `select` is a matter of `wsaudit.toml`" in ran.err


def test_exemption_that_silences_nothing_is_said(shell: Shell) -> None:
    """With its place; one that does its work is not."""
    shell.write(
        {
            "wsaudit.toml": "[per-path-ignores]\n'a.ts' = ['WS902']\n'*' = ['WS105']\n",
            "a.ts": MISSPELT,
        }
    )
    err = shell("check").err

    assert "`*` in `per-path-ignores` silences nothing (wsaudit.toml:3:1)" in err
    assert "a.ts" not in err


def test_unknown_rule_is_placed(shell: Shell) -> None:
    """A selector in a file is told with its place, on the line without one."""
    shell.write({"wsaudit.toml": "ignore = ['WS105',\n 'WS999']\n", "a.ts": MISSPELT})

    assert "wsaudit.toml:2:2: unknown rule `WS999`" in shell("check").err
    assert "wsaudit: unknown rule `WS998`" in shell("check", "--select=WS998").err
