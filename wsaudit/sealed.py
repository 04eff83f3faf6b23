"""Data that only this user's wsaudit can have written, and only it can read."""

from __future__ import annotations

import hmac
import os
import sys
import tempfile
from contextlib import suppress
from hashlib import blake2b, shake_256

from wsaudit.regular import read_regular

SECRET_BYTES = 32
_NONCE = 16
_PROOF = 32
OVERHEAD = _NONCE + _PROOF
"""By how much sealed data is longer."""


def seal(data: bytes, secret: bytes) -> bytes:
    """Data that cannot be read or changed without the secret."""
    nonce = os.urandom(_NONCE)
    hidden = _covered(data, secret, nonce)
    return nonce + _proof(hidden, secret, nonce) + hidden


def unseal(sealed: bytes, secret: bytes) -> bytes | None:
    """What was sealed; None when one bit of it is not as it was written."""
    nonce, proof = sealed[:_NONCE], sealed[_NONCE:OVERHEAD]
    hidden = sealed[OVERHEAD:]
    if not hmac.compare_digest(proof, _proof(hidden, secret, nonce)):
        return None
    return _covered(hidden, secret, nonce)


def users_folder() -> str:
    """The folder of this user for what wsaudit can do without; empty if none is."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":  # pragma: no cover - Windows
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":  # pragma: no cover - macOS
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(home, ".cache")
    return os.path.join(base, "wsaudit") if os.path.isabs(base) else ""


def users_secret(folder: str) -> bytes | None:
    """The secret of a user, made in ``folder`` on first use; None if it cannot be kept.

    WSAUDIT_CACHE_KEY is one that several machines share.
    """
    shared = os.environ.get("WSAUDIT_CACHE_KEY", "")
    if shared:
        return _derived(shared.encode("utf-8", "surrogateescape"), b"shared")
    if not folder:
        return None
    path = os.path.join(folder, "key")
    with suppress(OSError):
        found = read_regular(path, SECRET_BYTES, private=True)
        if len(found) == SECRET_BYTES:
            return found
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        secret = os.urandom(SECRET_BYTES)
        replace_file(path, secret)
        return secret
    return None


def replace_file(path: str, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".wsaudit-")
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _covered(data: bytes, secret: bytes, nonce: bytes) -> bytes:
    """Data under a stream of bytes made of the secret; twice gives it back."""
    stream = shake_256(_derived(secret, b"cover") + nonce).digest(len(data))
    mixed = int.from_bytes(data, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(len(data), "little")


def _proof(hidden: bytes, secret: bytes, nonce: bytes) -> bytes:
    check = hmac.new(_derived(secret, b"prove"), nonce, "sha256")
    check.update(hidden)
    return check.digest()


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return blake2b(secret, digest_size=SECRET_BYTES, person=purpose).digest()
