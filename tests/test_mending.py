"""Mending: nothing but the edits changes, and nothing is kept that does harm."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands import Shell
from wsaudit.edits import Applicability, Edit, Fix, Shift, edited, overlapping
from wsaudit.fixes import fixers
from wsaudit.report.patch import patch
from wsaudit.source import Place
from wsaudit.writing import rewrite_file

LOOP = """\
from fastapi import WebSocket

boats: set[WebSocket] = set()


def moor(boat: WebSocket) -> None:
    boats.add(boat)  # été


async def warn(text: str) -> None:
    for boat in boats:
        await boat.send_text(text)"""
MENDED = LOOP.replace("in boats:", "in list(boats):")
ONLY = ("--no-cache", "--exit-zero", "--select", "WS181")
FRAGILE = Path(__file__).parent.parent / "fixtures" / "pipeline-fragile"
GIT = shutil.which("git")


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n\n\n", "\r\n\n\n").encode() + b"\n\n",
        lambda text: b"# coding: latin-1\n" + text.encode("latin-1"),
    ],
    ids=["no newline at the end", "mark", "CRLF", "mixed", "latin-1"],
)
def test_all_other_bytes_stay(written: object, shell: Shell) -> None:
    """Marks, line endings, encodings and the end of the file are what they were."""
    assert callable(written)
    shell.write({"server.py": written(LOOP)})

    ran = shell("check", "--fix", *ONLY)

    assert (shell.folder / "server.py").read_bytes() == written(MENDED)
    assert "1 finding fixed" in ran.out


def test_text_of_unknown_encoding_is_left_alone(shell: Shell) -> None:
    """What was guessed is not written back."""
    shell.write({"server.py": LOOP.encode("latin-1")})

    shell("check", "--fix", *ONLY)

    assert (shell.folder / "server.py").read_bytes() == LOOP.encode("latin-1")


def test_mode_and_other_names_stay(shell: Shell) -> None:
    """An executable stays one, and all names of a file show what it holds now."""
    shell.write({"server.py": LOOP, "other.py": LOOP})
    (shell.folder / "server.py").chmod(0o754)
    os.link(shell.folder / "other.py", shell.folder / "same.txt")

    shell("check", "--fix", *ONLY)

    assert stat.S_IMODE((shell.folder / "server.py").stat().st_mode) == 0o754
    assert (shell.folder / "server.py").read_text("utf-8") == MENDED
    assert (shell.folder / "same.txt").read_text("utf-8") == MENDED
    assert (shell.folder / "same.txt").stat().st_nlink == 2


def test_file_that_has_changed_is_left_alone(tmp_path: Path) -> None:
    """What somebody wrote meanwhile is not written over, nor what is outside."""
    inside = tmp_path / "project" / "server.py"
    inside.parent.mkdir()
    inside.write_text("newer", "utf-8")
    outside = tmp_path / "elsewhere.py"
    outside.write_text("old", "utf-8")
    link = inside.with_name("link.py")
    link.symlink_to(outside)

    for path, why in ((inside, "changed"), (link, "out of the project")):
        with pytest.raises(OSError, match=why):
            rewrite_file(str(path), b"old", b"new", root=str(inside.parent))

    assert inside.read_text("utf-8") == "newer"
    assert outside.read_text("utf-8") == "old"


@pytest.mark.skipif(GIT is None, reason="git is not there")
def test_patch_does_what_fix_does(shell: Shell) -> None:
    """`git apply` of `--diff` leaves the files as `--fix` does, strange ones too."""
    files: dict[str, str | bytes] = {
        "server.py": LOOP,
        'with space/ho"me é.py': LOOP + "\n",
        "crlf.py": LOOP.replace("\n", "\r\n").encode(),
    }
    shell.write(files)
    git = [str(GIT), "-C", str(shell.folder)]
    subprocess.run([*git, "init", "-q"], check=True)

    ran = shell("check", "--diff", *ONLY)
    assert ran.code == 1
    assert "3 findings would be fixed" in ran.err
    assert {name: (shell.folder / name).read_bytes() for name in files} == {
        name: text.encode() if isinstance(text, str) else text
        for name, text in files.items()
    }
    subprocess.run([*git, "apply", "-"], input=ran.out.encode(), check=True)
    patched = {name: (shell.folder / name).read_bytes() for name in files}
    assert shell("check", "--diff", *ONLY).code == 0
    shell.write(files)
    shell("check", "--fix", *ONLY)

    assert {name: (shell.folder / name).read_bytes() for name in files} == patched


def test_fix_that_brings_up_another_finding_is_refused(shell: Shell) -> None:
    """The copy of a fix would be an ignore that has nothing to silence any more."""
    text = LOOP.replace("in boats:", "in boats:  # wsaudit: ignore[WS181] few")
    shell.write({"server.py": text})

    ran = shell("check", "--fix", "--no-cache", "--exit-zero", "--select", "WS181")

    assert (shell.folder / "server.py").read_text("utf-8") == text
    assert "fixed" not in ran.out


def test_fix_makes_no_rule_speak_that_was_not_asked(shell: Shell) -> None:
    """Where only some rules are told of, the others are listened to all the same."""
    text = LOOP.replace("in boats:", "in boats:  # wsaudit: ignore[WS181] few")
    shell.write({"server.py": text})
    options = ("check", "--fix", "--unsafe-fixes", "--no-cache", "--exit-zero")

    shell(*options, "--select", "WS180")
    assert (shell.folder / "server.py").read_text("utf-8") == text

    shell.write({"server.py": LOOP})
    ran = shell(*options, "--select", "WS180")
    assert "except" in (shell.folder / "server.py").read_text("utf-8")
    assert "1 finding fixed" in ran.out
    assert "WS181" not in ran.out


def test_a_whole_project_is_mended(shell: Shell) -> None:
    """Nothing with a fix is left, and what was not said before is not said after."""
    shutil.copytree(FRAGILE, shell.folder, dirs_exist_ok=True)
    before = shell("check", "--no-cache", "--strict", "--statistics", "-q").out

    ran = shell(
        "check", "--no-cache", "--fix", "--unsafe-fixes", "--exit-zero", "--strict"
    )

    told = set(re.findall(r" (WS\d{3}) ", ran.out))
    assert "more with" not in ran.out
    assert told <= set(re.findall(r" (WS\d{3}) ", before))
    assert not told & fixers().keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fix", "--diff"), "exclude each other"),
        (("--unsafe-fixes",), "goes with `--fix` or `--diff`"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: tuple[str, ...], message: str, shell: Shell
) -> None:
    """They end with a sentence."""
    ran = shell("check", *options)

    assert ran.code == 2
    assert message in ran.err


def test_formats_carry_the_edits(shell: Shell) -> None:
    """JSON has byte offsets, SARIF regions; both say whether it is safe."""
    shell.write({"server.py": LOOP})

    json = shell("check", "--format", "json", *ONLY)
    sarif = shell("check", "--format", "sarif", *ONLY)

    start = LOOP.encode().index(b"boats:\n")
    assert f'"start": {start},' in json.out
    assert '"text": "list("' in json.out
    assert '"applicability": "safe"' in json.out
    assert '"deletedRegion"' in sarif.out
    assert '"insertedContent"' in sarif.out


TEXTS = st.text("ab\n", max_size=6)
CUTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), TEXTS), max_size=5)


@given(st.binary(min_size=40, max_size=40), CUTS)
def test_shift_follows_every_byte(
    data: bytes, cuts: list[tuple[int, int, str]]
) -> None:
    """A byte that no edit touches is where the shift says, and is the same byte."""
    edits = [Edit(Place("a.py", at, at + size), text) for at, size, text in cuts]
    if overlapping(edits):
        return
    after, shift = edited(data, edits), Shift.of(edits)

    touched = {at for edit in edits for at in range(edit.at.start, edit.at.end + 1)}
    for at in set(range(len(data) - 1)) - touched - {one - 1 for one in touched}:
        start, end = shift.stretch(Place("a.py", at, at + 1))
        assert after[start:end] == data[at : at + 1]


@pytest.mark.skipif(GIT is None, reason="git is not there")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"a\n"),
        (b"a", b"b"),
        (b"a\n", b"a"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\rb\n", b"a\rc\n"),
        (b"".join(b"%d\n" % n for n in range(40)), b"x\n" * 3),
    ],
)
def test_patch_is_one_that_git_takes(
    before: bytes, after: bytes, tmp_path: Path
) -> None:
    """Whatever lines there are, and whatever ends them."""
    file = tmp_path / "a b.py"
    file.write_bytes(before)

    subprocess.run(
        [str(GIT), "apply", "-"],
        cwd=tmp_path,
        input=patch([("a b.py", before, after)]),
        check=True,
    )

    assert file.read_bytes() == after


def test_edits_of_one_place_are_refused() -> None:
    """A fix says one thing of a place."""
    edits = (Edit(Place("a.py", 1, 1), "x"), Edit(Place("a.py", 1, 3), "y"))

    with pytest.raises(ValueError, match="twice"):
        Fix("both", Applicability.SAFE, edits)
