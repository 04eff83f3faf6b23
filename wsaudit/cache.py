"""The cache: what screening and reading came to, kept from run to run as data.

It lies in a folder of the user, sealed with a key of the user: what a repository brings
along is never opened, and what does not prove to be ours is as if it were not there.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

import wsaudit
from wsaudit.ignored import git_top
from wsaudit.regular import is_straight, read_regular
from wsaudit.sealed import (
    OVERHEAD,
    replace_file,
    seal,
    unseal,
    users_folder,
    users_secret,
)

SIZE_LIMIT = 128 << 20
FOLDER_LIMIT = 256 << 20
KEPT_DAYS = 30
DAY = 86_400
_LASTING = (".sealed", ".answer")
_OURS = re.compile(r"[0-9a-f]{32}\.(?:sealed|answer)|\.wsaudit-\w+")

# A file written again within the clock's grain keeps its time stamp: what was changed
# this short a time before the cache was saved is recognised by content only.
GRAIN_NS = 2_000_000_000


class CacheFolderError(Exception):
    """The folder for the cache is not where it seems to be; the message names it."""


class Kept(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A file's packed Module, and the file it was made of."""

    mtime_ns: int
    size: int
    digest: bytes
    module: bytes


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    key: bytes
    screened: dict[str, tuple[int, int, bool]]
    modules: dict[str, Kept]


@dataclass(slots=True)
class Cache:
    """What is known of the files of a root; ``key`` stands for what found it out.

    It is saved to ``file`` under ``secret``; without a file it lasts for this run.
    """

    root: str
    key: bytes
    file: str = ""
    secret: bytes = field(default=b"", repr=False)
    screened: dict[str, tuple[int, int, bool]] = field(default_factory=dict)
    modules: dict[str, Kept] = field(default_factory=dict)
    changed: bool = False

    def matters(self, path: str, status: os.stat_result) -> bool | None:
        """Whether a file can matter; None when it was written since, or never seen."""
        found = self.screened.get(path)
        if found and found[:2] == (status.st_mtime_ns, status.st_size):
            return found[2]
        return None

    def note(self, path: str, status: os.stat_result, *, matters: bool) -> None:
        """Keep whether a file can matter."""
        self.screened[path] = (status.st_mtime_ns, status.st_size, matters)
        self.changed = True

    def unchanged(self, path: str, status: os.stat_result) -> bytes | None:
        """The packed Module of a file that was not written since."""
        kept = self.modules.get(path)
        if kept and (kept.mtime_ns, kept.size) == (status.st_mtime_ns, status.st_size):
            return kept.module
        return None

    def same(self, path: str, digest: bytes) -> bytes | None:
        """The packed Module of a file with this very content."""
        kept = self.modules.get(path)
        return kept.module if kept and kept.digest == digest else None

    def keep(
        self, path: str, status: os.stat_result, digest: bytes, module: bytes
    ) -> None:
        """Keep a file's packed Module."""
        self.modules[path] = Kept(status.st_mtime_ns, status.st_size, digest, module)
        self.changed = True

    def save(self) -> None:
        """Write the file if anything changed; a folder that refuses is left alone."""
        if not self.changed or not self.file:
            return
        recent = time.time_ns() - GRAIN_NS
        screened = {
            path: found
            for path, found in self.screened.items()
            if found[0] <= recent and self._storable(path)
        }
        modules = {
            path: msgspec.structs.replace(kept, mtime_ns=0)
            if kept.mtime_ns > recent
            else kept
            for path, kept in self.modules.items()
            if self._storable(path)
        }
        packed = msgspec.msgpack.encode(_Stored(self.key, screened, modules))
        write_sealed(self.file, packed, self.secret)

    def _storable(self, path: str) -> bool:
        """Whether a file still exists and its name is Unicode."""
        try:
            path.encode()
        except UnicodeEncodeError:
            return False
        return os.path.lexists(os.path.join(self.root, path))


