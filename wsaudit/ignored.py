"""Which paths `.gitignore` files and configured patterns leave out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from wsaudit.patterns import PathPatterns
from wsaudit.regular import read_regular

IGNORE_FILE_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Ignored:
    """The ignore files in force in a folder, each with its own, the deepest first."""

    specs: tuple[tuple[str, PathPatterns], ...] = ()

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
            data = read_regular(path, IGNORE_FILE_LIMIT)
        except OSError:
            return self
        text = data.decode("utf-8-sig", "surrogateescape")
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        return Ignored(((folder, PathPatterns.of(lines)), *self.specs))

    def match(self, path: str, *, folder: bool, parents: bool = False) -> bool:
        """Whether an absolute path is ignored; its parents count with ``parents``."""
        while True:
            for base, spec in self.specs:
                verdict = spec.verdict(_below(path, base), folder=folder)
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
    forms: PathPatterns

    @classmethod
    def of(cls, root: str, patterns: Iterable[str]) -> Patterns:
        """The patterns; a `/` at their end makes no difference."""
        plain = [pattern.removesuffix("/") for pattern in patterns]
        return cls(root, PathPatterns.of(plain, literal=True))

    def match(self, path: str, *, folder: bool, parents: bool = False) -> bool:
        """Whether an absolute path is meant; its parents below the root count too."""
        while True:
            inside = _inside(path, self.root)
            shown = _below(path, self.root) if inside else os.path.basename(path)
            if self.forms.verdict(shown, folder=folder):
                return True
            path, folder = os.path.dirname(path), True
            if not parents or not _inside(path, self.root):
                return False


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


def _below(path: str, base: str) -> str:
    return path[len(base) :].lstrip(os.sep).replace(os.sep, "/")


def _inside(path: str, base: str) -> bool:
    return path.startswith(base.rstrip(os.sep) + os.sep)
