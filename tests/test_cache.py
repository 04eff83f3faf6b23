"""The cache: never wrong, never code, never in the way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from tests.commands import MISSPELT, SERVER, Shell
from wsaudit.cache import DAY, SIZE_LIMIT, Cache, content_digest, open_cache
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.outcome import Report
from wsaudit.sealed import OVERHEAD, seal, unseal, users_secret

LONG_AGO = 1_000_000_000
WORDS = (b"websocket",)


def _audit(shell: Shell) -> Report:
    """What the cache of files comes to, without whole answers."""
    for kept in Path(os.environ["XDG_CACHE_HOME"]).glob("wsaudit/*.answer"):
        kept.unlink()
    return audit(Config(str(shell.folder), paths=(str(shell.folder),), jobs=1))


def _age(shell: Shell) -> None:
    """Make all files old enough for their time stamps to be trusted."""
    for path in shell.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (LONG_AGO, LONG_AGO))


def _stored() -> Path:
    [found] = Path(os.environ["XDG_CACHE_HOME"]).glob("wsaudit/*.sealed")
    return found


def test_unchanged_file_is_neither_opened_nor_parsed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time stamp and a size are enough; the answer is the same."""
    shell.write({"server.py": SERVER, "a.ts": MISSPELT, "other.py": "x = 1\n"})
    _age(shell)
    cold = _audit(shell)
    monkeypatch.setattr("wsaudit.reading.read_task", None)
    monkeypatch.setattr("wsaudit.workers.Workers.run", None)
    monkeypatch.setattr("wsaudit.screen.matters", None)
    warm = _audit(shell)

    assert [one.message for one in warm.findings] == [
        one.message for one in cold.findings
    ]
    assert (warm.read, warm.seen, warm.facts) == (cold.read, cold.seen, cold.facts)


