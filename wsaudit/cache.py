"""The cache: what screening and reading came to, kept from run to run as data."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

import wsaudit

FOLDER = ".wsaudit_cache"
FILE = "modules.msgpack"
SIZE_LIMIT = 512 << 20
TAG = """Signature: 8a477f597d28d172789f06886806bc55
# This directory holds the cache of wsaudit and can be deleted.
# See https://bford.info/cachedir/
"""

# A file written again within the clock's grain keeps its time stamp: what was changed
# this short a time before the cache was saved is recognised by content only.
GRAIN_NS = 2_000_000_000


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
    """What is known of the files of a root; ``key`` stands for what found it out."""

    root: str
    key: bytes
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
        folder = os.path.join(self.root, FOLDER)
        if not self.changed or os.path.islink(folder):
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
        with suppress(OSError):
            _write(folder, msgspec.msgpack.encode(_Stored(self.key, screened, modules)))

    def _storable(self, path: str) -> bool:
        """Whether a file still exists and its name is Unicode."""
        try:
            path.encode()
        except UnicodeEncodeError:
            return False
        return os.path.lexists(os.path.join(self.root, path))


def open_cache(root: str, words: Iterable[bytes]) -> Cache:
    """The cache of a root; empty when there is none, or it is damaged or outdated."""
    key = _key(words)
    with suppress(OSError, msgspec.DecodeError, RecursionError):
        path = os.path.join(root, FOLDER, FILE)
        if os.path.getsize(path) <= SIZE_LIMIT:
            with open(path, "rb") as file:
                stored = msgspec.msgpack.decode(file.read(), type=_Stored)
            if stored.key == key:
                return Cache(root, key, stored.screened, stored.modules)
    return Cache(root, key)


def content_digest(path: str, data: bytes) -> bytes:
    """What identifies a file's content; the suffix decides how it is read."""
    suffix = path.rpartition(".")[2].encode("utf-8", "surrogateescape")
    return hashlib.sha256(suffix + b"\0" + data).digest()


def _key(words: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256(wsaudit.__version__.encode())
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


def _write(folder: str, packed: bytes) -> None:
    os.makedirs(folder, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", TAG)):
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            with open(path, "x", encoding="utf-8") as file:
                file.write(text)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=FILE)
    try:
        with open(handle, "wb") as stream:
            stream.write(packed)
        os.replace(temporary, os.path.join(folder, FILE))
    except BaseException:
        os.unlink(temporary)
        raise
