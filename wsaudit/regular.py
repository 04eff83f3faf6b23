"""Files opened with care: regular ones, through no link, never more than a bound."""

from __future__ import annotations

import os
import stat

_CAREFUL = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    # A FIFO that nobody writes to must not hold us up before we see what it is.
    | getattr(os, "O_NONBLOCK", 0)
)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class NotRegularError(OSError):
    """What a path names is no file that we may read; ``strerror`` says why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(0, why, path)


def read_regular(
    path: str, limit: int, *, links: bool = False, private: bool = False
) -> bytes:
    """The bytes of a regular file, looked at before it is read.

    ``links`` lets the path itself be a symbolic link. A ``private`` file must belong to
    this user, and no one else may write to it. Raises OSError, among them
    NotRegularError for what is no such file or longer than ``limit``.
    """
    if not links and os.path.islink(path):
        raise NotRegularError(path, "is a link")
    # Opening some devices does something already.
    _require_regular(path, os.stat(path))
    handle = os.open(path, _CAREFUL | (0 if links else _NO_LINK))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        _require_regular(path, status)
        if private and not _is_private(status):
            raise NotRegularError(path, "belongs to somebody else")
        if status.st_size > limit:
            raise NotRegularError(path, f"is longer than {limit} bytes")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise NotRegularError(path, f"is longer than {limit} bytes")
    return data


def is_straight(folder: str, base: str) -> bool:
    """Whether no link below ``base`` has a say in where an absolute folder is."""
    base = os.path.abspath(base)
    if os.path.commonpath((base, folder)) != base:
        return True
    real = os.path.join(os.path.realpath(base), os.path.relpath(folder, base))
    return os.path.realpath(folder) == os.path.normpath(real)


def _is_private(status: os.stat_result) -> bool:
    """Whether something is this user's, and writable to no one else."""
    if not hasattr(os, "geteuid"):  # pragma: no cover - Windows
        return True
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid == os.geteuid() and not status.st_mode & others


def _require_regular(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError(path, "is no regular file")
