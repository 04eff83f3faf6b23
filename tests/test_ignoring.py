"""`--add-ignores`: comments that silence all that is found, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Shell

WHY = ("--add-ignores", "--reason", "from before we audited")

ROOM = """\
import json

from fastapi import FastAPI, WebSocket

app = FastAPI()
boats: set[WebSocket] = set()
QUERY = \"\"\"
select
\"\"\"


@app.websocket("/boats")
async def sail(websocket: WebSocket) -> None:
    await websocket.accept()
    boats.add(websocket)
    while True:
        try:
            await place(
                await websocket.receive_json(), QUERY, \\
                await websocket.receive_json(),
            )
        except Exception:
            pass


async def warn(text: str) -> None:
    for boat in boats:
        await boat.send_text(text)
"""
PAGE = """\
import { useEffect, useState } from "react";

export function Lines({ url }: { url: string }) {
  const [lines, setLines] = useState<string[]>([]);

  useEffect(() => {
    const socket = new WebSocket(url);
    socket.onmessage = (event) => {
      document.title = `
        ${JSON.parse(event.data).title}
      `;
      setLines([...lines, event.data]);
    };
  }, []);

  return (
    <main>
      <button
        title="send"
        onClick={() => new WebSocket(url).send("x")}
      >
        {lines.length}
      </button>
      {lines.map((line) => (
        <a onClick={() => new WebSocket(url).send(line)}>{line}</a>
      ))}
      <a onClick={() => new WebSocket(url).send("y")}>y</a>
    </main>
  );
}
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_all_is_silent_then(newline: str, shell: Shell) -> None:
    """In decorators, long calls, templates and markup; a second run adds nothing."""
    shell.write(
        {
            "room.py": ROOM.replace("\n", newline),
            "lines.tsx": PAGE.replace("\n", newline),
        }
    )
    found = shell("check", "--no-cache").out

    ran = shell("check", "--no-cache", *WHY)
    texts = {path: path.read_bytes() for path in _files(shell.folder)}
    again = shell("check", "--no-cache", *WHY)

    assert "WS160" in found
    assert "WS206" in found
    assert ran.code == 0, ran.out
    assert ran.out.startswith("No findings")
    assert again.out == ran.out
    assert {path: path.read_bytes() for path in _files(shell.folder)} == texts
    assert b"ignore[WS111, WS115, WS160, WS282] from before" in texts[
        shell.folder / "room.py"
    ].replace(b"WS147, ", b"")
    for path, text in texts.items():
        assert text.count(b"\n") == text.count(newline.encode()), path


def _files(folder: Path) -> list[Path]:
    return [folder / "room.py", folder / "lines.tsx"]


VUE = """\
<template>
  <main>
    <button
      title="send"
      @click="socket.send('x')"
    >
      send
    </button>
    {{ socket.send("z") }}
  </main>
</template>

<script setup lang="ts">
const socket = new WebSocket("wss://example.org/room");
</script>
"""
SVELTE = """\
<script lang="ts">
  const socket = new WebSocket("wss://example.org/room");
</script>

<main>
  <button
    on:click={() => socket.send("x")}
  >
    send
  </button>
  {#if socket.send("y")}
    <p>sent</p>
  {/if}
</main>
"""


@pytest.mark.parametrize(
    ("name", "text", "inside"),
    [
        ("Room.vue", VUE, '@click="/* wsaudit: ignore[WS130] {0} */ socket.send('),
        ("Room.svelte", SVELTE, "() => /* wsaudit: ignore[WS130] {0} */ socket.send("),
    ],
)
def test_templates_are_silent_then(
    name: str, text: str, inside: str, shell: Shell
) -> None:
    """With comments of HTML between tags, and in an expression inside of one."""
    shell.write({name: text})
    before = shell("check", "--no-cache", "--fail-on=P2")
    shell("check", "--no-cache", *WHY)
    after = shell("check", "--no-cache", "--fail-on=P2")
    written = (shell.folder / name).read_text()

    assert before.code == 1
    assert after.code == 0, after.out
    assert inside.format(WHY[-1]) in written
    assert [line for line in written.splitlines() if "wsaudit" not in line] == [
        line
        for line in text.splitlines()
        if "socket.send('x')" not in line and '=> socket.send("x")' not in line
    ]


@pytest.mark.parametrize("reason", ['"old"', "a --> b", "it's {old} <b>"])
def test_reason_never_breaks_a_template(reason: str, shell: Shell) -> None:
    """What cannot be said there is left, and the finding with it."""
    shell.write({"Room.vue": VUE, "Room.svelte": SVELTE})
    shell("check", "--no-cache", "--add-ignores", "--reason", reason)
    written = (shell.folder / "Room.vue").read_text()

    assert "@click=\"socket.send('x')\"" in written
    assert "WS130" in shell("check", "--no-cache").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--add-ignores",), "needs a `--reason`"),
        (("--add-ignores", "--reason", " "), "needs a `--reason`"),
        (("--reason", "old"), "goes with `--add-ignores`"),
        ((*WHY, "--fix"), "exclude each other"),
    ],
)
def test_a_reason_is_needed(
    options: tuple[str, ...], message: str, shell: Shell
) -> None:
    """Without one nobody could tell when the ignore may go."""
    ran = shell("check", *options)

    assert ran.code == 2
    assert message in ran.err