def test_fresh_checkout_is_not_parsed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New time stamps on old content cost a look at the bytes only."""
    shell.write({"server.py": SERVER})
    _age(shell)
    _audit(shell)
    os.utime(shell.folder / "server.py")
    monkeypatch.setattr("wsaudit.workers.Workers.run", None)

    assert _audit(shell).read == 1


def test_file_written_in_the_same_instant_is_read_again(shell: Shell) -> None:
    """A change within the grain of the clock is not overlooked."""
    shell.write({"a.ts": MISSPELT})
    before = _audit(shell)
    stamp = (shell.folder / "a.ts").stat().st_mtime_ns
    shell.write({"a.ts": MISSPELT.replace("publik", "public")})
    os.utime(shell.folder / "a.ts", ns=(stamp, stamp))
    after = _audit(shell)

    assert len(before.findings) == 1
    assert len(after.findings) == 0


def test_finding_in_an_unchanged_file_follows_the_changed_one(shell: Shell) -> None:
    """Only files are kept, never what they mean together."""
    helper = "export function open(url: string) { return new WebSocket(url); }\n"
    user = 'import { open } from "./helper";\nexport const ws = open("wss://e.org");\n'
    shell.write({"user.ts": user, "helper.ts": helper})
    _age(shell)
    before = _audit(shell)
    shell.write({"helper.ts": helper.replace("new WebSocket(url)", "url")})
    after = _audit(shell)

    assert before.facts["ClientConnection"] == 1
    assert after.facts.get("ClientConnection", 0) == 0


def test_notes_on_a_file_are_said_in_every_run(shell: Shell) -> None:
    """A skip that is remembered would be a skip that is forgotten."""
    shell.write(
        {
            "broken.ts": MISSPELT + "f(;\n",
            "latin.ts": MISSPELT.encode() + b"// caf\xe9\n",
            "bundle.js": "var a=new WebSocket(u);" * 1000,
        }
    )
    _age(shell)
    runs = [_audit(shell).skipped for _ in range(3)]

    assert len(runs[0]) == 3
    assert runs[0] == runs[1] == runs[2]


def test_no_byte_of_the_cache_can_be_changed(shell: Shell) -> None:
    """One wrong bit anywhere and the cache is as if it were not there."""
    shell.write({"a.ts": MISSPELT})
    _age(shell)
    cold = _audit(shell)
    file = _stored()
    whole = file.read_bytes()
    secret = users_secret(str(file.parent))
    assert secret
    assert unseal(whole, secret)
    for index in range(len(whole)):
        broken = bytearray(whole)
        broken[index] ^= 1 << index % 8
        assert unseal(bytes(broken), secret) is None
    for damage in (b"", b"\xc1", whole[:-1], whole + b"\0", whole[:OVERHEAD]):
        assert unseal(damage, secret) is None
        file.write_bytes(damage)
        assert _audit(shell).findings == cold.findings
        assert unseal(file.read_bytes(), secret)


def test_cache_of_the_repository_is_not_looked_at(shell: Shell) -> None:
    """A pull request may bring any file, a cache of another checkout among them."""
    clean = {"a.ts": MISSPELT.replace("publik", "public"), "server.py": SERVER}
    shell.write(clean)
    _age(shell)
    _audit(shell)
    sealed = _stored().read_bytes()
    shell.write({"a.ts": MISSPELT})
    for name in (".wsaudit_cache/modules.msgpack", f".wsaudit_cache/{_stored().name}"):
        shell.write({name: sealed})
    plain = Config(str(shell.folder), paths=(str(shell.folder),), cache=False)
    honest = audit(plain)

    assert _audit(shell).findings == honest.findings
    for options in ((), ("--cache-dir", ".wsaudit_cache")):
        ran = shell("check", "--select", "WS902", "--fail-on", "P2", *options)
        assert ran.code == 1


def test_cache_of_another_checkout_does_not_speak(tmp_path: Path) -> None:
    """A file that is ours, but not for this place, is no more than noise."""
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
        cache = open_cache(str(tmp_path / name), WORDS)
        (tmp_path / name / "a.py").write_text("x", encoding="utf-8")
        os.utime(tmp_path / name / "a.py", (LONG_AGO, LONG_AGO))
        status = (tmp_path / name / "a.py").stat()
        cache.note("a.py", status, matters=name == "mine")
        cache.save()
    other = Path(open_cache(str(tmp_path / "theirs"), WORDS).file)
    Path(open_cache(str(tmp_path / "mine"), WORDS).file).write_bytes(other.read_bytes())

    assert open_cache(str(tmp_path / "mine"), WORDS).screened == {}


@pytest.mark.parametrize("kind", ["fifo", "link", "zero", "folder", "huge", "shared"])
def test_only_our_own_regular_files_are_opened(tmp_path: Path, kind: str) -> None:
    """Neither a FIFO, nor a device, nor a file that others can write to is read."""
    file = Path(open_cache(str(tmp_path), WORDS).file)
    good = tmp_path / "good"
    good.write_bytes(b"x")
    match kind:
        case "fifo":
            os.mkfifo(file)
        case "link":
            file.symlink_to(good)
        case "zero":
            file.symlink_to("/dev/zero")
        case "folder":
            file.mkdir()
        case "huge":
            with file.open("wb") as stream:
                stream.truncate(SIZE_LIMIT + 1)
        case _:
            file.write_bytes(b"x")
            file.chmod(0o666)

    assert open_cache(str(tmp_path), WORDS).modules == {}


def test_secret_in_the_checkout_is_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose cache folder is in the checkout gets no cache, or brings a key."""
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    assert open_cache(str(tmp_path), WORDS).file == ""
    assert open_cache(str(tmp_path), WORDS, folder=str(tmp_path / "c")).file == ""

    monkeypatch.setenv("WSAUDIT_CACHE_KEY", "of the job")
    assert open_cache(str(tmp_path), WORDS).file == ""
    assert open_cache(str(tmp_path), WORDS, folder=str(tmp_path / "c")).file != ""


def test_key_that_others_could_have_written_is_replaced(tmp_path: Path) -> None:
    """So is one of the wrong length, and a link to somewhere."""
    home = tmp_path / "wsaudit"
    first = users_secret(str(home))
    assert users_secret(str(home)) == first

    (home / "key").chmod(0o666)
    second = users_secret(str(home))
    (home / "key").unlink()
    (home / "key").symlink_to("/dev/zero")
    third = users_secret(str(home))

    assert len({first, second, third}) == 3
    assert (home / "key").stat().st_mode & 0o777 == 0o600
    assert not (home / "key").is_symlink()


def test_nothing_of_the_source_can_be_read_in_the_cache(shell: Shell) -> None:
    """String literals, secrets among them, are kept under cover."""
    shell.write({"server.py": SERVER + 'password = "correct horse battery"\n'})
    _age(shell)
    _audit(shell)
    kept = _stored().read_bytes()

    assert b"correct horse" not in kept
    assert b"websocket" not in kept
    assert _stored().stat().st_mode & 0o777 == 0o600


