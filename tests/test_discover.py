"""Which files a run looks at, whatever they are called and however they are linked."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from wsaudit.config import Config
from wsaudit.discover import Discovered, NoSuchPathError, discover
from wsaudit.source import Language


def _tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n", encoding="utf-8")


def _discover(root: Path, *paths: str, **options: object) -> Discovered:
    starts = [str(root / path) for path in paths] or [str(root)]
    return discover(starts, Config(str(root), **options))  # type: ignore[arg-type]


def _names(found: Discovered) -> list[str]:
    return [file.path for file in found.code]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.py", Language.PYTHON),
        ("a.ts", Language.TYPESCRIPT),
        ("a.tsx", Language.TYPESCRIPT),
        ("a.mts", Language.TYPESCRIPT),
        ("a.cts", Language.TYPESCRIPT),
        ("a.js", Language.TYPESCRIPT),
        ("a.jsx", Language.TYPESCRIPT),
        ("a.mjs", Language.TYPESCRIPT),
        ("a.cjs", Language.TYPESCRIPT),
        ("A.PY", Language.PYTHON),
    ],
)
def test_suffix_tells_the_language(
    name: str, language: Language, tmp_path: Path
) -> None:
    """Every suffix that is read has its language."""
    _tree(tmp_path, name)

    assert [file.language for file in _discover(tmp_path).code] == [language]


@pytest.mark.parametrize("name", ["a.pyi", "a.rs", "py", ".py", "a.py.txt", "README"])
def test_other_names_are_no_code(name: str, tmp_path: Path) -> None:
    """What is not read is not listed either."""
    _tree(tmp_path, name)
    found = _discover(tmp_path)

    assert found.code == ()
    assert found.skipped == ()


NASTY = [
    "with space.py",
    "[id].tsx",
    "'quote\".ts",
    "emoji 🙂.py",
    "esc\x1b[31m.py",
    "new\nline.ts",
    "-v.py",
    "back\\slash.py",
    "\udcff.py",
]


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_any_name_works(name: str, tmp_path: Path) -> None:
    """Names are data: no character has a meaning."""
    _tree(tmp_path, f"deep/{name}")

    assert _names(_discover(tmp_path)) == [f"deep/{name}"]
    assert _names(_discover(tmp_path, f"deep/{name}"))


def test_default_excludes_are_left_out(tmp_path: Path) -> None:
    """Dependencies, environments and build output are not the user's code."""
    _tree(tmp_path, "a.py", "node_modules/b.js", ".venv/c.py", "web/dist/d.js")

    assert _names(_discover(tmp_path)) == ["a.py"]


def test_configured_excludes_are_names_globs_and_paths(tmp_path: Path) -> None:
    """A pattern without a slash is a name, one with a slash a path from the root."""
    _tree(tmp_path, "a.py", "a_test.py", "old/b.py", "web/old/c.ts", "web/gen/d.ts")
    found = _discover(tmp_path, extend_exclude=("old", "*_test.py", "web/gen/"))

    assert _names(found) == ["a.py"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("types.d.ts", "declarations"),
        ("env.d.mts", "declarations"),
        ("lib.min.js", "minified"),
        ("chat_pb2.py", "generated"),
        ("chat.pb.ts", "generated"),
    ],
)
def test_files_written_by_tools_are_skipped_and_listed(
    name: str, reason: str, tmp_path: Path
) -> None:
    """A name that says that nobody wrote the file here is a visible skip."""
    _tree(tmp_path, name)
    found = _discover(tmp_path)

    assert found.code == ()
    assert [(skip.path, skip.reason) for skip in found.skipped] == [(name, reason)]


@pytest.mark.parametrize("name", ["lib.min.js", "dist/a.js", "ignored.py"])
def test_named_file_is_taken_unless_excludes_are_forced(
    name: str, tmp_path: Path
) -> None:
    """Who names a file means it; a hook says that excludes hold all the same."""
    _tree(tmp_path, name)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    taken = _discover(tmp_path, name)
    forced = _discover(tmp_path, name, force_exclude=True)

    assert [(Path(file.path).name, file.explicit) for file in taken.code] == [
        (Path(name).name, True)
    ]
    assert forced.code == ()


def test_gitignore_counts_at_every_level(tmp_path: Path) -> None:
    """The deepest file wins, `!` takes back, and `.git/info/exclude` comes last."""
    _tree(tmp_path, "a.py", "b.py", "web/b.py", "web/c.ts", "web/d.ts", "secret.py")
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("secret.py\n")
    (tmp_path / ".gitignore").write_text("b.py\n")
    (tmp_path / "web" / ".gitignore").write_text("!b.py\n/c.ts\n")

    assert _names(_discover(tmp_path)) == ["a.py", "web/b.py", "web/d.ts"]


def test_gitignore_above_the_given_folder_counts(tmp_path: Path) -> None:
    """A run over a part of a repository respects what the whole ignores."""
    _tree(tmp_path, "app/web/a.ts", "app/web/b.gen.ts")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.gen.ts\n")

    assert _names(_discover(tmp_path, "app/web")) == ["a.ts"]


