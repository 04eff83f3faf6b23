"""The project as it was where a branch left another one, read from git's objects.

The user's files are not touched: what matters of the old tree is written to a folder
that goes away, audited whole, and its findings are those that are not new.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from wsaudit.baseline import Entries, entries_of
from wsaudit.config import EXCLUDED, Config, ConfigError
from wsaudit.discover import wanted
from wsaudit.engine import audit
from wsaudit.ignored import git_top
from wsaudit.patterns import found_below
from wsaudit.screen import SIZE_LIMIT

AUTO = "auto"
_SAFE = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.ext.allow=never")
# What is not here is not fetched, whatever the repository's configuration says.
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
_FILE_MODES = frozenset({"100644", "100755"})
MOST_BYTES = 1 << 30


def known_since(ref: str, config: Config) -> Entries:
    """The findings of the tree from which the work since ``ref`` began.

    ``auto`` takes the branch that a pull or merge request goes to, as CI names it.
    Raises ConfigError.
    """
    top = git_top(config.root)
    if top is None:
        raise ConfigError("`--new-since` needs a git repository around the project")
    base = _merge_base(top, _named_by_ci() if ref == AUTO else ref)
    with _tree(top, base) as folder:
        before = _moved(config, top, folder)
        if not before.paths:
            return Entries()
        return entries_of(audit(before), before)


def commit_of(folder: str) -> str:
    """The commit that the checkout around a folder is at, "" where there is none."""
    top = git_top(folder)
    if top is None:
        return ""
    try:
        return _git(top, "rev-parse", "--verify", "HEAD").decode("ascii").strip()
    except ConfigError:
        return ""


def _named_by_ci(environment: Mapping[str, str] = os.environ) -> str:
    branch = environment.get("GITHUB_BASE_REF", "")
    sha = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    if not branch and not sha:
        raise ConfigError(
            "`--new-since auto` is for pull requests on GitHub and merge requests on "
            "GitLab; name a branch or commit"
        )
    return f"origin/{branch}" if branch else sha


def _merge_base(top: str, ref: str) -> str:
    """The commit in which the work since a ref began. Raises ConfigError."""
    shallow = _git(top, "rev-parse", "--is-shallow-repository").strip() == b"true"
    deeper = "`git fetch --unshallow` brings the history"
    commit = _git(
        top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    if not commit:
        name = ref.removeprefix("origin/")
        why = f"; `git fetch origin {name}:refs/remotes/origin/{name}` brings it"
        raise ConfigError(f"git knows no commit `{ref}` here{why}")
    base = _git(top, "merge-base", "HEAD", commit.decode().strip())
    if not base:
        why = f"this clone is shallow: {deeper}" if shallow else "they share no history"
        raise ConfigError(f"no commit is behind both HEAD and `{ref}`; {why}")
    return base.decode().split()[0]


@contextmanager
def _tree(top: str, commit: str) -> Iterator[str]:
    """The files of a commit that an audit looks at, in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="wsaudit-") as folder:
        real = os.path.realpath(folder)
        for path, data in _blobs(top, commit):
            target = os.path.join(real, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "xb") as file:
                file.write(data)
        yield real


def _blobs(top: str, commit: str) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file that matters; links and submodules are left out."""
    listed: list[tuple[str, bytes]] = []
    total = 0
    for row in _git(top, "ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(
        b"\0"
    ):
        about, _, raw = row.partition(b"\t")
        words = about.split()
        path = os.fsdecode(raw)
        if len(words) != 4 or words[0].decode() not in _FILE_MODES:
            continue
        size = int(words[3])
        if size <= SIZE_LIMIT and _matters(path) and total + size <= MOST_BYTES:
            total += size
            listed.append((path, words[2]))
    asked = b"".join(sha + b"\n" for _, sha in listed)
    data = _git(top, "cat-file", "--batch", given=asked)
    at = 0
    for path, _ in listed:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[-1])
        yield path, data[end + 1 : end + 1 + size]
        at = end + 2 + size


def _matters(path: str) -> bool:
    parts = path.split("/")
    outside = any(part in ("", ".", "..", ".git") for part in parts)
    return not outside and (wanted(parts[-1]) or parts[-1] == ".gitignore")


def _moved(config: Config, top: str, folder: str) -> Config:
    """The configuration of today for the tree of then."""

    def then(path: str) -> str:
        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(top))
        return os.path.normpath(os.path.join(folder, inside))

    root = then(config.root)
    for pattern in config.dialects:
        for name in found_below(config.root, pattern, passed=EXCLUDED):
            target = os.path.join(root, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with (
                open(os.path.join(config.root, name), "rb") as source,
                open(target, "wb") as copy,
            ):
                copy.write(source.read())
    paths = [then(path) for path in config.paths]
    return replace(
        config,
        root=root,
        paths=tuple(path for path in paths if os.path.exists(path)),
        report_only=(),
        baseline="",
        cache=False,
    )


def _git(top: str, *arguments: str, given: bytes = b"") -> bytes:
    """What git says; nothing when it refuses. It runs no hook and no helper of others.

    Raises ConfigError where there is no git.
    """
    settings = [word for setting in _SAFE for word in ("-c", setting)]
    try:
        ran = subprocess.run(  # noqa: S603 - our own arguments, no shell
            ["git", *settings, "-C", top, *arguments],  # noqa: S607
            input=given,
            capture_output=True,
            check=False,
            env=os.environ | _QUIET,
        )
    except OSError as error:
        raise ConfigError(f"cannot run git: {error.strerror}") from None
    return ran.stdout if ran.returncode == 0 else b""
