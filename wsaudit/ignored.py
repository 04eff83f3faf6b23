"""Which paths `.gitignore` files and configured patterns leave out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE_LIMIT = 1 << 20
LINE_LIMIT = 500
STAR_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Ignored:
    """The ignore files in force in a folder, each with its own, the deepest first."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def above(cls, start: str) -> Ignored:
        """What the repository's ignore files say below ``start``.

        Nothing when they ignore ``start`` itself: the user asked for it by name. The
        file in ``start`` is not among them, see `inside`.
        """
        ignored = cls.around(start, inclusive=False)
        return cls() if ignored.match(start, folder=True, parents=True) else ignored

    @classmethod
    def around(cls, folder: str, *, inclusive: bool = True) -> Ignored:
        """All ignore files from the repository's top down to ``folder``."""
        top = git_top(folder)
        if top is None:
            return cls()
        folders = [folder]
        while folders[-1] != top:
            folders.append(os.path.dirname(folders[-1]))
        ignored = cls().reading(top, os.path.join(top, ".git", "info", "exclude"))
        for each in reversed(folders[0 if inclusive else 1 :]):
            ignored = ignored.reading(each, os.path.join(each, ".gitignore"))
        return ignored

    def inside(self, folder: str, entries: Iterable[os.DirEntry[str]]) -> Ignored:
        """These and the folder's own ignore file, if it has one."""
        for entry in entries:
            if entry.name == ".gitignore":
                return self.reading(folder, entry.path)
        return self

    def reading(self, folder: str, path: str) -> Ignored:
        """These and the patterns of one more file, which win over the others."""
        try:
            if not os.path.isfile(path):
                return self
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read(IGNORE_FILE_LIMIT).splitlines()
        except OSError:
            return self
        return Ignored(((folder, _spec(lines)), *self.specs)) if lines else self

    def match(self, path: str, *, folder: bool, parents: bool = False) -> bool:
        """Whether an absolute path is ignored; its parents count with ``parents``."""
        while True:
            for base, spec in self.specs:
                verdict = spec.check_file(_below(path, base, folder=folder)).include
                if verdict is not None:
                    if verdict:
                        return True
                    break
            path, folder = os.path.dirname(path), True
            if not parents or not any(_inside(path, base) for base, _ in self.specs):
                return False


@dataclass(frozen=True, slots=True)
class Patterns:
    """Configured patterns: names such as ``dist`` or ``*.min.js``, and paths.

    A pattern with a slash is read as in a `.gitignore` at ``root``.
    """

    root: str
    names: frozenset[str] = frozenset()
    globs: tuple[str, ...] = ()
    paths: GitIgnoreSpec | None = field(default=None, compare=False)

    @classmethod
    def of(cls, root: str, patterns: Iterable[str]) -> Patterns:
        """Sort patterns by what it takes to match them."""
        plain = [pattern.removesuffix("/") for pattern in patterns]
        flat = [pattern for pattern in plain if "/" not in pattern]
        deep = [pattern for pattern in plain if "/" in pattern]
        return cls(
            root,
            frozenset(name for name in flat if not set(name) & set("*?[")),
            tuple(name for name in flat if set(name) & set("*?[") and _cheap(name)),
            _spec(deep) if deep else None,
        )

    def match(self, path: str, *, folder: bool, parents: bool = False) -> bool:
        """Whether an absolute path is meant; its parents below the root count too."""
        name = os.path.basename(path)
        if name in self.names or any(fnmatchcase(name, glob) for glob in self.globs):
            return True
        if (
            self.paths
            and _inside(path, self.root)
            and self.paths.match_file(_below(path, self.root, folder=folder))
        ):
            return True
        above = os.path.dirname(path)
        if not parents or not _inside(above, self.root):
            return False
        return self.match(above, folder=True, parents=True)


def git_top(path: str) -> str | None:
    """The nearest folder at or above ``path`` that holds `.git`."""
    folder = path
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    # Imported late: half the time of a small run would be this import.
    from pathspec import GitIgnoreSpec

    good = [line for line in lines if _cheap(line)]
    try:
        return GitIgnoreSpec.from_lines(good)
    except (ValueError, re.error):
        return GitIgnoreSpec.from_lines([line for line in good if _valid(line)])


def _valid(pattern: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([pattern])
    except (ValueError, re.error):
        return False
    return True


def _cheap(pattern: str) -> bool:
    """Whether a pattern's regular expression cannot take long on a long name."""
    return len(pattern) <= LINE_LIMIT and pattern.count("*") <= STAR_LIMIT


def _below(path: str, base: str, *, folder: bool) -> str:
    shown = path[len(base) :].lstrip(os.sep).replace(os.sep, "/")
    return shown + "/" if folder else shown


def _inside(path: str, base: str) -> bool:
    return path.startswith(base.rstrip(os.sep) + os.sep)