def open_cache(root: str, words: Iterable[bytes], *, folder: str = "") -> Cache:
    """The cache of a root; empty when there is none, or it is damaged or outdated.

    ``folder`` is where the user wants it, by default a folder of the user. Raises
    CacheFolderError when a link in the audited tree would choose another one.
    """
    key = _key(root, words)
    place = users_place(root, folder)
    if place is None:
        return Cache(root, key)
    file = os.path.join(place.folder, f"{_address(root)}.sealed")
    with suppress(OSError, msgspec.DecodeError, RecursionError):
        stored = msgspec.msgpack.decode(
            read_sealed(file, place.secret) or b"", type=_Stored
        )
        if stored.key == key:
            _used(file)
            return Cache(root, key, file, place.secret, stored.screened, stored.modules)
    return Cache(root, key, file, place.secret)


@dataclass(frozen=True, slots=True)
class UsersPlace:
    """A folder in which this user keeps what is found, and what seals it."""

    folder: str
    secret: bytes = field(repr=False)


def users_place(root: str, folder: str = "") -> UsersPlace | None:
    """Where to keep what is found of a root; see `open_cache`. None for nowhere."""
    home = users_folder()
    place = os.path.abspath(folder) if folder else home
    if folder and not is_straight(place, root):
        raise CacheFolderError(f"`{folder}`: a link leads out of it")
    secret = users_secret(home if home and not _within(home, root) else "")
    if not place or secret is None or (not folder and _within(place, root)):
        return None
    return UsersPlace(place, secret)


def read_sealed(file: str, secret: bytes) -> bytes | None:
    """What lies in a sealed file; None when it is not as it was written.

    Raises OSError.
    """
    return unseal(read_regular(file, SIZE_LIMIT, private=True), secret)


def write_sealed(file: str, data: bytes, secret: bytes) -> None:
    """Seal data into a file of the user, unless it is too large or cannot be."""
    if len(data) + OVERHEAD <= SIZE_LIMIT:
        with suppress(OSError):
            _write(file, seal(data, secret))


def content_digest(path: str, data: bytes) -> bytes:
    """What identifies a file's content; the suffix decides how it is read."""
    suffix = path.rpartition(".")[2].encode("utf-8", "surrogateescape")
    return hashlib.sha256(suffix + b"\0" + data).digest()


def _address(root: str) -> str:
    """The name of the file of a checkout, by the place where it really is."""
    real = os.path.realpath(root).encode("utf-8", "surrogateescape")
    return hashlib.sha256(real).hexdigest()[:32]


def _within(folder: str, root: str) -> bool:
    """Whether a folder lies in the checkout, where others may have put things."""
    top = os.path.realpath(git_top(root) or root)
    return os.path.commonpath((top, os.path.realpath(folder))) == top


def _key(root: str, words: Iterable[bytes]) -> bytes:
    """What everything that is kept depends on, the place of the root included."""
    digest = hashlib.sha256(f"{wsaudit.__version__} {_address(root)}".encode())
    for word in sorted(words):
        digest.update(b"\0" + word)
    for source in _sources():
        with open(source, "rb") as file:
            digest.update(file.read())
    return digest.digest()


def _sources() -> list[str]:
    """The modules that decide what is kept: the screen and the readers."""
    package = os.path.dirname(wsaudit.__file__)
    found = [os.path.join(package, "screen.py")]
    for folder, _, names in os.walk(os.path.join(package, "syntax")):
        found += [os.path.join(folder, name) for name in names if name.endswith(".py")]
    return sorted(found)


def _used(file: str) -> None:
    """Note once a day that a file is in use, for `_prune`."""
    if time.time() - os.stat(file).st_mtime > DAY:
        os.utime(file)


def _write(file: str, sealed: bytes) -> None:
    folder = os.path.dirname(file)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    replace_file(file, sealed)
    _prune(folder)


def _prune(folder: str) -> None:
    """Delete what was not used for long, then the oldest until little enough is left.

    Only files that have our names are touched.
    """
    kept: list[tuple[float, int, str]] = []
    with os.scandir(folder) as scan:
        for entry in scan:
            if not _OURS.fullmatch(entry.name) or not entry.is_file(
                follow_symlinks=False
            ):
                continue
            status = entry.stat(follow_symlinks=False)
            kept.append((status.st_mtime, status.st_size, entry.path))
    total = 0
    now = time.time()
    for used, size, path in sorted(kept, reverse=True):
        total += size
        days = KEPT_DAYS if path.endswith(_LASTING) else 1
        if total > FOLDER_LIMIT or now - used > days * DAY:
            with suppress(OSError):
                os.unlink(path)
