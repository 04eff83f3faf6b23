"""Patterns of paths: what git says of them, and no input on which they take long."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsaudit.patterns import PathPatterns, TooManyFilesError, found_below

# A bracket is closed within its part, as everybody writes it.
_PART = (
    st.text("ab.*?!-\\", min_size=1, max_size=5).filter(lambda part: part[-1] != "\\")
    | st.from_regex(r"[ab*?]?\[[!^]?[ab.-]{1,3}\][ab*?]?", fullmatch=True)
    | st.just("**")
)
_PATTERN = st.builds(
    lambda sign, top, parts, end: sign + top + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(_PART, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
_PATHS = [
    "/".join(parts)
    for parts in (
        ("a",), ("b",), ("ab",), ("a.b",), ("a", "b"), ("b", "a"), ("ab", "a"),
        ("a", "a", "b"), ("a", "b", "ab"), ("b", "a.b", "a"), ("a-b",), ("a", "-"),
    )
]  # fmt: skip


def _verdict_of_git(folder: Path, lines: list[str], path: str) -> bool:
    """Whether git ignores a path, or a folder above it."""
    (folder / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = subprocess.run(
        ["git", "check-ignore", "--no-index", "-q", path],  # noqa: S607
        cwd=folder,
        check=False,
    )
    return ran.returncode == 0


def _verdict_of_ours(lines: list[str], path: str) -> bool:
    patterns = PathPatterns.of(lines)
    parts = path.split("/")
    return any(
        patterns.verdict("/".join(parts[:end]), folder=end < len(parts))
        for end in range(1, len(parts) + 1)
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty git repository."""
    folder = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # noqa: S607
    return folder


@given(lines=st.lists(_PATTERN, min_size=1, max_size=3), path=st.sampled_from(_PATHS))
def test_verdict_is_that_of_git(repository: Path, lines: list[str], path: str) -> None:
    """Names, paths, stars, brackets, negations and folders."""
    assert _verdict_of_ours(lines, path) == _verdict_of_git(repository, lines, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 12 + "*b", "a" * 250),
        ("*a" * 1_000 + "b", "a" * 250),
        ("**/a/" * 12 + "b", "a/" * 1_000 + "c"),
        ("**/*a*a*a*/**/*a*a*b", "/".join(["a" * 200] * 20)),
        ("**" * 500 + "b", "a" * 250),
        ("?*" * 100 + "b", "a" * 250),
        ("[" * 2_000, "a" * 250),
        ("[!b]*" * 200 + "b", "a" * 250),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    """Whoever writes the pattern may name the files as well."""
    began = time.process_time()
    for _ in range(20):
        PathPatterns.of([pattern]).verdict(path, folder=False)

    assert time.process_time() - began < 2


def test_thousands_of_patterns_are_looked_up(tmp_path: Path) -> None:
    """Plain names and paths cost nothing; of wild ones only so many count."""
    lines = [f"name{number}" for number in range(50_000)]
    lines += [f"*{number}*x" for number in range(50_000)]
    patterns = PathPatterns.of([*lines, "last"])

    assert patterns.verdict("deep/name49999", folder=False)
    assert patterns.verdict("last", folder=True)
    assert len(patterns.wild) == 1_000


def test_files_are_found_without_following_links(tmp_path: Path) -> None:
    """Neither a link, nor a FIFO, nor a folder is a file; links lead nowhere."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "d.toml").touch()
    (tmp_path / "d.toml").touch()
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "link.toml").symlink_to("d.toml")
    os.mkfifo(tmp_path / "fifo.toml")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.toml").touch()

    def found(pattern: str) -> list[str]:
        return found_below(str(tmp_path), pattern, passed={"node_modules"})

    assert found("**/*.toml") == ["a/b/d.toml", "d.toml"]
    assert found("*.toml") == ["d.toml"]
    assert found("a/*/d.toml") == ["a/b/d.toml"]
    assert found("d.toml") == ["d.toml"]
    assert found("e.toml") == []


def test_pattern_over_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is more likely a mistake than a wish."""
    monkeypatch.setattr("wsaudit.patterns.MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).touch()

    with pytest.raises(TooManyFilesError):
        found_below(str(tmp_path), "*.toml", passed=())
