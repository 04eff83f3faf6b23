"""Files written for the user: whole or not at all, and only where they belong."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress

from wsaudit.regular import NotRegularError, is_straight, read_regular


def write_file(path: str, text: str) -> None:
    """Write a text file in the place of what is there, or make it and its folder.

    What is there is replaced in one step by a file of the same mode and owner. Raises
    OSError, among them NotRegularError for a device, a FIFO, a folder, and for a link
    that leads to another folder.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not is_straight(folder, os.getcwd()):
        raise NotRegularError(path, "a link leads out of the folder")
    os.makedirs(folder, exist_ok=True)
    target = os.path.realpath(path)
    if os.path.dirname(target) != os.path.realpath(folder):
        raise NotRegularError(path, "is a link that leads to another folder")
    before: os.stat_result | None = None
    with suppress(FileNotFoundError):
        before = os.lstat(target)
        if not stat.S_ISREG(before.st_mode):
            raise NotRegularError(path, "is no regular file")
    _replace(target, text.encode("utf-8", "backslashreplace"), before)


def rewrite_file(path: str, before: bytes, after: bytes, *, root: str) -> None:
    """Put other bytes into a file below ``root`` that holds ``before``.

    Its mode and owner stay, and so does what else it is called. Raises OSError, among
    them NotRegularError for what is no regular file, lies outside of the root behind a
    link, or holds something else by now.
    """
    target, top = os.path.realpath(path), os.path.realpath(root)
    if os.path.commonpath((target, top)) != top:
        raise NotRegularError(path, "a link leads out of the project")
    if read_regular(target, max(len(before), 1)) != before:
        raise NotRegularError(path, "has changed since it was read")
    status = os.lstat(target)
    if status.st_nlink > 1:
        _overwrite(target, after)
    else:
        _replace(target, after, status)


def _overwrite(target: str, data: bytes) -> None:
    """Write over a file that has several names, all of which are to show it."""
    with open(target, "r+b") as file:
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _replace(target: str, data: bytes, before: os.stat_result | None) -> None:
    handle, temporary = tempfile.mkstemp(
        dir=os.path.dirname(target), prefix=".wsaudit-"
    )
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        if before and hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(temporary, before.st_uid, before.st_gid)
        mode = stat.S_IMODE(before.st_mode) if before else 0o666 & ~_umask()
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
