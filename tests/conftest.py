"""What all tests share: an option to rewrite stored texts, and a folder to run in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.commands import Shell

settings.register_profile("short", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("fuzz", max_examples=2_000, deadline=None)
settings.load_profile("short")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update`` and ``--every-break``."""
    parser.addoption(
        "--update",
        action="store_true",
        help="rewrite golden reports and tables; read the diff before you commit",
    )
    parser.addoption(
        "--every-break",
        action="store_true",
        help="try all ways to break a sound project, not one a rule",
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Tell whether stored texts are to be rewritten."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder after the other for caches, none of which is there yet."""
    base = tmp_path_factory.mktemp("caches")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_cache(caches: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caches of a test apart from all others, and from the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(next(caches)))
    for name in ("WSAUDIT_CACHE_DIR", "WSAUDIT_CACHE_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shell(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """Run wsaudit in an empty folder."""
    return Shell(tmp_path, capsys, monkeypatch)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the reader processes, so that patched readers reach them.

    Tests that run in parallel have a thread of their runner beside them, for which the
    program would start new processes instead.
    """
    monkeypatch.setattr("wsaudit.workers._may_fork", lambda: True)
