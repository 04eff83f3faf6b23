"""What is shipped: the pages travel in the wheel, and the hooks can be installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from wsaudit import __version__
from wsaudit.pages import load_pages

ROOT = Path(__file__).parent.parent


def _build(kind: str, source: Path, target: Path) -> Path:
    """Build with the backend itself: no isolated environment, so no network."""
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        kind,
        "-d",
        str(target),
    ]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(target.iterdir())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the source distribution; its top folder is returned."""
    folder = tmp_path_factory.mktemp("sdist")
    archive = _build("sdist", ROOT, folder / "dist")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / f"wsaudit-{__version__}"


@pytest.fixture(scope="module")
def shipped(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel that was built from the source distribution."""
    wheel = _build("wheel", sdist, tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


def test_wheel_carries_every_page(shipped: set[str]) -> None:
    """A wheel without pages would install, start, and know no rules."""
    pages = {f"wsaudit/rules/{page.chapter}/{page.name}.md" for page in load_pages()}

    assert pages <= shipped


def test_wheel_carries_all_of_the_package(shipped: set[str]) -> None:
    """Modules, dialects and the other data of the package are in the wheel."""
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "wsaudit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert package <= shipped


def test_wheel_carries_nothing_else(shipped: set[str]) -> None:
    """Tests and fixtures stay out of the user's environment."""
    tops = {name.split("/")[0] for name in shipped}

    assert tops == {"wsaudit", f"wsaudit-{__version__}.dist-info"}


def test_sdist_carries_what_the_tests_need(sdist: Path) -> None:
    """Who packages wsaudit again can run its tests."""
    wanted = ("Makefile", "LICENSE", "README.md", "rules", "tests", "fixtures")

    assert [name for name in wanted if not (sdist / name).exists()] == []


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("validate-manifest", ".pre-commit-hooks.yaml"),
        ("validate-config", ".pre-commit-config.yaml"),
    ],
)
def test_hook_files_are_valid(command: str, file: str) -> None:
    """The hooks on offer and the hooks in use are what pre-commit can read."""
    run = subprocess.run(
        [sys.executable, "-m", "pre_commit", command, str(ROOT / file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a.py", True),
        ("a.ts", True),
        ("a.tsx", True),
        ("a.mts", True),
        ("a.cts", True),
        ("a.js", True),
        ("a.jsx", True),
        ("a.mjs", True),
        ("a.cjs", True),
        ("pages/[id].tsx", True),
        ("a.md", False),
        ("a.tsbuildinfo", False),
        ("apy", False),
    ],
)
def test_hooks_are_handed_every_language(path: str, *, wanted: bool) -> None:
    """Both hooks select files by name, so that ``.mts`` is not lost."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    patterns = re.findall(r"^  files: (.+)$", text, re.MULTILINE)

    assert len(patterns) == 2
    assert [bool(re.search(pattern, path)) for pattern in patterns] == [wanted] * 2
