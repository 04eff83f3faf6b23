"""Which files a run looks at: code, the support files beside it, what is refused."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.ignored import Ignored, Patterns
from wsaudit.outcome import Skip
from wsaudit.source import Language, language_of

if TYPE_CHECKING:
    from wsaudit.config import Config

SUPPORT = re.compile(
    r"""(?:
      [^/]*Dockerfile[^/]* | [^/]*compose[^/]*\.ya?ml | Procfile[^/]* | [^/]*\.service
    | [^/]*\.conf(?:\.template)? | [^/]*\.tf | [^/]*[Ii]ngress[^/]*\.ya?ml
    | [^/]*\.sh | gunicorn[^/]*\.py
    | (?:ts|js)config[^/]*\.json | package\.json
    | pyproject\.toml | requirements[^/]*\.txt | hypercorn[^/]*\.toml | [Mm]akefile
    | \.?wsaudit\.toml
    )\Z""",
    re.VERBOSE,
)
DECLARATIONS = re.compile(r".*\.d\.(?:[mc]?ts|[^.]+\.ts)\Z", re.DOTALL)
MINIFIED = re.compile(r".*[.-]min\.[mc]?js\Z", re.DOTALL)
GENERATED = re.compile(r".*(?:_pb2(?:_grpc)?\.py|[._]pb\.[a-z]+)\Z", re.DOTALL)

INSTALLED = ".dist-info"
"""What installers leave beside each package: nobody wrote the code there here."""
PROXY_CONFIG_LIMIT = 1 << 20
PROXIES = re.compile(r"\.(?:conf(?:\.template)?|tf)\Z")
PROXY_WORDS = (b"proxy_", b"aws_lb", b"aws_alb")
"""What the configuration of a proxy holds, unlike other files of such names."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of code; ``explicit`` when the user named it rather than its folder."""

    path: str
    language: Language
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Discovered:
    """What lies below the given paths; all paths relative to ``root``, with ``/``.

    ``notes`` say what was done against the configuration because it was asked for.
    """

    root: str
    code: tuple[File, ...]
    support: tuple[str, ...]
    skipped: tuple[Skip, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Walk:
    """What one discovery has seen so far; paths are absolute."""

    root: str
    inside: tuple[str, ...]
    excluded: Patterns
    code: dict[str, bool] = field(default_factory=dict)
    support: set[str] = field(default_factory=set)
    skipped: dict[str, Skip] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def shown(self, path: str) -> str:
        return relative(path, self.root)

    def skip(self, path: str, reason: str, detail: str = "") -> None:
        shown = self.shown(path)
        self.skipped[shown] = Skip(shown, reason, detail)


class NoSuchPathError(Exception):
    """A path given by the user does not exist; the message names it."""


def discover(paths: Iterable[str], config: Config) -> Discovered:
    """Walk the given files and folders (relative to the working directory).

    A folder's excluded, ignored and linked-elsewhere entries are left out; a file named
    itself is taken whatever the excludes say, unless ``config.force_exclude``.
    Raises NoSuchPathError.
    """
    starts = sorted({os.path.abspath(path) for path in paths})
    for start in starts:
        if start not in config.held and not os.path.lexists(start):
            message = f"`{relative(start, os.getcwd())}` does not exist"
            raise NoSuchPathError(message)
    root = run_root(starts)
    walk = _Walk(
        root,
        tuple(os.path.realpath(path) for path in (root, *starts)),
        Patterns.of(config.root, (*config.exclude, *config.extend_exclude)),
    )
    for start in starts:
        if os.path.isdir(start):
            _folder(walk, start, Ignored.above(start))
        elif os.path.lexists(start):
            _named(walk, start, force=config.force_exclude)
    _follow_links(walk)
    for path in config.held:
        _held(walk, path, starts)
    _support_above(walk, starts)
    return _settled(walk)


def run_root(starts: list[str]) -> str:
    """The working directory when everything lies below it, else the common parent."""
    here = os.getcwd()
    if all(os.path.commonpath((here, start)) == here for start in starts):
        return here
    return os.path.commonpath(
        [start if os.path.isdir(start) else os.path.dirname(start) for start in starts]
    )


def relative(path: str, root: str) -> str:
    """An absolute path below ``root`` relative to it; ``/`` separates."""
    shown = path[len(root) :].lstrip(os.sep) if path.startswith(root) else path
    return (shown or ".").replace(os.sep, "/")


def _settled(walk: _Walk) -> Discovered:
    code = []
    for path, explicit in walk.code.items():
        language = language_of(path)
        if language:
            code.append(File(walk.shown(path), language, explicit))
    return Discovered(
        walk.root,
        tuple(sorted(code, key=lambda file: file.path)),
        tuple(sorted(walk.shown(path) for path in walk.support)),
        tuple(walk.skipped[path] for path in sorted(walk.skipped)),
        tuple(walk.notes),
    )


def _folder(walk: _Walk, top: str, ignored: Ignored) -> None:
    """Walk a folder without following links; links are kept for later."""
    # No link is followed below, so that one costly look at the real path is enough.
    pending = [(top, os.path.realpath(top), ignored)]
    while pending:
        folder, real, ignored = pending.pop()
        if real in walk.folders:
            continue
        walk.folders.add(real)
        try:
            with os.scandir(folder) as scan:
                entries = list(scan)
        except OSError as error:
            walk.skip(folder, "unreadable", error.strerror or "")
            continue
        if folder != top and any(one.name.endswith(INSTALLED) for one in entries):
            walk.skip(
                folder, "installed packages", "it holds the records of an installer"
            )
            continue
        ignored = ignored.inside(folder, entries)
        pending += [
            (entry.path, os.path.join(real, entry.name), ignored)
            for entry in entries
            if _entry(walk, entry, ignored)
        ]


def _entry(walk: _Walk, entry: os.DirEntry[str], ignored: Ignored) -> bool:
    """Note one entry of a folder; true for a folder to go into."""
    folder = entry.is_dir(follow_symlinks=False)
    link = not folder and entry.is_symlink()
    asked = folder or link or wanted(entry.name)
    if not asked or walk.excluded.match(entry.path, folder=folder or link):
        return False
    if ignored.match(entry.path, folder=folder):
        return False
    if link:
        walk.links.append(entry.path)
    elif not folder:
        _file(walk, entry.path, regular=entry.is_file(follow_symlinks=False))
    return folder


def wanted(name: str) -> bool:
    """Whether a file of this name is code, or tells how code is run."""
    return language_of(name) is not None or SUPPORT.match(name) is not None


def _named(walk: _Walk, path: str, *, force: bool) -> None:
    """A file the user named."""
    excluded = walk.excluded.match(path, folder=False, parents=True)
    if force and (
        excluded
        or Ignored.around(os.path.dirname(path)).match(path, folder=False, parents=True)
    ):
        walk.skip(path, "excluded", "named, but `--force-exclude` leaves it out")
        return
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        walk.skip(path, "unreadable", error.strerror or "")
        return
    if not wanted(os.path.basename(path)):
        walk.skip(path, "not code", "its suffix is none of the languages read")
        return
    if excluded:
        shown = walk.shown(path)
        walk.notes.append(f"`{shown}` is excluded, but read because it was named")
    _file(walk, path, regular=stat.S_ISREG(mode), explicit=not force)


def _held(walk: _Walk, path: str, starts: Iterable[str]) -> None:
    """Note a file of code that is below a start, but not on the disk yet."""
    if os.path.lexists(path) or not any(_below(path, start) for start in starts):
        return
    ignored = Ignored.around(os.path.dirname(path))
    if not (
        language_of(path) is None
        or skipped_by_name(os.path.basename(path))
        or walk.excluded.match(path, folder=False, parents=True)
        or ignored.match(path, folder=False, parents=True)
    ):
        walk.code[path] = False


def _file(walk: _Walk, path: str, *, regular: bool, explicit: bool = False) -> None:
    """Note a file whose name is wanted."""
    name = os.path.basename(path)
    if not regular:
        walk.skip(path, "not a file", "a pipe, socket or device")
        return
    if SUPPORT.match(name) and (not PROXIES.search(name) or _proxies(path)):
        walk.support.add(path)
    if language_of(name) is None:
        return
    reason = "" if explicit else skipped_by_name(name)
    if reason:
        walk.skip(path, reason, "by its name")
    else:
        walk.code[path] = explicit or walk.code.get(path, False)


def skipped_by_name(name: str) -> str:
    """Why a name says that nobody wrote this file here; empty when it does not."""
    if DECLARATIONS.match(name):
        return "declarations"
    if MINIFIED.match(name):
        return "minified"
    return "generated" if GENERATED.match(name) else ""


def _proxies(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            text = file.read(PROXY_CONFIG_LIMIT)
    except OSError:
        return False
    return any(word in text for word in PROXY_WORDS)


def _follow_links(walk: _Walk) -> None:
    """Follow links once everything that has a name of its own is known."""
    if not walk.links:
        return
    taken = {os.path.realpath(path) for path in walk.code}
    while walk.links:
        links, walk.links = sorted(walk.links), []
        for link in links:
            target = os.path.realpath(link)
            trouble = _refused(walk, link, target)
            if trouble:
                walk.skip(link, "link", trouble)
            elif os.path.isdir(target):
                if target not in walk.folders:
                    _folder(walk, link, Ignored.above(target))
            elif wanted(os.path.basename(link)) and target not in taken:
                taken.add(target)
                _file(walk, link, regular=os.path.isfile(target))


def _refused(walk: _Walk, link: str, target: str) -> str:
    if not os.path.exists(target):
        return "leads nowhere" if wanted(os.path.basename(link)) else ""
    if not any(_below(target, place) for place in walk.inside):
        return "leads out of the audited folders"
    if _below(os.path.realpath(os.path.dirname(link)), target):
        return "leads back to a folder above it"
    return ""


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _support_above(walk: _Walk, starts: list[str]) -> None:
    """Support files in the folders between the root and the given paths."""
    folders = {
        above
        for start in starts
        for above in _above(start, walk.root)
        if os.path.realpath(above) not in walk.folders
    }
    for folder in sorted(folders):
        try:
            with os.scandir(folder) as scan:
                entries = [entry for entry in scan if SUPPORT.match(entry.name)]
        except OSError:
            continue
        for entry in entries:
            if not entry.is_file(follow_symlinks=False) or entry.path in walk.code:
                continue
            if not PROXIES.search(entry.name) or _proxies(entry.path):
                walk.support.add(entry.path)


def _above(start: str, root: str) -> Iterator[str]:
    folder = start
    while folder != root and _below(folder, root):
        folder = os.path.dirname(folder)
        yield folder


def stamps(config: Config) -> dict[str, tuple[int, int]]:
    """When each file of a project was written, and how long it is.

    Raises NoSuchPathError.
    """
    found = discover(config.paths, config)
    known: dict[str, tuple[int, int]] = {}
    for path in (*(file.path for file in found.code), *found.support):
        with suppress(OSError):
            status = os.stat(os.path.join(found.root, path))
            known[path] = (status.st_mtime_ns, status.st_size)
    return known