def test_ignored_folder_is_audited_when_named(tmp_path: Path) -> None:
    """Naming an ignored folder means that it shall be looked at."""
    _tree(tmp_path, "scratch/a.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("scratch/\n")

    assert _names(_discover(tmp_path)) == []
    assert _names(_discover(tmp_path, "scratch")) == ["a.py"]


def test_broken_ignore_patterns_are_passed_over(tmp_path: Path) -> None:
    """A line that is no pattern, or would take for ever, does not count."""
    _tree(tmp_path, "a.py", "b.py")
    (tmp_path / ".gitignore").write_text("!\n\\\n" + "a*" * 40 + "z\nb.py\n")

    assert _names(_discover(tmp_path)) == ["a.py"]


def test_link_inside_is_followed_once(tmp_path: Path) -> None:
    """A linked folder is read under the link's name, unless it is read anyway."""
    _tree(tmp_path, "shared/a.py", "back/b.py")
    (tmp_path / "back" / "shared").symlink_to("../shared")
    (tmp_path / "back" / "again").symlink_to("../shared")
    found = _discover(tmp_path)

    assert _names(found) == ["back/b.py", "shared/a.py"]
    assert found.skipped == ()


def test_link_loop_and_link_out_are_refused(tmp_path: Path) -> None:
    """What leads round in a circle, outside or nowhere is listed and not followed."""
    root = tmp_path / "root"
    _tree(tmp_path, "outside/a.py", "root/b.py")
    (root / "loop").symlink_to(".")
    (root / "away").symlink_to("../outside")
    (root / "gone.py").symlink_to("nowhere.py")
    found = _discover(root)

    assert _names(found) == ["b.py"]
    assert {skip.path: skip.detail for skip in found.skipped} == {
        "away": "leads out of the audited folders",
        "gone.py": "leads nowhere",
        "loop": "leads back to a folder above it",
    }


def test_linked_file_is_read_once(tmp_path: Path) -> None:
    """Two names of one file are one file."""
    _tree(tmp_path, "a.py")
    (tmp_path / "b.py").symlink_to("a.py")

    assert _names(_discover(tmp_path)) == ["a.py"]


def test_pipe_and_socket_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no regular file is never opened, named or not."""
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)
        server.bind("s.ts")
    found = _discover(tmp_path)
    named = _discover(tmp_path, "pipe.py")

    assert [skip.reason for skip in found.skipped] == ["not a file", "not a file"]
    assert [skip.reason for skip in named.skipped] == ["not a file"]
    assert found.code == named.code == ()


def test_missing_path_is_an_error(tmp_path: Path) -> None:
    """A path that does not exist is named."""
    with pytest.raises(NoSuchPathError, match=r"nowhere.*does not exist"):
        _discover(tmp_path, "nowhere")


def test_named_file_that_is_no_code_is_listed(tmp_path: Path) -> None:
    """Naming a text file does not make it code, and is not passed over in silence."""
    _tree(tmp_path, "notes.txt")
    found = _discover(tmp_path, "notes.txt")

    assert [skip.reason for skip in found.skipped] == ["not code"]


def test_root_is_the_common_folder(tmp_path: Path) -> None:
    """Paths are relative to the common parent when the run starts elsewhere."""
    _tree(tmp_path, "app/back/a.py", "app/web/b.ts")
    found = _discover(tmp_path, "app/back", "app/web")

    assert found.root == str(tmp_path / "app")
    assert _names(found) == ["back/a.py", "web/b.ts"]


def test_root_is_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths are relative to where the user is when all lies below."""
    _tree(tmp_path, "app/back/a.py")
    monkeypatch.chdir(tmp_path)

    assert _names(discover(["app/back"], Config(str(tmp_path)))) == ["app/back/a.py"]


def test_overlapping_paths_are_read_once(tmp_path: Path) -> None:
    """A file below two given paths is one file, explicit when it is named."""
    _tree(tmp_path, "app/a.py", "app/b.py")
    found = _discover(tmp_path, "app", "app/a.py", ".")

    assert [(file.path, file.explicit) for file in found.code] == [
        ("app/a.py", True),
        ("app/b.py", False),
    ]


def test_support_files_are_found_beside_the_code(tmp_path: Path) -> None:
    """What says how the code is run and resolved comes along."""
    names = [
        "Dockerfile.prod",
        "Makefile",
        "Procfile",
        "deploy/app.service",
        "docker-compose.override.yml",
        "gunicorn_conf.py",
        "hypercorn.toml",
        "package.json",
        "pyproject.toml",
        "requirements-dev.txt",
        "start.sh",
        "web/jsconfig.json",
        "web/tsconfig.app.json",
    ]
    _tree(tmp_path, *names, "notes.toml", "other.conf")
    (tmp_path / "site.conf").write_text("location / { proxy_pass http://app; }")

    assert sorted((*names, "site.conf")) == list(_discover(tmp_path).support)


def test_support_files_above_the_given_folders_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check backend/ frontend/` also reads the compose file beside them."""
    _tree(tmp_path, "backend/a.py", "docker-compose.yml", "other/Dockerfile")
    monkeypatch.chdir(tmp_path)
    found = discover(["backend"], Config(str(tmp_path)))

    assert found.support == ("docker-compose.yml",)


def test_folder_of_installed_packages_is_left_out(tmp_path: Path) -> None:
    """Packages that were installed into the tree are seen as what they are."""
    for name in ("app.py", "libs/six.py", "libs/six-1.16.0.dist-info/RECORD"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    found = discover((str(tmp_path),), Config(root=str(tmp_path)))

    assert [file.path for file in found.code] == ["app.py"]
    assert [(skip.path, skip.reason) for skip in found.skipped] == [
        ("libs", "installed packages")
    ]