def test_caches_that_nobody_uses_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By age and by size; only files that have our names, and no links."""
    folder = tmp_path / "kept"
    folder.mkdir()
    for name, age in (("a" * 32, 40), ("b" * 32, 2), ("c" * 32, 1)):
        path = folder / f"{name}.sealed"
        path.write_bytes(b"x" * 100)
        os.utime(path, (time.time() - age * DAY,) * 2)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    os.utime(folder / "notes.txt", (LONG_AGO, LONG_AGO))
    monkeypatch.setattr("wsaudit.cache.FOLDER_LIMIT", 250)
    newest = str(folder / f"{'d' * 32}.sealed")
    Cache(str(tmp_path), b"", newest, b"s", changed=True).save()

    assert sorted(os.listdir(folder)) == [
        f"{'c' * 32}.sealed",
        f"{'d' * 32}.sealed",
        "notes.txt",
    ]


def test_cache_in_use_is_not_deleted(tmp_path: Path) -> None:
    """Reading is use, though it is noted once a day only."""
    cache = open_cache(str(tmp_path), WORDS)
    cache.changed = True
    cache.save()
    os.utime(cache.file, (LONG_AGO, LONG_AGO))
    open_cache(str(tmp_path), WORDS)

    assert os.stat(cache.file).st_mtime > LONG_AGO


def test_damaged_module_is_read_again(shell: Shell) -> None:
    """Each entry is checked on its own."""
    shell.write({"server.py": SERVER})
    _age(shell)
    cold = _audit(shell)
    secret = users_secret(os.path.dirname(_stored()))
    assert secret
    cache = msgspec.msgpack.decode(unseal(_stored().read_bytes(), secret) or b"")
    entry = cache[2]["server.py"]
    cache[2]["server.py"] = [*entry[:3], b"\xc1"]
    _stored().write_bytes(seal(msgspec.msgpack.encode(cache), secret))

    assert _audit(shell).facts == cold.facts


def test_other_words_or_program_make_another_cache(tmp_path: Path) -> None:
    """What was found with other dialects or another version does not count."""
    cache = open_cache(str(tmp_path), (b"websocket",))
    (tmp_path / "a.py").write_text("x", encoding="utf-8")
    os.utime(tmp_path / "a.py", (LONG_AGO, LONG_AGO))
    old = (tmp_path / "a.py").stat()
    cache.note("a.py", old, matters=True)
    cache.save()

    assert open_cache(str(tmp_path), (b"websocket",)).matters("a.py", old) is True
    assert open_cache(str(tmp_path), (b"socket.io",)).matters("a.py", old) is None


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    """The cache does not grow for ever."""
    for name in ("a.py", "b.py", "caf\udce9.py"):
        (tmp_path / name).write_text("x", encoding="utf-8")
        os.utime(tmp_path / name, (LONG_AGO, LONG_AGO))
    cache = open_cache(str(tmp_path), ())
    status = (tmp_path / "a.py").stat()
    for name in ("a.py", "b.py", "caf\udce9.py"):
        cache.note(name, status, matters=False)
        cache.keep(name, status, b"digest", b"module")
    (tmp_path / "b.py").unlink()
    cache.save()
    found = open_cache(str(tmp_path), ())

    assert list(found.screened) == ["a.py"]
    assert list(found.modules) == ["a.py"]


def test_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """A cache is a convenience."""
    (tmp_path / "f").write_text("a file is in the way", encoding="utf-8")
    cache = open_cache(str(tmp_path), WORDS, folder=str(tmp_path / "f" / "deep"))
    cache.changed = True
    cache.save()

    assert (tmp_path / "f").is_file()


def test_cache_that_is_too_large_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would not be read again need not be kept."""
    monkeypatch.setattr("wsaudit.cache.SIZE_LIMIT", 10)
    cache = open_cache(str(tmp_path), WORDS)
    cache.changed = True
    cache.save()

    assert not Path(cache.file).exists()


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    """A warm run leaves the file as it is."""
    cache = open_cache(str(tmp_path), WORDS)
    cache.save()

    assert not Path(cache.file).exists()


def test_suffix_belongs_to_the_content() -> None:
    """The same text reads differently in another language."""
    assert content_digest("a.ts", b"x") != content_digest("a.tsx", b"x")
    assert content_digest("a.ts", b"x") == content_digest("b/c.ts", b"x")
