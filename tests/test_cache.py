"""The cache: never wrong, never code, never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from tests.commands import MISSPELT, SERVER, Shell
from wsaudit.cache import FILE, FOLDER, Cache, content_digest, open_cache
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.outcome import Report

LONG_AGO = 1_000_000_000


def _audit(shell: Shell) -> Report:
    return audit(Config(str(shell.folder), paths=(str(shell.folder),), jobs=1))


def _age(shell: Shell) -> None:
    """Make all files old enough for their time stamps to be trusted."""
    for path in shell.folder.rglob("*"):
        if path.is_file() and FOLDER not in path.parts:
            os.utime(path, (LONG_AGO, LONG_AGO))


def _stored(shell: Shell) -> Path:
    return shell.folder / FOLDER / FILE


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


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xc1",
        b"\x93\xc4\x01a\x80\x80",
        msgspec.msgpack.encode(["key", {}, {}]),
        b"\x91" * 100_000,
    ],
)
def test_damaged_cache_is_a_cold_run(shell: Shell, damage: bytes) -> None:
    """Whatever somebody put there is data at most."""
    shell.write({"server.py": SERVER})
    _age(shell)
    cold = _audit(shell)
    _stored(shell).write_bytes(damage)

    assert _audit(shell).facts == cold.facts
    assert _stored(shell).read_bytes() != damage


def test_damaged_module_is_read_again(shell: Shell) -> None:
    """Each entry is checked on its own."""
    shell.write({"server.py": SERVER})
    _age(shell)
    cold = _audit(shell)
    cache = msgspec.msgpack.decode(_stored(shell).read_bytes())
    entry = cache[2]["server.py"]
    cache[2]["server.py"] = [*entry[:3], b"\xc1"]
    _stored(shell).write_bytes(msgspec.msgpack.encode(cache))

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


def test_cache_is_no_part_of_the_project(tmp_path: Path) -> None:
    """Git and backup programs leave it alone; what is there already is kept."""
    cache = Cache(str(tmp_path), b"", changed=True)
    cache.save()
    folder = tmp_path / FOLDER
    (folder / ".gitignore").write_text("mine\n", encoding="utf-8")
    cache.save()

    assert (folder / ".gitignore").read_text("utf-8") == "mine\n"
    assert (folder / "CACHEDIR.TAG").read_text("utf-8").startswith("Signature: 8a477f")
    assert sorted(os.listdir(folder)) == [".gitignore", "CACHEDIR.TAG", FILE]


def test_cache_behind_a_link_is_not_written(tmp_path: Path) -> None:
    """A project must not choose which of the user's folders is written to."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / FOLDER).symlink_to("elsewhere")
    Cache(str(tmp_path), b"", changed=True).save()

    assert os.listdir(tmp_path / "elsewhere") == []


def test_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """A cache is a convenience."""
    (tmp_path / FOLDER).write_text("a file is in the way", encoding="utf-8")
    Cache(str(tmp_path), b"", changed=True).save()

    assert (tmp_path / FOLDER).is_file()


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    """A warm run leaves the file as it is."""
    Cache(str(tmp_path), b"").save()

    assert not (tmp_path / FOLDER).exists()


def test_suffix_belongs_to_the_content() -> None:
    """The same text reads differently in another language."""
    assert content_digest("a.ts", b"x") != content_digest("a.tsx", b"x")
    assert content_digest("a.ts", b"x") == content_digest("b/c.ts", b"x")
